"""The assessment run's ends in the database: what it reads and what it stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from app.assessments import repository
from app.assessments.schemas import FlexibleProposal, LeaveProposal, PatternProposal, Proposal, SwapProposal
from app.assessments.sides import Week, whole_reach
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound
from app.forces import service as forces
from app.people import service as people
from app.people.schemas import HandlerIn
from app.requirements import repository as requirement_rows
from app.requirements import service as requirements
from app.requirements.expected import expected
from app.requirements.service import INTERVAL
from app.rosters import repository as roster_rows
from app.rosters import run as rosters
from app.rosters import service as roster_service
from app.rosters.build import Period
from app.rosters.document import duties_from_json, problem_from_json
from app.rosters.history import counting, every_duty, last_weeks
from app.runs.outcome import Stored
from app.tables import AssessmentRow, RosterRow, RunRow
from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty

PROPOSAL: TypeAdapter[Proposal] = TypeAdapter(Proposal)


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """Of a pattern or an application: the people as stored, and the duties that stand in its weeks, None: none do.

    costs : a problem of the same weeks whose tables of what a head short costs still hold; None: to be worked out
    """

    asked: PatternProposal | FlexibleProposal
    week: Week
    handlers: tuple[HandlerIn, ...]
    standing: tuple[Duty, ...] | None
    costs: RosterProblem | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Of leave or a swap: the roster that stands, its problem as stored or, of leave, as a repair without and with it.

    costs : as of `Weeks`
    """

    asked: LeaveProposal | SwapProposal
    problem: RosterProblem
    duties: tuple[Duty, ...]
    with_leave: RosterProblem | None
    costs: RosterProblem | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """`rosters`: calls, cover and settings of the period, its problem with all the cover that is known."""

    of: Weeks | Standing
    rosters: rosters.Inputs
    effort: int


@dataclass(frozen=True, slots=True)
class Result:
    """Figures, and handlers as the proposal (`asked`) or its `alternative` would have them, ready for the row."""

    figures: dict[str, Any]
    proposed: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    asked = PROPOSAL.validate_python(run.inputs["asked"])
    if isinstance(asked, PatternProposal | FlexibleProposal):
        return _of_weeks(session, run, asked)
    return _of_roster(session, run, asked)


def _of_weeks(session: Session, run: RunRow, asked: PatternProposal | FlexibleProposal) -> Inputs:
    read = rosters.load(session, _as_roster_run(run, mode=str(Mode.WEEKLY)))
    period = Period(asked.week_start, asked.weeks, Mode.WEEKLY, run.created_at)
    last = last_weeks(session, run.force_id, asked.week_start, read.settings.zone)
    week = Week(read.settings, forces.rule_set(read.settings), period, read.heads, last)
    handlers = tuple(people.all_of(session, run.force_id))
    if isinstance(asked, FlexibleProposal) and asked.handler not in {handler.ref for handler in handlers}:
        raise NotFound(f"handler {asked.handler} is not of this force any more")
    rows = _standing(session, run.force_id, asked)
    standing = tuple(duty for row in rows for duty in duties_from_json(every_duty(row.body))) if rows else None
    of = Weeks(asked, week, handlers, standing, _costs_of(rows, run))
    return Inputs(of, _reaching(session, run, read), run.inputs["effort"])


def _costs_of(rows: Sequence[RosterRow], run: RunRow) -> RosterProblem | None:
    """The problem of the one roster of these weeks, if it has tables of costs and was made from the same requirement
    and settings: to work them out anew takes longer than all else."""
    named = (run.inputs["requirement_id"], run.inputs["settings_version"])
    if len(rows) != 1 or (str(rows[0].requirement_id), rows[0].settings_version) != named:
        return None
    if (rows[0].week_start.isoformat(), rows[0].weeks) != (run.inputs["week_start"], run.inputs["weeks"]):
        return None
    problem = problem_from_json(rows[0].certificate["problem"])
    return None if problem.cover.cost_short is None else problem


def _reaching(session: Session, run: RunRow, read: rosters.Inputs) -> rosters.Inputs:
    """Everything that is known of the calls after the period as well, as far as any side's duties may reach."""
    problem, version = whole_reach(read.problem, read.heads), run.inputs["settings_version"]
    end = problem.begin + problem.cover.n_intervals * INTERVAL
    requirement = requirements.find(session, run.force_id, UUID(run.inputs["requirement_id"]))
    forecast_id = UUID(run.inputs["forecast_id"])
    return replace(
        read,
        problem=problem,
        reach=expected(session, run.force_id, forecast_id, problem.begin, end, version),
        reserve_in_reach=requirement_rows.reserve(requirement, problem.begin, end),
    )


def _standing(session: Session, force_id: UUID, asked: PatternProposal | FlexibleProposal) -> list[RosterRow]:
    """The rosters that count of these weeks; none where a week has none."""
    until = date.fromordinal(asked.week_start.toordinal() + 7 * asked.weeks)
    heads = counting(roster_rows.heads(session, force_id, asked.week_start, until), asked.week_start, until)
    if len(heads) < asked.weeks:
        return []
    return list(roster_rows.of_ids(session, force_id, {head.id for head in heads.values()}).values())


def _of_roster(session: Session, run: RunRow, asked: LeaveProposal | SwapProposal) -> Inputs:
    row = roster_service.find(session, run.force_id, asked.roster_id)
    if row.revision != run.inputs["revision"]:
        raise Conflict(
            f"roster {row.id} is at revision {row.revision} now, asked for was {run.inputs['revision']}: ask again"
        )
    with_leave = None
    if isinstance(asked, LeaveProposal):
        absent = [{"handler": asked.handler, "first": asked.date.isoformat(), "last": asked.date.isoformat()}]
        with_leave = _repair(session, run, row, absent).problem
    read = _repair(session, run, row, [])
    of = Standing(
        asked=asked,
        problem=problem_from_json(row.certificate["problem"]) if with_leave is None else read.problem,
        duties=duties_from_json(row.body["duties"] if with_leave is None else every_duty(row.body)),
        with_leave=with_leave,
        costs=_costs_of([row], run),
    )
    return Inputs(of, read, run.inputs["effort"])


def _repair(session: Session, run: RunRow, row: RosterRow, absent: list[dict[str, str]]) -> rosters.Inputs:
    """The roster as a repair, told at the time that the assessment is for."""
    asked = {"repair": {"absent": absent}}
    return rosters.load(
        session,
        _as_roster_run(run, mode=str(Mode.REPAIR), from_roster_id=str(row.id), now=run.inputs["now"],
                       asked=asked),
    )  # fmt: skip


def _as_roster_run(run: RunRow, **inputs: Any) -> RunRow:
    """The run as the rosters' room reads one; it is nowhere stored."""
    asked = inputs.pop("asked", {})
    return RunRow(
        id=run.id,
        force_id=run.force_id,
        created_at=run.created_at,
        seed=run.seed,
        inputs=run.inputs | inputs | {"asked": asked, "seconds": 60},
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    asked = PROPOSAL.validate_python(run.inputs["asked"])
    handler = asked.handler if isinstance(asked, FlexibleProposal | LeaveProposal) else None
    row = AssessmentRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        settings_version=run.inputs["settings_version"],
        kind=asked.kind,
        handler=handler,
        received=asked.received if isinstance(asked, FlexibleProposal) else None,
        asked=run.inputs["asked"],
        figures=result.figures,
        proposed=result.proposed,
    )
    repository.add(session, row)
    return Stored({"assessment_id": str(row.id), "points_to": result.figures["points_to"]}, result.figures["outcome"])
