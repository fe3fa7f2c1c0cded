"""What rosters and runs are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from app.rosters.states import RosterStatus
from app.runs.schemas import RunStatus

MODES: Final = {
    "weekly": "shift patterns kept",
    "free": "without patterns",
    "repair": "repair",
}
STATUSES: Final[Mapping[str, tuple[str, str]]] = {  # in words, and the colour of the tag
    RosterStatus.DRAFT: ("Draft", "grey"),
    RosterStatus.APPROVED: ("Approved", "light-blue"),
    RosterStatus.PUBLISHED: ("Published", "green"),
    RosterStatus.SUPERSEDED: ("Superseded", "yellow"),
}
RUN_STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    RunStatus.QUEUED: ("Waiting its turn", "grey"),
    RunStatus.RUNNING: ("Running", "light-blue"),
    RunStatus.SUCCEEDED: ("Done", "green"),
    RunStatus.FAILED: ("Failed", "red"),
    RunStatus.CANCELLED: ("Cancelled", "yellow"),
}
TIERS: Final[Mapping[str, tuple[str, str]]] = {
    "service": ("Service", "calls late or lost because too few are on calls"),
    "people": ("People", "duties moved from what people expect, wishes lost, unfair shares"),
    "cost": ("Cost", "overtime, rest days worked, cover beyond what is needed"),
}
PHASES: Final = {
    "loading": "Loading the search, which a new installation compiles first, for minutes",
    "options": "Listing what each person could work",
    "start": "A first legal roster",
    "repair": "Looking for repairs",
    "search": "Looking for better rosters",
    "acceptance": "Checking it against every rule",
    "proof": "Proving how good it is",
    "done": "Search finished",
}
KINDS: Final = {
    "roster": "Roster",
    "pattern": "Shift pattern",
    "forecast": "Forecast",
    "requirement": "Requirement",
    "scenario": "What-if",
    "assessment": "Assessment of a proposal",
    "capacity": "Capacity plan",
    "same_day": "Options for an absence",
    "intraday": "Forecast of today",
    "ranking": "Weakest quarter-hours",
    "explanation": "What would help",
    "evaluation": "Predictions against the calls that came",
    "counterfactual": "What the weeks would have been",
    "replay": "Replay of recorded calls",
    "calibration": "Calibration by recorded service",
    "score": "Accuracy of forecasts",
}
ENDED_BY: Final = {
    "proof": "it proved that nothing is better",
    "effort": "it had gone as far as it was asked to",
    "seconds": "the time that it was given was used up",
    "cancel": "somebody cancelled it and kept what was found",
}


def weeks_of(start: date, weeks: int) -> str:
    """`30 November to 6 December 2026`."""
    last = start + timedelta(days=7 * weeks - 1)
    first = f"{start:%-d %B}" if start.month != last.month else f"{start.day}"
    if start.year != last.year:
        first = f"{start:%-d %B %Y}"
    return f"{first} to {last:%-d %B %Y}"


def mode(name: str) -> str:
    """How a roster was made."""
    told = MODES.get(name, name)
    return told[0].upper() + told[1:]


def broken(n: int) -> str:
    """`breaks 1 rule once`, `breaks rules 3 times`: one rule may be broken by many."""
    return "breaks a rule once" if n == 1 else f"breaks rules {n} times"


def phase(name: str | None) -> str:
    """The phase of a run in words."""
    if not name:
        return "Not started yet"
    told = PHASES.get(name, name)
    return told[0].upper() + told[1:]


def kind(name: str) -> str:
    """What a run makes."""
    return KINDS.get(name, name.replace("_", " ").capitalize())


def gap_words(tier: Mapping[str, Any] | None) -> str:
    """How far a tier is from what is proven: `proven best`, `1.6% above the proven limit`."""
    if tier is None:
        return "not known"
    if tier["status"] == "optimal" or tier["objective"] == 0:
        return "proven best"
    if not tier["bound"]:
        return "no limit proven"
    return f"at most {100 * tier['gap']:.1f}% from the best possible"
