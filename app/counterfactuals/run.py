"""The counterfactual run's ends in the database: each week's people, forecast, roster and calls in; figures out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.calls import repository as calls
from app.counterfactuals import repository
from app.database import new_id, utc_now
from app.errors import Conflict
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts import service as forecasts
from app.people import service as people
from app.requirements.expected import Expected, expected
from app.requirements.service import INTERVAL, QUEUES
from app.rosters import service as rosters
from app.rosters.build import TAIL, Heads, Period, build_problem
from app.rosters.document import duties_from_json, problem_from_json
from app.rosters.history import every_duty, last_weeks
from app.rosters.period import week_bounds
from app.runs.outcome import Stored
from app.tables import CounterfactualRow, RosterRow, RunRow
from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty

_MOST_MISSING = 0.02  # of a week's quarter-hours, which are taken to have had the calls expected


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """One week. `reach`: the forecast of then over the problem's cover; `came`: (2, intervals) calls offered;
    `worked`: the duties published, None: to be rostered by Erlang C sums."""

    monday: date
    problem: RosterProblem
    reach: Expected
    week: Expected
    came: NDArray[np.float64]
    worked: tuple[Duty, ...] | None
    missing: int
    forecast_id: UUID
    roster_id: UUID | None


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    weeks: tuple[Week, ...]
    settings: ForceSettings
    effort: int
    replications: int
    seed: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    figures: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    settings = forces.settings_of_version(session, run.force_id, run.inputs["settings_version"])
    weeks = tuple(_week(session, run, told, settings) for told in run.inputs["weeks"])
    asked = run.inputs["asked"]
    return Inputs(weeks, settings, asked["effort"], asked["replications"], run.seed, _notes(weeks))


def store(session: Session, run: RunRow, result: Result) -> Stored:
    asked = run.inputs["asked"]
    row = CounterfactualRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        settings_version=run.inputs["settings_version"],
        week_start=date.fromisoformat(asked["week_start"]),
        weeks=asked["weeks"],
        versus=run.inputs["versus"],
        figures=result.figures,
    )
    repository.add(session, row)
    return Stored({"counterfactual_id": str(row.id)})


def _week(session: Session, run: RunRow, told: dict[str, Any], settings: ForceSettings) -> Week:
    monday, forecast_id = date.fromisoformat(told["week_start"]), UUID(told["forecast_id"])
    begin, end = week_bounds(monday, settings)
    forecast = forecasts.find(session, run.force_id, forecast_id)
    reach_end = min(end + TAIL, forecast.ends_at)
    roster = None if told["roster_id"] is None else rosters.find(session, run.force_id, UUID(told["roster_id"]))
    problem = _of_people(session, run, monday, settings, reach_end) if roster is None else _of_roster(session, roster)
    # What the forecast of then does not reach of the cover's tail is cut off.
    n = min(problem.cover.n_intervals, (reach_end - problem.begin) // INTERVAL)
    problem = _cut(problem, n)
    version = run.inputs["settings_version"]
    until = problem.begin + n * INTERVAL
    came, missing = _came(session, run.force_id, monday, problem)
    return Week(
        monday=monday,
        problem=problem,
        reach=expected(session, run.force_id, forecast_id, begin, until, version),
        week=expected(session, run.force_id, forecast_id, begin, end, version),
        came=came,
        worked=None if roster is None else duties_from_json(roster.body["carried_over"] + every_duty(roster.body)),
        missing=missing,
        forecast_id=forecast_id,
        roster_id=None if roster is None else roster.id,
    )


def _of_roster(session: Session, row: RosterRow) -> RosterProblem:
    """The people and hours that the roster had, as free as before it; of a repair, those of what it repairs."""
    while row.mode == Mode.REPAIR and row.based_on is not None:
        row = rosters.find(session, row.force_id, row.based_on)
    problem = problem_from_json(row.certificate["problem"])
    before = tuple(duty for duty in problem.frozen_duties if duty.start < problem.begin)
    return replace(problem, frozen_duties=before, pinned=(), published=())


def _of_people(
    session: Session, run: RunRow, monday: date, settings: ForceSettings, reach_end: datetime
) -> RosterProblem:
    """The people as they are stored, in the weekly mode, after the weeks that were rostered before."""
    begin, _ = week_bounds(monday, settings)
    n = (reach_end - begin) // INTERVAL
    nobody = np.zeros((2, n), dtype=np.int64)
    last = last_weeks(session, run.force_id, monday, settings.zone)
    heads = Heads(begin.astimezone(reach_end.tzinfo), nobody, nobody)
    handlers = people.all_of(session, run.force_id)
    return build_problem(handlers, settings, forces.rule_set(settings), Period(monday), heads, last)


def _cut(problem: RosterProblem, n: int) -> RosterProblem:
    cover = problem.cover
    return replace(
        problem,
        cover=replace(
            cover,
            needed_999=cover.needed_999[:n],
            needed_101=cover.needed_101[:n],
            already_999=None if cover.already_999 is None else cover.already_999[:n],
            already_101=None if cover.already_101 is None else cover.already_101[:n],
            cost_short=None,
            cost_short_999=None,
        ),
    )


def _came(session: Session, force_id: UUID, monday: date, problem: RosterProblem) -> tuple[NDArray[np.float64], int]:
    """Calls offered in the week, (2, intervals), NaN where not recorded, and how many are not. Raises `Conflict` where
    too many are not."""
    n = problem.n_intervals
    came = np.full((2, n), np.nan)
    for q, queue in enumerate(QUEUES):
        starts, read = calls.read(session, force_id, queue, ("offered",), since=problem.begin, until=problem.end)
        came[q, [(moment - problem.begin) // INTERVAL for moment in starts]] = read["offered"]
    missing = int(np.isnan(came).any(axis=0).sum())
    if missing > _MOST_MISSING * n:
        raise Conflict(f"the week of {monday} has {n - missing} of {n} quarter-hours recorded for both queues: "
                       f"expected at least {1 - _MOST_MISSING:.0%}")  # fmt: skip
    return came, missing


def _notes(weeks: tuple[Week, ...]) -> tuple[str, ...]:
    notes = [
        f"{week.missing} quarter-hours of the week of {week.monday} are not recorded: they are taken to have had the "
        "calls expected"
        for week in weeks
        if week.missing
    ]
    notes.append(
        "chance on the day (absence, unavailable time, patience, handling) is drawn anew, alike for both sides"
    )
    notes.append(
        "patience, abandonment and availability are as the history and the newest calibration tell them now, for both "
        "sides; calls and handling times are the forecast's of then"
    )
    if any(week.worked is None for week in weeks):
        notes.append("people are those stored now, with their leave: a force without rosters here has no others")
    return tuple(notes)
