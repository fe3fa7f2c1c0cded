"""Where breaks and learning lie on duties whose times stand, and the heads on calls that this leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rostering.model.activities.duties import BREAKS, FinalDuty, Learning, row_of
from rostering.model.arrays import Ints
from rostering.model.slots import SkillClass, Window
from rostering.roster import Activity

_DESKS = {Activity.CALLS_999: SkillClass.ONLY_999, Activity.CALLS_101: SkillClass.ONLY_101}


@dataclass(frozen=True, slots=True)
class Places:
    """Per final duty: starts of its meal, the short break before and after it, None: none; starts and lengths of
    its learning [quarter-hours]."""

    breaks: tuple[tuple[int | None, int | None, int | None], ...]
    learning: tuple[tuple[tuple[int, int], ...], ...]

    @staticmethod
    def nothing(n_duties: int, learning: tuple[tuple[tuple[int, int], ...], ...] | None = None) -> Places:
        """No breaks, and no learning but what is given."""
        return Places(((None, None, None),) * n_duties, ((),) * n_duties if learning is None else learning)

    def without_learning(self, numbers: Collection[int]) -> Places:
        """The same without the learning of the duties ``numbers``."""
        kept = tuple(() if n in numbers else spans for n, spans in enumerate(self.learning))
        return Places(self.breaks, kept)


def places_before(duties: Sequence[FinalDuty]) -> Places:
    """Where breaks and learning lie in the roster that the duties come from; what has no legal place is left out."""
    breaks, learning = [], []
    for duty in duties:
        spans = [s for s in duty.before if s.activity == Activity.LEARNING and duty.blocked.isdisjoint(s.quarters)]
        learning.append(tuple((span.start, span.length) for span in spans) if duty.skill_class is not None else ())
        taken = frozenset(quarter for span in spans for quarter in span.quarters)
        at = (duty.place_before(0), duty.place_before(1), duty.place_before(2))
        free = [start if start in free_starts(w, taken) else None for start, w in zip(at, duty.windows, strict=True)]
        breaks.append((free[0], free[1], free[2]))
    return Places(tuple(breaks), tuple(learning))


def free_starts(window: Window, taken: Collection[int]) -> list[int]:
    """Starts of ``window`` at which the whole break lies beside the quarter-hours ``taken``."""
    return [at for at in window.starts if not any(quarter in taken for quarter in range(at, at + window.length))]


def learning_quarters(spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Quarter-hours of learning given as starts and lengths."""
    return frozenset(quarter for start, length in spans for quarter in range(start, start + length))


def is_complete(duties: Sequence[FinalDuty], learning: Sequence[Learning], places: Places) -> bool:
    """Whether every break that has a window lies in it, and everybody has the learning that is due."""
    for duty, at in zip(duties, places.breaks, strict=True):
        if any(start is None and window.starts for start, window in zip(at, duty.windows, strict=True)):
            return False
    due = {number: who for who in learning for number in who.duties}
    if any(spans and number not in due for number, spans in enumerate(places.learning)):
        return False
    return all(
        sorted(length for number in who.duties for _, length in places.learning[number]) == sorted(who.sessions)
        for who in learning
    )


def heads_of(duties: Sequence[FinalDuty], places: Places, present: Ints) -> Ints:
    """Heads on calls by skill class, (3, intervals): ``present``, and all duties less what is fixed and placed."""
    heads = present.copy()
    horizon = heads.shape[1]
    for duty, at, learnt in zip(duties, places.breaks, places.learning, strict=True):
        if duty.skill_class is None:
            for span in duty.before:
                if span.activity in _DESKS:
                    heads[_DESKS[span.activity], max(span.start, 0) : max(span.start + span.length, 0)] += 1
            continue
        off = set(duty.blocked) | learning_quarters(learnt)
        for begins, window in zip(at, duty.windows, strict=True):
            if begins is not None:
                off.update(range(begins, begins + window.length))
        on = [t for t in range(max(duty.start, 0), min(duty.end, horizon)) if t not in off]
        heads[row_of(duty), np.array(on, dtype=np.int64)] += 1
    return heads


def activity_of(duty: FinalDuty, places: Places, number: int) -> list[Activity | None]:
    """Activity of each quarter-hour of a duty; None: on calls, the desk still open."""
    quarters: list[Activity | None] = [None] * (duty.end - duty.start)

    def write(activity: Activity, start: int, length: int) -> None:
        quarters[start - duty.start : start - duty.start + length] = [activity] * length

    for span in duty.fixed:
        write(span.activity, span.start, span.length)
    for start, length in places.learning[number]:
        write(Activity.LEARNING, start, length)
    for activity, at, window in zip(BREAKS, places.breaks[number], duty.windows, strict=True):
        if at is not None:
            write(activity, at, window.length)
    return quarters
