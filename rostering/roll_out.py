"""Rest days and nominal duties of months ahead: what people were told stands but for notice or agreement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from rostering.errors import ProblemError
from rostering.notice import Needs, day_needs, times_need
from rostering.rules import RuleId, RuleSet

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayDuty:
    """A nominal duty by the local clock: start, and length with its meal [min]."""

    start: time
    length_min: int

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None:
            raise ProblemError(f"day duty starts {self.start}, expected a local time without offset")
        if self.length_min <= 0 or self.length_min % 15:
            raise ProblemError(f"day duty of {self.length_min} min, expected a positive multiple of 15")


Days = Mapping[date, DayDuty | None]  # None: a rest day


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day on which the pattern now says something else than people were told.

    needs : what makes the change stand; None: its notice is long enough
    is_made : whether it is made; else what people were told stands
    """

    day: date
    before: DayDuty | None
    after: DayDuty | None
    needs: Needs | None
    is_made: bool

    @property
    def rule(self) -> RuleId:
        """P2 where a rest day or a working day moves, P3 where its times do."""
        return RuleId.FIXED_DAYS if self.before is None or self.after is None else RuleId.CONSENT


def rolled(
    told: Days, wanted: Days, rules: RuleSet, today: date, agreed: Collection[date], exigency: Collection[date]
) -> tuple[dict[date, DayDuty | None], tuple[DayChange, ...]]:
    """Every day of ``wanted`` as people are to be told it, and where that or the pattern differs from ``told``.

    A change within its notice (rules P2 and P3) is made on the days that the handler ``agreed`` to, or that an
    ``exigency`` makes stand where the rule allows one; else the day stays as told.
    """
    days: dict[date, DayDuty | None] = {}
    changes = []
    for day, after in sorted(wanted.items()):
        days[day] = after
        if day not in told or told[day] == after:
            continue
        before = told[day]
        moves_day = before is None or after is None
        needs = day_needs(rules, day, today) if moves_day else times_need(rules, day, today)
        is_made = needs is None or day in agreed or (day in exigency and needs is Needs.AGREEMENT_OR_EXIGENCY)
        changes.append(DayChange(day, before, after, needs, is_made))
        if not is_made:
            days[day] = before
    return days, tuple(changes)


def breaks(days: Days, timezone: str, rules: RuleSet) -> Iterator[tuple[RuleId, date, str]]:
    """Where days one after the other break rule W1's daily rest, by elapsed time, or the longest run of duties: rule,
    date and words. Days that are absent end a run."""
    zone = ZoneInfo(timezone)
    worked = sorted((day, duty) for day, duty in days.items() if duty is not None)
    least, most = rules[RuleId.DAILY_REST]["rest_min"], rules[RuleId.RUN]["most_duties"]
    for (day, duty), (following, later) in pairwise(worked):
        end = _start(day, duty, zone) + timedelta(minutes=duty.length_min)
        rest = (_start(following, later, zone) - end) // timedelta(minutes=1)
        if rest < least:
            yield RuleId.DAILY_REST, following, f"{rest} min of rest before the duty of {following}, expected {least}"
    run = 0
    for day in sorted(days):
        run = (run if day - _DAY in days else 0) + 1 if days[day] is not None else 0
        if run == most + 1:
            yield RuleId.RUN, day, f"{run} duties in a row by {day}, expected at most {most}"


def _start(day: date, duty: DayDuty, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, duty.start, zone).astimezone(UTC)
