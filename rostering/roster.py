"""Duties, rosters and what a solve ends with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rostering.errors import ProblemError
from rostering.rules import RuleId


class Activity(StrEnum):
    """What a handler does in part of a duty. 999: answers 999 first and 101 when free; 101: 101 only."""

    CALLS_999 = "999"
    CALLS_101 = "101"
    MEAL = "meal"
    BREAK = "break"
    TRAINING = "training"
    LEARNING = "learning"
    BRIEFING = "briefing"


def require_aware(name: str, moment: datetime) -> None:
    """Refuse a time without a zone."""
    if moment.utcoffset() is None:
        raise ProblemError(f"{name} is {moment.isoformat()}, expected a time with its zone")


@dataclass(frozen=True, slots=True)
class ActivitySpan:
    """One activity from ``start`` to ``end``, both with time zone."""

    activity: Activity
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        require_aware("activity start", self.start)
        require_aware("activity end", self.end)


@dataclass(frozen=True, slots=True)
class Duty:
    """A handler's duty; it belongs to the local date of its start. Activities in order of time.

    Whether they fill the duty, and every rule, is the checker's matter: a broken duty can be written down.
    """

    handler: str
    start: datetime
    end: datetime
    activities: tuple[ActivitySpan, ...]

    def __post_init__(self) -> None:
        require_aware(f"handler {self.handler}: duty start", self.start)
        require_aware(f"handler {self.handler}: duty end", self.end)


@dataclass(frozen=True, slots=True)
class Roster:
    """Duties of one week, by start and handler."""

    duties: tuple[Duty, ...]


class SolveStatus(StrEnum):
    """How a solve ended: proven best, legal, proven impossible, or nothing found in time."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


class TierName(StrEnum):
    """The objective's tiers, first one first."""

    SERVICE = "service"
    PEOPLE = "people"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of the objective.

    objective : value reached: service in weighted seat-quarter-hours short, people in quarter-hours moved or off
        contract, cost in seat-quarter-hours over the need
    bound : proven lower bound, given that the tiers before it are no worse than reached
    gap : (objective - bound) / objective, 0..1; 0 where the objective is 0
    """

    name: TierName
    objective: int
    bound: float
    gap: float
    status: SolveStatus


class EndedBy(StrEnum):
    """What ended a search: nothing was left to gain, its effort was spent, its time ran out, or it was cancelled."""

    PROOF = "proof"
    EFFORT = "effort"
    SECONDS = "seconds"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why one handler has no legal week: the rules that contradict each other."""

    handler: str
    rules: tuple[RuleId, ...]
    message: str


@dataclass(frozen=True, slots=True)
class RosterOutcome:
    """End of a solve. ``roster`` is None unless the model and the checker have accepted it."""

    status: SolveStatus
    roster: Roster | None
    tiers: tuple[Tier, ...]
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]
    ended_by: EndedBy | None = None


@dataclass(frozen=True, slots=True)
class RepairOption:
    """One way to repair a published roster.

    tiers : service, people, cost
    bounds : proven lower bounds of these over all repairs, each given that the tiers before are no worse
    recovered : share of the service lost by the absences that this roster wins back
    changed_days, people_disturbed : person-days that differ from the published roster, and of how many people
    price : of a changed person-day, in seats short for a quarter-hour, at which it was found
    """

    roster: Roster
    tiers: tuple[int, int, int]
    bounds: tuple[float, float, float]
    recovered: float
    changed_days: int
    people_disturbed: int
    price: float


@dataclass(frozen=True, slots=True)
class DutyGain:
    """A handler's date that differs between two rosters, and what the change is worth in service, people and cost.

    worth : above 0 the change is better; None where the old duty cannot come back
    """

    handler: str
    date: date
    before: Duty | None
    after: Duty | None
    worth: tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class SolveBudget:
    """What a solve may use.

    seconds : wall-clock limit [s], > 0
    seed : of the search, >= 0
    workers : solver threads, >= 1
    effort : rounds of search, >= 1, in each of which the search proposes a thousand changes per person and week, or
        None: then time alone ends it. The same seed and effort give the same roster, unless the seconds ended it
    """

    seconds: float = 60.0
    seed: int = 1
    workers: int = 2
    effort: int | None = None

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ProblemError(f"budget seconds is {self.seconds}, expected more than 0")
        if self.seed < 0:
            raise ProblemError(f"budget seed is {self.seed}, expected 0 or more")
        if self.workers < 1:
            raise ProblemError(f"budget workers is {self.workers}, expected 1 or more")
        if self.effort is not None and self.effort < 1:
            raise ProblemError(f"budget effort is {self.effort}, expected 1 or more")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a solve stands: phase, objective and bound so far of a tier (None: not yet), share done 0..1."""

    phase: str
    objective: float | None
    bound: float | None
    share: float
    tier: TierName = TierName.SERVICE
