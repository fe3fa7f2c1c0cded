"""Slots: the possible duties of a person, at most one per local date, each with its options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rostering.people import Handler, Skill
from rostering.rules import RuleId

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
LONG_AGO = -10_000  # [quarter-hours]


class SkillClass(IntEnum):
    """Which queues somebody answers."""

    ONLY_999 = 0
    ONLY_101 = 1
    BOTH = 2


def skill_class_of(handler: Handler, day: date) -> SkillClass | None:
    """Queues that a handler answers on a date."""
    nines, ones = handler.has_skill(Skill.CALLS_999, day), handler.has_skill(Skill.CALLS_101, day)
    if nines and ones:
        return SkillClass.BOTH
    if nines:
        return SkillClass.ONLY_999
    return SkillClass.ONLY_101 if ones else None


@dataclass(frozen=True, slots=True)
class Window:
    """Quarter-hours at which a break may start, and its length."""

    starts: tuple[int, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Option:
    """One way to work a slot: its row among the slot's options, times [quarter-hours], clock [min], windows of breaks.

    paid : quarter-hours that count towards the contract; worked : towards the averages
    parts : its own part of the people tier by rule; extra : of the cost tier
    briefing : quarter-hours off calls at the start
    """

    row: int
    start: int
    end: int
    paid: int
    worked: int
    night: bool
    clock: int
    parts: tuple[tuple[RuleId, int], ...]
    extra: int
    meal: Window
    before: Window
    after: Window
    briefing: int = 0

    @property
    def own(self) -> int:
        """Its own part of the people tier."""
        return sum(amount for _, amount in self.parts)

    @property
    def windows(self) -> tuple[Window, Window, Window]:
        """Meal, short break before it, short break after it."""
        return self.meal, self.before, self.after


@dataclass(frozen=True, slots=True, eq=False)
class OptionRows:
    """Options of a slot as columns, by start and end; a sequence of ``Option``.

    first, last, lengths : first and last start of meal, break before and break after, and their lengths, (3, n)
    parts : people tier by rule, (n,) each; extra : cost tier, (n,)
    training : quarter-hours off calls; briefing : quarter-hours off calls at the start
    """

    start: Ints
    end: Ints
    paid: Ints
    worked: Ints
    night: Mask
    clock: Ints
    first: Ints
    last: Ints
    lengths: Ints
    extra: Ints
    parts: Mapping[RuleId, Ints]
    training: frozenset[int] = frozenset()
    briefing: int = 0

    def __len__(self) -> int:
        return len(self.start)

    def __iter__(self) -> Iterator[Option]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: int) -> Option:
        if not 0 <= row < len(self):
            raise IndexError(f"option {row} of a slot with {len(self)}")
        meal, before, after = (self._window(kind, row) for kind in range(3))
        parts = tuple((rule, int(amount[row])) for rule, amount in self.parts.items() if amount[row])
        return Option(
            row, int(self.start[row]), int(self.end[row]), int(self.paid[row]), int(self.worked[row]),
            bool(self.night[row]), int(self.clock[row]), parts, int(self.extra[row]), meal, before, after,
            self.briefing,
        )  # fmt: skip

    def index(self, option: Option) -> int:
        """Row of ``option``."""
        return option.row

    @property
    def own(self) -> Ints:
        """Each option's own part of the people tier, (n,)."""
        return sum(self.parts.values(), np.zeros(len(self), dtype=np.int64))

    def only(self, rows: Any) -> OptionRows:
        """The options of a mask or of row numbers."""
        one = {
            name: getattr(self, name)[rows] for name in ("start", "end", "paid", "worked", "night", "clock", "extra")
        }
        three = {name: getattr(self, name)[:, rows] for name in ("first", "last", "lengths")}
        return replace(self, **one, **three, parts={rule: amount[rows] for rule, amount in self.parts.items()})

    def _window(self, kind: int, row: int) -> Window:
        length = int(self.lengths[kind, row])
        starts = range(int(self.first[kind, row]), int(self.last[kind, row]) + 1)
        free = (s for s in starts if self.training.isdisjoint(range(s, s + length)))
        return Window(tuple(free), length)


def joined(rows: Sequence[OptionRows]) -> OptionRows:
    """Options of one slot from several sources, by start and end."""
    if len(rows) == 1:
        return rows[0]
    one, three = ("start", "end", "paid", "worked", "night", "clock", "extra"), ("first", "last", "lengths")
    columns = {name: np.concatenate([getattr(part, name) for part in rows]) for name in one}
    columns |= {name: np.concatenate([getattr(part, name) for part in rows], axis=1) for name in three}
    rules = dict.fromkeys(rule for part in rows for rule in part.parts)
    parts = {
        rule: np.concatenate([part.parts.get(rule, np.zeros(len(part), np.int64)) for part in rows]) for rule in rules
    }
    whole = OptionRows(**columns, parts=parts, training=rows[0].training, briefing=rows[0].briefing)
    return whole.only(np.lexsort((whole.end, whole.start)))


@dataclass(frozen=True, slots=True, eq=False)
class DutyOptions:
    """A slot: date, days from the first Monday, skills then, quarter-hours of training, options.

    must : whether a duty has to be worked; frozen : stands as it is, its heads are counted elsewhere
    off : people tier by rule where no duty is worked
    roles : which of the watched roles are held that day
    single_rest : whether the day before is no leave, so that it may be a single day of rest
    """

    date: date
    day: int
    skill_class: SkillClass | None
    training: frozenset[int]
    options: OptionRows
    must: bool = True
    frozen: bool = False
    off: Mapping[RuleId, int] = field(default_factory=dict)
    roles: tuple[bool, ...] = ()
    single_rest: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """The last duty before the period: date, clock [min], end [min from the start of the period], night or not.

    run, nights : duties and night duties on consecutive dates up to it; without history 0 and long ago
    short_rests, long_rests : weekly rests of the week before that ended with a known duty: of 24 h, of 48 h
    """

    day: int = -1000
    clock: int = 0
    end_min: int = 15 * LONG_AGO
    night: bool = False
    run: int = 0
    nights: int = 0
    short_rests: int = 0
    long_rests: int = 0
