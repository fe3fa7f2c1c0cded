"""Handlers, cover and rules of a period of one to four weeks: one checked ``RosterProblem``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rostering.cover import Cover, RoleCover
from rostering.errors import ProblemError
from rostering.people import (
    INTERVAL_MIN,
    Agreement,
    Band,
    Consent,
    Contract,
    Handler,
    Leave,
    Ledger,
    NominalDuty,
    Offer,
    OfferKind,
    RoleValidity,
    Skill,
    SkillValidity,
    Training,
    Wish,
    require_quarter,
)
from rostering.roster import Duty, require_aware
from rostering.rules import ENGLAND_WALES_STAFF, RuleSet, paid_min

__all__ = [
    "INTERVAL_MIN",
    "Agreement",
    "Band",
    "BandStarts",
    "Consent",
    "Contract",
    "Cover",
    "Handler",
    "Leave",
    "Ledger",
    "Mode",
    "NominalDuty",
    "Offer",
    "OfferKind",
    "RoleCover",
    "RoleValidity",
    "RosterProblem",
    "Skill",
    "SkillValidity",
    "Training",
    "Wish",
]


class Mode(StrEnum):
    """What may change: starts within consent; everything; as little as possible of a published roster."""

    WEEKLY = "weekly"
    FREE = "free"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class BandStarts:
    """Free mode: first and last local start of a band [min from midnight]."""

    band: Band
    first_min: int
    last_min: int

    def __post_init__(self) -> None:
        if not 0 <= self.first_min <= self.last_min < 1440 or self.first_min % 15 or self.last_min % 15:
            raise ProblemError(
                f"band {self.band} starts {self.first_min} to {self.last_min} min, expected quarter-hours of one day"
            )


BAND_STARTS = (
    BandStarts(Band.EARLY, 360, 540),
    BandStarts(Band.DAY, 570, 690),
    BandStarts(Band.LATE, 720, 1020),
    BandStarts(Band.NIGHT, 1140, 1380),
)


@dataclass(frozen=True, slots=True, eq=False)
class RosterProblem:
    """A period to be rostered.

    week_start : local Monday of the first week
    frozen_duties : duties that stand with their activities, counted and never changed: last week's that reach into the
        period, and in repair what is past or locked
    meals_paid : whether the meal counts towards the contract where the contract itself does not say
    start_step_min, length_step_min : grid of starts and lengths, multiples of 15 [min]
    mode : weekly: days are fixed, starts and finishes move within consent; free: any legal tour, starts within
        ``band_starts``, lengths as rule LENGTHS says; repair: like weekly around ``published``, each change priced
    pinned : duties of the period whose start and end stand, as a planner pinned them; their breaks may move
    published : repair: the roster that people were told; a person's day that differs from it is a change
    role_cover : roles wanted on duty
    briefing_min : off calls at the start of every duty, in which the shifts overlap [min]
    bank_holidays : local dates; a duty on one counts in fairness as one on a weekend does
    told_at : when people are told, which the notice of rest-day work counts from; None: the period's begin
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
    n_weeks: int = 1
    mode: Mode = Mode.WEEKLY
    band_starts: tuple[BandStarts, ...] = BAND_STARTS
    pinned: tuple[Duty, ...] = ()
    published: tuple[Duty, ...] = ()
    role_cover: tuple[RoleCover, ...] = ()
    briefing_min: int = 0
    told_at: datetime | None = None
    bank_holidays: tuple[date, ...] = ()

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
        if not 1 <= self.n_weeks <= 4:
            raise ProblemError(f"n_weeks is {self.n_weeks}, expected 1 to 4")
        if self.briefing_min not in (0, 15, 30):
            raise ProblemError(f"briefing_min is {self.briefing_min}, expected 0, 15 or 30")
        if self.cover.start != self.begin:
            raise ProblemError(f"cover starts {self.cover.start}, expected the local Monday 00:00, {self.begin}")
        if self.cover.n_intervals < self.n_intervals:
            raise ProblemError(
                f"cover has {self.cover.n_intervals} intervals, expected the period's {self.n_intervals}"
            )
        refs = [handler.ref for handler in self.handlers]
        if twice := sorted({ref for ref in refs if refs.count(ref) > 1}):
            raise ProblemError(f"handler {twice[0]} comes twice, expected each once")
        for handler in self.handlers:
            self._check_handler(handler)
        if self.told_at is not None:
            require_aware("told_at", self.told_at)
        bands = [starts.band for starts in self.band_starts]
        if not bands or len(set(bands)) < len(bands):
            raise ProblemError(f"band_starts are of {[str(band) for band in bands]}, expected one or more, each once")
        self._check_duties(set(refs))

    def _check_duties(self, refs: set[str]) -> None:
        """Pinned, published and frozen duties on the grid, one a handler and date; pins within the period."""
        for name in ("pinned", "published", "frozen_duties"):
            seen = set()
            for duty in getattr(self, name):
                told = f"{name}: duty of handler {duty.handler} from {duty.start.isoformat()}"
                for moment in (duty.start, duty.end):
                    require_quarter(told, moment)
                if duty.end <= duty.start:
                    raise ProblemError(f"{told} ends {duty.end.isoformat()}, expected after its start")
                day = self._date_of(duty.start)
                within = 0 <= (day - self.week_start).days < 7 * self.n_weeks
                if name == "pinned" and (duty.handler not in refs or not within):
                    raise ProblemError(f"{told}: expected a handler of the problem and a date of the period")
                if (duty.handler, day) in seen and (within or name != "frozen_duties"):
                    raise ProblemError(f"{told}: the second one of {day}, expected one a date")
                seen.add((duty.handler, day))

    def _check_history(self, handler: Handler) -> None:
        """What a handler worked before the period, in ``last_week`` and as frozen duties, does not overlap."""
        frozen = {(duty.start, duty.end) for duty in self.frozen_duties if duty.handler == handler.ref}
        spans = sorted({*handler.last_week, *frozen})
        for (start, end), (following, _) in pairwise(spans):
            if following < end:
                raise ProblemError(
                    f"handler {handler.ref}: the known duty of {following.isoformat()} starts before that of "
                    f"{start.isoformat()} ends, {end.isoformat()}, expected a history that does not overlap"
                )

    def _date_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def _check_handler(self, handler: Handler) -> None:
        self._check_history(handler)
        for duty in handler.nominal:
            if self._date_of(duty.start) != duty.date or not 0 <= (duty.date - self.week_start).days < 7 * self.n_weeks:
                raise ProblemError(
                    f"handler {handler.ref}: nominal duty of {duty.date} starts {duty.start}, expected that local date "
                    f"in the {7 * self.n_weeks} days from {self.week_start}"
                )
        if handler.last_week and (latest := handler.last_week[-1][0]) >= self.begin:
            raise ProblemError(f"handler {handler.ref}: a duty of last_week starts {latest}, expected before the week")
        if handler.next_start is not None and handler.next_start < self.end:
            raise ProblemError(
                f"handler {handler.ref}: next_start is {handler.next_start.isoformat()}, "
                f"expected the week's end {self.end.isoformat()} or later"
            )

    def paid_min(self, handler: Handler, length_min: int) -> int:
        """Paid minutes of a duty of ``length_min`` [min], by the handler's contract or the force's custom."""
        own = handler.contract.meals_paid
        return paid_min(self.rules, length_min, meals_paid=self.meals_paid if own is None else own)

    @property
    def begin(self) -> datetime:
        """Local Monday 00:00 as UTC."""
        return datetime.combine(self.week_start, datetime.min.time(), ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """Local Monday 00:00 after the period as UTC."""
        after = self.week_start + timedelta(days=7 * self.n_weeks)
        return datetime.combine(after, datetime.min.time(), ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def n_intervals(self) -> int:
        """Intervals of the period: 672 a week, 668 or 676 in that of a clock change."""
        return int((self.end - self.begin).total_seconds()) // (INTERVAL_MIN * 60)
