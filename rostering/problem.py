"""Handlers, cover and rules of one week: one checked ``RosterProblem``."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.errors import ProblemError
from rostering.roster import Duty, require_aware
from rostering.rules import ENGLAND_WALES_STAFF, RuleSet

INTERVAL_MIN = 15


class Skill(StrEnum):
    """Queues that a handler may answer."""

    CALLS_999 = "999"
    CALLS_101 = "101"


@dataclass(frozen=True, slots=True)
class NominalDuty:
    """The pattern's duty: local date of its start, start with zone, length [min] on the quarter-hour."""

    date: date
    start: datetime
    length_min: int

    def __post_init__(self) -> None:
        require_aware(f"nominal duty of {self.date}: start", self.start)
        _require_quarter(f"nominal duty of {self.date}: start", self.start)
        if self.length_min <= 0 or self.length_min % INTERVAL_MIN:
            raise ProblemError(
                f"nominal duty of {self.date}: length_min is {self.length_min}, expected a positive multiple of 15"
            )

    @property
    def end(self) -> datetime:
        """Finish, by elapsed time."""
        return self.start.astimezone(UTC) + timedelta(minutes=self.length_min)


@dataclass(frozen=True, slots=True)
class Consent:
    """How far the handler agreed to be moved from the nominal times [min], each >= 0."""

    start_earlier_min: int = 0
    start_later_min: int = 0
    finish_earlier_min: int = 0
    finish_later_min: int = 0

    def __post_init__(self) -> None:
        for name in ("start_earlier_min", "start_later_min", "finish_earlier_min", "finish_later_min"):
            if getattr(self, name) < 0:
                raise ProblemError(f"consent {name} is {getattr(self, name)}, expected 0 or more")


@dataclass(frozen=True, slots=True)
class Training:
    """A fixed session inside a duty, off calls: start with zone, length [min] on the quarter-hour."""

    start: datetime
    length_min: int

    def __post_init__(self) -> None:
        require_aware("training start", self.start)
        _require_quarter("training start", self.start)
        if self.length_min <= 0 or self.length_min % INTERVAL_MIN:
            raise ProblemError(f"training length_min is {self.length_min}, expected a positive multiple of 15")

    @property
    def end(self) -> datetime:
        """Finish, by elapsed time."""
        return self.start.astimezone(UTC) + timedelta(minutes=self.length_min)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave from the first to the last local date, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ProblemError(f"leave ends {self.last} before it starts {self.first}")

    def covers(self, day: date) -> bool:
        """Whether ``day`` is a day of this leave."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class SkillValidity:
    """A skill and the local dates on which it is valid, both included; None: open."""

    skill: Skill
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ProblemError(f"skill {self.skill} ends {self.last} before it starts {self.first}")

    def covers(self, day: date) -> bool:
        """Whether the skill is valid on ``day``."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Contract:
    """Paid minutes a week [min], averaged over a cycle of weeks."""

    weekly_min: int
    cycle_weeks: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.weekly_min <= 7 * 1440:
            raise ProblemError(f"contract weekly_min is {self.weekly_min}, expected 1 to 10080")
        if not 1 <= self.cycle_weeks <= 52:
            raise ProblemError(f"contract cycle_weeks is {self.cycle_weeks}, expected 1 to 52")


