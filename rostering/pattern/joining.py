"""Join closed walks that share no state into one, where the rules let one go over into the other and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rostering.pattern.circulation import Circulation, Step
from rostering.pattern.euler import closed_walk, pieces


@dataclass(slots=True)
class Joiner:
    """Steps of a circulation by the state that they leave, day and label, and what each costs."""

    steps: list[Step]
    costs: Sequence[int]
    by_choice: dict[tuple[int, int, int], int]

    @classmethod
    def of(cls, circulation: Circulation, costs: Sequence[int]) -> Joiner:
        """For the steps of a circulation with these costs, (steps,)."""
        by_choice = {(step.tail, step.day, step.label): index for index, step in enumerate(circulation.steps)}
        return cls(circulation.steps, costs, by_choice)

    def joined(self, times: list[int]) -> list[int] | None:
        """One closed walk with the choices of all pieces of ``times``, (steps,), as indices of steps; None: none found.

        The piece with most steps takes in the others one by one, each where that costs least. On no day of the week is
        anything chosen more or less often, so that cover stays.
        """
        walks = sorted(self._walks(times), key=len, reverse=True)
        whole = walks[0]
        for other in walks[1:]:
            options = [walk for walk in self._ways(whole, other) if walk is not None]
            if not options:
                return None
            whole = min(options, key=self._cost)
        return whole

    def times(self, walk: list[int]) -> list[int]:
        """How often the walk takes each step, (steps,)."""
        times = [0] * len(self.steps)
        for index in walk:
            times[index] += 1
        return times

    def _cost(self, walk: list[int]) -> int:
        return sum(self.costs[index] for index in walk)

    def _walks(self, times: list[int]) -> list[list[int]]:
        tails, heads = [step.tail for step in self.steps], [step.head for step in self.steps]
        walks = []
        for piece in pieces(tails, heads, times):
            inside = [taken if tail in piece else 0 for tail, taken in zip(tails, times, strict=True)]
            walks.append(closed_walk(tails, heads, inside, min(piece)))
        return walks

    def _ways(self, whole: list[int], other: list[int]) -> list[list[int] | None]:
        """The two walks one after the other, from every pair of their steps on the same day."""
        return [
            self._from_state(self.steps[whole[i]].tail, whole[i:] + whole[:i] + other[j:] + other[:j])
            for i in range(len(whole))
            for j in range(len(other))
            if self.steps[whole[i]].day == self.steps[other[j]].day
        ]

    def _from_state(self, state: int, choices: list[int]) -> list[int] | None:
        """A closed walk with the choices of these steps, read from a state twice; None where one is not allowed.

        Where the second reading ends it began: the rules have forgotten all that came before the first.
        """
        for _ in range(2):
            began, walk = state, []
            for index in choices:
                step = self.steps[index]
                found = self.by_choice.get((state, step.day, step.label))
                if found is None:
                    return None
                walk.append(found)
                state = self.steps[found].head
        return walk if state == began else None
