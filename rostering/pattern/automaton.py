"""The smallest machine that tells which daily choice may follow which history."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Move(Generic[State]):
    """One choice for a day: its label (0: rest day, else the shift's number), what it incurs, the state after it."""

    label: int
    marks: tuple[str, ...]
    to: State


@dataclass(frozen=True, slots=True)
class Automaton:
    """States 0..n_states-1 and what may be chosen in each; no state without a choice."""

    n_states: int
    moves: tuple[tuple[Move[int], ...], ...]


def smallest_automaton(starts: Iterable[State], moves_of: Callable[[State], Iterable[Move[State]]]) -> Automaton:
    """Machine of all endless sequences from the ``starts``, with equal states merged.

    Two states are equal if the same sequences with the same marks can follow. States that every sequence must leave
    for good by running out of choices are removed. ``moves_of`` gives a state's choices, each label at most once.

    References
    ----------
    .. [1] Moore (1956), Gedanken-experiments on sequential machines: the merging.
    """
    reached = _reached(starts, moves_of)
    _remove_dead_ends(reached)
    group = _groups(reached)
    representative = {number: state for state, number in reversed(group.items())}
    moves = tuple(
        tuple(Move(move.label, move.marks, group[move.to]) for move in reached[representative[number]])
        for number in range(len(representative))
    )
    return Automaton(len(moves), moves)


def _reached(
    starts: Iterable[State], moves_of: Callable[[State], Iterable[Move[State]]]
) -> dict[State, list[Move[State]]]:
    """Every state that can be reached, with its choices."""
    reached: dict[State, list[Move[State]]] = {}
    todo = list(starts)
    while todo:
        state = todo.pop()
        if state not in reached:
            reached[state] = sorted(moves_of(state), key=lambda move: move.label)
            todo.extend(move.to for move in reached[state])
    return reached


def _remove_dead_ends(reached: dict[State, list[Move[State]]]) -> None:
    """Drop states without a choice, and choices that lead to them, until none is left."""
    while dead := [state for state, moves in reached.items() if not moves]:
        for state in dead:
            del reached[state]
        for state, moves in reached.items():
            reached[state] = [move for move in moves if move.to in reached]


def _groups(reached: dict[State, list[Move[State]]]) -> dict[State, int]:
    """Number of each state's group of equal states: split until no group tells its members apart."""
    group = dict.fromkeys(reached, 0)
    n_groups = min(len(reached), 1)
    while True:
        numbers: dict[Hashable, int] = {}
        finer = {}
        for state, moves in reached.items():
            signature = (group[state], tuple((move.label, move.marks, group[move.to]) for move in moves))
            finer[state] = numbers.setdefault(signature, len(numbers))
        if len(numbers) == n_groups:
            return group
        group, n_groups = finer, len(numbers)