@dataclass(frozen=True, slots=True)
class Handler:
    """One person's week.

    ref : pseudonymous reference
    nominal : the pattern's duties of this week by start; those on leave are credited, not worked
    preferred_offset_min : wish to start and finish earlier (-) or later (+) than nominal [min]
    training : sessions that do not overlap
    worked_min_by_week, paid_min_by_week : previous weeks, newest last, both with credited leave [min]; missing weeks
        count as contract
    last_week : start and end of each duty of the week before, in order, with time zone; empty: none is known
    next_start : earliest start of the next duty after this week, with time zone; None: unknown, the rest stays open
    """

    ref: str
    contract: Contract
    skills: tuple[SkillValidity, ...]
    nominal: tuple[NominalDuty, ...]
    consent: Consent = field(default_factory=Consent)
    leave: tuple[Leave, ...] = ()
    training: tuple[Training, ...] = ()
    preferred_offset_min: int = 0
    worked_min_by_week: tuple[int, ...] = ()
    paid_min_by_week: tuple[int, ...] = ()
    last_week: tuple[tuple[datetime, datetime], ...] = ()
    opted_out_48h: bool = False
    next_start: datetime | None = None

    def __post_init__(self) -> None:
        if not self.ref:
            raise ProblemError("handler ref is empty, expected a pseudonymous reference")
        dates = [duty.date for duty in self.nominal]
        if dates != sorted(set(dates)):
            raise ProblemError(f"handler {self.ref}: nominal duties on {dates}, expected rising dates, one duty each")
        for before, after in zip(self.nominal, self.nominal[1:], strict=False):
            if after.start < before.end:
                raise ProblemError(f"handler {self.ref}: nominal duty of {after.date} starts before the last one ends")
        for name in ("worked_min_by_week", "paid_min_by_week"):
            if any(minutes < 0 for minutes in getattr(self, name)):
                raise ProblemError(f"handler {self.ref}: {name} is {getattr(self, name)}, expected 0 or more each")
        moments = [moment for duty in self.last_week for moment in duty]
        for moment in moments:
            require_aware(f"handler {self.ref}: last_week", moment)
        if any(after < before for before, after in pairwise(moments)):
            raise ProblemError(
                f"handler {self.ref}: last_week is {moments}, expected duties in order that do not overlap"
            )
        if self.next_start is not None:
            require_aware(f"handler {self.ref}: next_start", self.next_start)
        for first, second in pairwise(sorted(self.training, key=lambda session: session.start.astimezone(UTC))):
            if second.start < first.end:
                raise ProblemError(
                    f"handler {self.ref}: training of {second.start.isoformat()} starts before that of "
                    f"{first.start.isoformat()} ends, {first.end.isoformat()}, expected sessions that do not overlap"
                )

    def on_leave(self, day: date) -> bool:
        """Whether ``day`` is a day of leave."""
        return any(leave.covers(day) for leave in self.leave)

    def has_skill(self, skill: Skill, day: date) -> bool:
        """Whether ``skill`` is valid on ``day``."""
        return any(validity.skill == skill and validity.covers(day) for validity in self.skills)


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value
class Cover:
    """Heads wanted on calls per interval: the local week from Monday 00:00, then a tail into the next week.

    start : first interval, with time zone
    needed_999, needed_101 : heads, (n,), >= 0, stored read-only
    already_999, already_101 : people on calls there from duties that are not in this problem, (n,), default none
    """

    start: datetime
    needed_999: NDArray[np.int64]
    needed_101: NDArray[np.int64]
    already_999: NDArray[np.int64] | None = None
    already_101: NDArray[np.int64] | None = None
    interval_s: int = 900

    def __post_init__(self) -> None:
        require_aware("cover start", self.start)
        _require_quarter("cover start", self.start)
        if self.interval_s != INTERVAL_MIN * 60:
            raise ProblemError(f"cover interval_s is {self.interval_s}, expected 900")
        n = np.size(self.needed_999)
        for name in ("needed_999", "needed_101", "already_999", "already_101"):
            values = getattr(self, name)
            object.__setattr__(self, name, _heads(name, np.zeros(n) if values is None else values, n))

    @property
    def n_intervals(self) -> int:
        """Intervals of the week and its tail."""
        return len(self.needed_999)


