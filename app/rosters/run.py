"""The roster run's ends in the database: what it reads and what it stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.absences.leave import with_absences
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
from app.rosters.hours import settled
from app.rosters.keep import kept_to
from app.rosters.period import week_bounds
from app.rosters.person import left_out
from app.rosters.pins import Pins, pinned
from app.rosters.repair import repair_problem
from app.rosters.repair_schemas import RepairIn
from app.rosters.schemas import PinsIn
from app.rosters.service import sealed
from app.rosters.states import RosterStatus
from app.runs.outcome import Stored
from app.tables import RequirementRow, RosterRow, RunRow
from app.year.told import as_told
from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a roster is computed from.

    `expected`, `reserve` over the period; `reach`, `reserve_in_reach` over its cover, which reaches into the next week;
    `before`: duties of the roster that this one changes; `most_changes`: person-days that may differ from it.
    """

    problem: RosterProblem
    heads: Heads
    expected: Expected
    reach: Expected
    reserve: NDArray[np.int64] | None
    reserve_in_reach: NDArray[np.int64] | None
    settings: ForceSettings
    seconds: int
    effort: int | None
    seed: int
    notes: tuple[str, ...]
    before: tuple[Duty, ...] | None = None
    most_changes: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A roster ready for its row; `option` tells it from others of the same run."""

    body: dict[str, Any]
    certificate: dict[str, Any]
    option: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came out: no roster, or one, or several to choose from, the recommended one first."""

    outcome: str
    reason: str | None
    made: tuple[Made, ...]


def load(session: Session, run: RunRow) -> Inputs:
    asked = run.inputs
    settings = forces.settings_of_version(session, run.force_id, asked["settings_version"])
    is_repair = asked["mode"] == Mode.REPAIR
    base = rosters.find(session, run.force_id, UUID(asked["from_roster_id"])) if is_repair else None
    mode = Mode(asked["mode"]) if base is None else _mode_of(base)
    # Weeks are absent of the runs that were queued before there could be several.
    period = Period(date.fromisoformat(asked["week_start"]), asked.get("weeks", 1), mode, run.created_at)
    requirement = requirements.find(session, run.force_id, UUID(asked["requirement_id"]))
    begin, end = week_bounds(period.week_start, settings, period.n_weeks)
    last = last_weeks(session, run.force_id, period.week_start, settings.zone)
    heads, rules = _heads(requirement, begin, end), forces.rule_set(settings)
    stored = people.all_of(session, run.force_id)
    # A year back for hours and rests, and the week after for what the period must leave open.
    told = as_told(session, run.force_id, stored, period.week_start - 54 * WEEK, period.next_monday + 2 * WEEK)
    handlers = with_absences(session, run.force_id, told, period.week_start, settings.zone)
    pins, before = _pins(session, run, period, settings, {handler.ref for handler in handlers})
    try:
        problem = build_problem(handlers, settings, rules, period, heads, last, pins)
        if base is not None:
            wanted = RepairIn.model_validate(asked["asked"]["repair"])
            before = duties_from_json(every_duty(base.body))
            problem = repair_problem(problem, before, wanted, datetime.fromisoformat(asked["now"]))
        most_changes = None
        if asked["asked"].get("keep_to") is not None:
            before = duties_from_json(
                every_duty(rosters.find(session, run.force_id, UUID(asked["asked"]["keep_to"])).body)
            )
            problem, most_changes = kept_to(problem, before, asked["asked"]["most_changed"])
    except ValueError as error:
        raise Conflict(f"the handlers as stored make no roster problem: {error}") from error
    reach_end = begin.astimezone(heads.start.tzinfo) + problem.cover.n_intervals * INTERVAL
    forecast = requirement.forecast_id, asked["settings_version"]
    return Inputs(
        problem=problem,
        heads=heads,
        expected=expected(session, run.force_id, forecast[0], begin, end, forecast[1]),
        reach=expected(session, run.force_id, forecast[0], begin, reach_end, forecast[1]),
        reserve=requirement_rows.reserve(requirement, begin, end),
        reserve_in_reach=requirement_rows.reserve(requirement, begin, reach_end),
        settings=settings,
        seconds=asked["seconds"],
        effort=asked.get("effort"),
        seed=run.seed,
        notes=(_history_note(last, period.week_start),
               *left_out(handlers, period.week_start, period.n_weeks, settings.zone),
               *settled(handlers, settings, rules, period.week_start, period.n_weeks, period.mode, last)),
        before=before,
        most_changes=most_changes,
    )  # fmt: skip


def _mode_of(base: RosterRow) -> Mode:
    """Whether the roster that is repaired follows patterns."""
    has_patterns = any(handler["nominal"] for handler in base.certificate["problem"]["handlers"])
    return Mode.WEEKLY if has_patterns else Mode.FREE


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
    if run.inputs["mode"] == Mode.REPAIR or run.inputs["asked"].get("pinned") is None:
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
    if not result.made:
        return Stored(None, result.outcome, result.reason)
    stored = [(_stored(session, run, made), made.option) for made in result.made]
    named: dict[str, Any] = {"roster_id": str(stored[0][0])}
    if any(option is not None for _, option in stored):
        named["options"] = [{"roster_id": str(roster_id), **(option or {})} for roster_id, option in stored]
    return Stored(named, result.outcome, result.reason)


def _stored(session: Session, run: RunRow, made: Made) -> UUID:
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
        body=made.body,
        certificate=made.certificate | {"versions": run.versions},
    )
    sealed(row)
    repository.add(session, row)
    return row.id


def _based_on(run: RunRow) -> UUID | None:
    asked = run.inputs["asked"]
    if run.inputs["mode"] == Mode.REPAIR:
        return UUID(run.inputs["from_roster_id"])
    if asked.get("keep_to") is not None:
        return UUID(asked["keep_to"])
    return None if asked.get("pinned") is None else UUID(asked["pinned"]["from_roster_id"])


def _heads(requirement: RequirementRow, begin: datetime, end: datetime) -> Heads:
    """The week and as much of the tail as the requirement covers."""
    first = (begin - requirement.starts_at) // INTERVAL
    last = (min(end + TAIL, requirement.ends_at) - requirement.starts_at) // INTERVAL
    seats, rostered = (requirement_rows.heads(requirement, kind)[:, first:last] for kind in ("seats", "rostered"))
    return Heads(begin.astimezone(requirement.starts_at.tzinfo), seats, rostered)
