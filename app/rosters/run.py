"""The roster run's ends in the database: what it reads and what it stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.errors import Conflict
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.people import service as people
from app.requirements import repository as requirement_rows
from app.requirements import service as requirements
from app.requirements.expected import Expected, expected
from app.requirements.service import INTERVAL
from app.rosters import repository
from app.rosters.build import TAIL, Heads, LastWeeks, build_problem, left_out
from app.rosters.document import duties_from_json
from app.rosters.service import sealed, week_bounds
from app.runs.outcome import Stored
from app.tables import RequirementRow, RosterRow, RunRow
from rostering.problem import RosterProblem

_HISTORY = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a roster is computed from; `expected` and `reserve` over the week."""

    problem: RosterProblem
    heads: Heads
    expected: Expected
    reserve: NDArray[np.int64] | None
    settings: ForceSettings
    seconds: int
    seed: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out; `body` and `certificate` are None where there is no roster."""

    outcome: str
    reason: str | None
    body: dict[str, Any] | None
    certificate: dict[str, Any] | None


def load(session: Session, run: RunRow) -> Inputs:
    week_start = date.fromisoformat(run.inputs["week_start"])
    settings = forces.settings_of_version(session, run.force_id, run.inputs["settings_version"])
    requirement = requirements.find(session, run.force_id, UUID(run.inputs["requirement_id"]))
    begin, end = week_bounds(week_start, settings)
    before = repository.of_week(session, run.force_id, week_start - timedelta(days=7))
    last = LastWeeks(
        duties=None if before is None else duties_from_json(before.body["carried_over"] + before.body["duties"]),
        minutes=repository.minutes_by_week(session, run.force_id, week_start - _HISTORY, week_start),
    )
    source = "its newest roster" if before is not None else "the patterns with meals in turn, since it has no roster"
    heads = _heads(requirement, begin, end)
    handlers = people.all_of(session, run.force_id)
    try:
        problem = build_problem(handlers, settings, forces.rule_set(settings), week_start, heads, last)
    except ValueError as error:
        raise Conflict(f"the handlers as stored make no roster problem: {error}") from error
    return Inputs(
        problem=problem,
        heads=heads,
        expected=expected(session, run.force_id, requirement.forecast_id, begin, end, run.inputs["settings_version"]),
        reserve=requirement_rows.reserve(requirement, begin, end),
        settings=settings,
        seconds=run.inputs["seconds"],
        seed=run.seed,
        notes=(f"duties of the week before are those of {source}", *left_out(handlers, week_start, settings.zone)),
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    if result.body is None or result.certificate is None:
        return Stored(None, result.outcome, result.reason)
    row = RosterRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        requirement_id=UUID(run.inputs["requirement_id"]),
        forecast_id=UUID(run.inputs["forecast_id"]),
        created_at=utc_now(),
        settings_version=run.inputs["settings_version"],
        week_start=date.fromisoformat(run.inputs["week_start"]),
        mode=run.inputs["mode"],
        status="draft",
        body=result.body,
        certificate=result.certificate | {"versions": run.versions},
    )
    sealed(row)
    repository.add(session, row)
    return Stored({"roster_id": str(row.id)}, result.outcome, result.reason)


def _heads(requirement: RequirementRow, begin: datetime, end: datetime) -> Heads:
    """The week and as much of the tail as the requirement covers."""
    first = (begin - requirement.starts_at) // INTERVAL
    last = (min(end + TAIL, requirement.ends_at) - requirement.starts_at) // INTERVAL
    seats, rostered = (requirement_rows.heads(requirement, kind)[:, first:last] for kind in ("seats", "rostered"))
    return Heads(begin.astimezone(requirement.starts_at.tzinfo), seats, rostered)