@dataclass(frozen=True, slots=True, eq=False)
class RosterProblem:
    """One week to be rostered, weekly mode: days are fixed, starts and finishes move within consent.

    week_start : local Monday
    frozen_duties : last week's duties that reach into this week, with their activities; never changed
    start_step_min, length_step_min : grid of moves from the nominal start and length, multiples of 15 [min]
    """

    week_start: date
    timezone: str
    cover: Cover
    handlers: tuple[Handler, ...]
    frozen_duties: tuple[Duty, ...] = ()
    rules: RuleSet = ENGLAND_WALES_STAFF
    meals_paid: bool = False
    start_step_min: int = 30
    length_step_min: int = 30

    def __post_init__(self) -> None:
        if self.week_start.weekday() != 0:
            raise ProblemError(f"week_start is {self.week_start}, expected a Monday")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ProblemError(f"timezone is {self.timezone!r}, expected a name such as Europe/London") from unknown
        for name in ("start_step_min", "length_step_min"):
            if getattr(self, name) <= 0 or getattr(self, name) % INTERVAL_MIN:
                raise ProblemError(f"{name} is {getattr(self, name)}, expected a positive multiple of 15")
        if self.cover.start != self.week_begin:
            raise ProblemError(f"cover starts {self.cover.start}, expected the local Monday 00:00, {self.week_begin}")
        if self.cover.n_intervals < self.n_week:
            raise ProblemError(f"cover has {self.cover.n_intervals} intervals, expected the week's {self.n_week}")
        refs = [handler.ref for handler in self.handlers]
        if twice := sorted({ref for ref in refs if refs.count(ref) > 1}):
            raise ProblemError(f"handler {twice[0]} comes twice, expected each once")
        for handler in self.handlers:
            self._check_handler(handler)

    def _check_handler(self, handler: Handler) -> None:
        for duty in handler.nominal:
            local = duty.start.astimezone(ZoneInfo(self.timezone)).date()
            if local != duty.date or not 0 <= (duty.date - self.week_start).days < 7:
                raise ProblemError(
                    f"handler {handler.ref}: nominal duty of {duty.date} starts {duty.start}, expected that local date "
                    f"in the week of {self.week_start}"
                )
        if handler.last_week and (latest := handler.last_week[-1][0]) >= self.week_begin:
            raise ProblemError(f"handler {handler.ref}: a duty of last_week starts {latest}, expected before the week")
        if handler.next_start is not None and handler.next_start < self.week_end:
            raise ProblemError(
                f"handler {handler.ref}: next_start is {handler.next_start.isoformat()}, "
                f"expected the week's end {self.week_end.isoformat()} or later"
            )

    @property
    def week_begin(self) -> datetime:
        """Local Monday 00:00 as UTC."""
        return datetime.combine(self.week_start, datetime.min.time(), ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def week_end(self) -> datetime:
        """Next local Monday 00:00 as UTC."""
        after = self.week_start + timedelta(days=7)
        return datetime.combine(after, datetime.min.time(), ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def n_week(self) -> int:
        """Intervals of the local week: 672, with a clock change 668 or 676."""
        return int((self.week_end - self.week_begin).total_seconds()) // (INTERVAL_MIN * 60)


def _heads(name: str, values: ArrayLike, n: int) -> NDArray[np.int64]:
    """Whole heads >= 0 as a read-only copy, (n,)."""
    heads = np.array(values, dtype=np.int64)
    if heads.shape != (n,) or not np.array_equal(heads, np.asarray(values)):
        raise ProblemError(f"cover {name} has shape {heads.shape}, expected {n} whole numbers")
    if (heads < 0).any():
        raise ProblemError(f"cover {name} is {heads.min()} at interval {heads.argmin()}, expected 0 or more")
    heads.flags.writeable = False
    return heads


def _require_quarter(name: str, moment: datetime) -> None:
    utc = moment.astimezone(UTC)  # an offset such as +00:07 hides where it lies on the grid
    if utc.minute % INTERVAL_MIN or utc.second or utc.microsecond:
        raise ProblemError(f"{name} is {moment.isoformat()}, expected a quarter-hour")
