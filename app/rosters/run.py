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
from app.rosters import service as rosters
from app.rosters.build import TAIL, Heads, Period, build_problem
from app.rosters.document import duties_from_json
from app.rosters.history import WEEK, LastWeeks, every_duty, last_weeks
from app.rosters.period import week_bounds
from app.rosters.person import left_out
from app.rosters.pins import Pins, pinned
from app.rosters.schemas import PinsIn
from app.rosters.service import sealed
from app.rosters.states import RosterStatus
from app.runs.outcome import Stored
from app.tables import RequirementRow, RosterRow, RunRow
from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a roster is computed from; `expected` and `reserve` over the week."""

    problem: RosterProblem
    heads: Heads
    expected: Expected
    reserve: NDArray[np.int64] | None
    settings: ForceSettings
    seconds: int
    effort: int | None
    seed: int
    notes: tuple[str, ...]
    before: tuple[Duty, ...] | None = None  # of the roster that this one changes


@dataclass(frozen=True, slots=True)
class Result:
    """What came out; `body` and `certificate` are None where there is no roster."""

    outcome: str
    reason: str | None
    body: dict[str, Any] | None
    certificate: dict[str, Any] | None


def load(session: Session, run: RunRow) -> Inputs:
    asked = run.inputs
    settings = forces.settings_of_version(session, run.force_id, asked["settings_version"])
    # Absent of the runs that were queued before they could be chosen.
    period = Period(date.fromisoformat(asked["week_start"]), asked.get("weeks", 1), Mode(asked["mode"]), run.created_at)
    requirement = requirements.find(session, run.force_id, UUID(asked["requirement_id"]))
    begin, end = week_bounds(period.week_start, settings, period.n_weeks)
    last = last_weeks(session, run.force_id, period.week_start, settings.zone)
    heads = _heads(requirement, begin, end)
    handlers = people.all_of(session, run.force_id)
    pins, before = _pins(session, run, period, settings, {handler.ref for handler in handlers})
    try:
        problem = build_problem(handlers, settings, forces.rule_set(settings), period, heads, last, pins)
    except ValueError as error:
        raise Conflict(f"the handlers as stored make no roster problem: {error}") from error
    return Inputs(
        problem=problem,
        heads=heads,
        expected=expected(session, run.force_id, requirement.forecast_id, begin, end, asked["settings_version"]),
        reserve=requirement_rows.reserve(requirement, begin, end),
        settings=settings,
        seconds=asked["seconds"],
        effort=asked.get("effort"),
        seed=run.seed,
        notes=(_history_note(last, period.week_start),
               *left_out(handlers, period.week_start, period.n_weeks, settings.zone)),
        before=before,
    )  # fmt: skip


def _history_note(last: LastWeeks, week_start: date) -> str:
    monday = week_start - WEEK
    if monday not in last.duties:
        return "duties of the week before are those of the patterns with meals in turn, since it has no roster"
    kind = "published roster" if monday in last.published else "newest roster"
    return f"duties of the week before are those of its {kind}"


def _pins(
    session: Session, run: RunRow, period: Period, settings: ForceSettings, everybody: set[str]
) -> tuple[Pins, tuple[Duty, ...] | None]:
    """What is pinned, and the duties of the roster that it is pinned from; None where nothing is."""
    if run.inputs["asked"].get("pinned") is None:
        return Pins(), None
    wanted = PinsIn.model_validate(run.inputs["asked"]["pinned"])
    duties = duties_from_json(every_duty(rosters.find(session, run.force_id, wanted.from_roster_id).body))
    days = [period.week_start + timedelta(days=day) for day in range(7 * period.n_weeks)]
    pins = pinned(
        duties,
        days,
        settings.zone,
        handlers=set(wanted.handlers),
        dates=set(wanted.dates),
        single={(key.handler, key.date) for key in wanted.duties},
        everybody=everybody,
    )
    return pins, duties


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
        weeks=run.inputs.get("weeks", 1),
        mode=run.inputs["mode"],
        status=RosterStatus.DRAFT,
        revision=1,
        based_on=_based_on(run),
        body=result.body,
        certificate=result.certificate | {"versions": run.versions},
    )
    sealed(row)
    repository.add(session, row)
    return Stored({"roster_id": str(row.id)}, result.outcome, result.reason)


def _based_on(run: RunRow) -> UUID | None:
    pinned = run.inputs["asked"].get("pinned")
    return None if pinned is None else UUID(pinned["from_roster_id"])


def _heads(requirement: RequirementRow, begin: datetime, end: datetime) -> Heads:
    """The week and as much of the tail as the requirement covers."""
    first = (begin - requirement.starts_at) // INTERVAL
    last = (min(end + TAIL, requirement.ends_at) - requirement.starts_at) // INTERVAL
    seats, rostered = (requirement_rows.heads(requirement, kind)[:, first:last] for kind in ("seats", "rostered"))
    return Heads(begin.astimezone(requirement.starts_at.tzinfo), seats, rostered)
