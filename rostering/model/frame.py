"""What every person's options share: local time, the duties that stand, means of the ledger, caches of times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from rostering.model.clock import MINUTE, QUARTER, LocalClock, local_clock
from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty
from rostering.rules import RuleId

Without: TypeAlias = frozenset[RuleId]  # rules left out, to find the ones that contradict each other
NOTHING: Without = frozenset()
OfDay: TypeAlias = dict[int, Duty]


@dataclass(frozen=True, eq=False)
class Frame:
    """A problem seen by date, counted from the first Monday.

    published, pinned, frozen : duties of the period by handler and date
    nights, days_off, short_notice : sums over everybody's ledger: nights, weekends and bank holidays, short notice
    holidays : bank holidays by number
    """

    problem: RosterProblem
    clock: LocalClock
    roles: tuple[str, ...]
    published: dict[str, OfDay]
    pinned: dict[str, OfDay]
    frozen: dict[str, OfDay]
    nights: int
    days_off: int
    short_notice: int
    holidays: frozenset[int]
    cache: dict[Any, Any] = field(default_factory=dict)

    @property
    def days(self) -> range:
        """Dates of the period."""
        return range(7 * self.problem.n_weeks)

    def day_of(self, moment: datetime) -> int:
        """Local date of a moment."""
        return self.number(moment.astimezone(ZoneInfo(self.problem.timezone)).date())

    def number(self, day: date) -> int:
        """A date as a number."""
        return (day - self.problem.week_start).days

    def date(self, number: int) -> date:
        """A number as a date."""
        return self.problem.week_start + timedelta(days=number)


def quarter_of(problem: RosterProblem, moment: datetime) -> int:
    """Quarter-hours from the start of the cover to ``moment``, rounded up."""
    return -((problem.cover.start.astimezone(UTC) - moment) // QUARTER)


def moment_of(problem: RosterProblem, quarter: int) -> datetime:
    """UTC time of a quarter-hour."""
    return problem.cover.start.astimezone(UTC) + quarter * QUARTER


def minute_of(problem: RosterProblem, moment: datetime) -> int:
    """Minutes from the start of the cover to ``moment``."""
    return (moment - problem.cover.start.astimezone(UTC)) // MINUTE


def watched_roles(problem: RosterProblem) -> tuple[str, ...]:
    """Roles whose heads on duty the service tier looks at, in the order of their rows after the three on calls."""
    wanted = dict.fromkeys(cover.role for cover in problem.role_cover)
    if any(validity.role == "trainee" for handler in problem.handlers for validity in handler.roles):
        wanted |= dict.fromkeys(("trainee", "tutor"))
    return tuple(wanted)


@lru_cache(maxsize=2)
def frame_of(problem: RosterProblem) -> Frame:
    """The frame of a problem; the last ones are kept, since it is asked for with every handler."""
    published = problem.published if problem.mode is Mode.REPAIR else ()
    in_period = (duty for duty in problem.frozen_duties if problem.begin <= duty.start < problem.end)
    return Frame(
        problem,
        local_clock(problem),
        watched_roles(problem),
        _by_day(problem, published),
        _by_day(problem, problem.pinned),
        _by_day(problem, in_period),
        sum(handler.ledger.nights for handler in problem.handlers),
        sum(handler.ledger.days_others_have_off for handler in problem.handlers),
        sum(handler.ledger.short_notice for handler in problem.handlers),
        frozenset((day - problem.week_start).days for day in problem.bank_holidays),
    )


def _by_day(problem: RosterProblem, duties: Iterable[Duty]) -> dict[str, OfDay]:
    found: dict[str, OfDay] = defaultdict(dict)
    zone = ZoneInfo(problem.timezone)
    for duty in duties:
        found[duty.handler][(duty.start.astimezone(zone).date() - problem.week_start).days] = duty
    return found
