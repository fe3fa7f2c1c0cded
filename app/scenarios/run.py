"""The scenario run's ends in the database: what it reads and what it stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.errors import Conflict
from app.forces import service as forces
from app.people import service as people
from app.people.schemas import HandlerIn
from app.requirements import repository as requirement_rows
from app.requirements import service as requirements
from app.requirements.expected import Expected, expected
from app.requirements.service import INTERVAL
from app.rosters import service as rosters
from app.rosters.document import duties_from_json
from app.rosters.history import every_duty
from app.rosters.pattern import assumed_duties
from app.runs.outcome import Stored
from app.scenarios import repository
from app.scenarios.levers import PatternLever, RosterLever
from app.scenarios.schemas import ScenarioIn
from app.tables import RosterRow, RunRow, ScenarioRow
from rostering.roster import Duty
from rostering.rules import paid_min


@dataclass(frozen=True, slots=True)
class Staffed:
    """Who works: duties of named handlers with what each is paid in the span [min]; `skilled_999` holds references."""

    duties: tuple[Duty, ...]
    paid_min: dict[str, int]
    skilled_999: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a scenario is computed from.

    `staffed` of a roster as base; `rostered` (2, intervals), 999 first, of a requirement; neither: a forecast's seats
    are worked out. `replaced`: the staff that a change brings instead. `reserve`
    (intervals,): of the requirement that stands behind a roster, or is the base.
    """

    asked: ScenarioIn
    expected: Expected
    staffed: Staffed | None
    rostered: NDArray[np.int64] | None
    switchboard_seats: NDArray[np.int64] | None
    reserve: NDArray[np.int64] | None
    replaced: Staffed | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    figures: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    inputs = run.inputs
    asked = ScenarioIn.model_validate(inputs["asked"])
    since, until = (datetime.fromisoformat(inputs[name]) for name in ("from", "to"))
    known = expected(session, run.force_id, UUID(inputs["forecast_id"]), since, until, inputs["settings_version"])
    staffed = rostered = switchboard_seats = reserve = None
    if asked.base.roster_id is not None:
        roster = rosters.find(session, run.force_id, asked.base.roster_id)
        staffed = _of_roster(session, run.force_id, roster)
        behind = requirements.find(session, run.force_id, roster.requirement_id)
        reserve = requirement_rows.reserve(behind, since, until)
    elif asked.base.requirement_id is not None:
        row = requirements.find(session, run.force_id, asked.base.requirement_id)
        first, last = ((moment - row.starts_at) // INTERVAL for moment in (since, until))
        rostered = requirement_rows.heads(row, "rostered")[:, first:last]
        reserve = requirement_rows.reserve(row, since, until)
        switchboard = row.columns.get("switchboard_seats")
        switchboard_seats = None if switchboard is None else np.array(switchboard[first:last], dtype=np.int64)
    return Inputs(
        asked=asked,
        expected=known,
        staffed=staffed,
        rostered=rostered,
        switchboard_seats=switchboard_seats,
        reserve=reserve,
        replaced=_replaced(session, run.force_id, asked, known),
        notes=(),
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    row = ScenarioRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        name=run.inputs["asked"]["name"],
        starts_at=datetime.fromisoformat(run.inputs["from"]),
        ends_at=datetime.fromisoformat(run.inputs["to"]),
        settings_version=run.inputs["settings_version"],
        base={name: value for name, value in run.inputs["asked"]["base"].items() if value is not None},
        changes=run.inputs["asked"]["changes"],
        figures=result.figures,
    )
    repository.add(session, row)
    return Stored({"scenario_id": str(row.id)})


def _replaced(session: Session, force_id: UUID, asked: ScenarioIn, known: Expected) -> Staffed | None:
    """The staff of a change that replaces roster or pattern, if there is one."""
    for change in asked.changes:
        if isinstance(change, RosterLever):
            return _of_roster(session, force_id, rosters.find(session, force_id, change.roster_id))
        if isinstance(change, PatternLever):
            return _of_pattern(session, force_id, change, known)
    return None


def _of_roster(session: Session, force_id: UUID, row: RosterRow) -> Staffed:
    duties = duties_from_json(row.body["carried_over"] + every_duty(row.body))
    return Staffed(duties, row.body["paid_min"], _skilled(people.all_of(session, force_id)))


def _of_pattern(session: Session, force_id: UUID, change: PatternLever, known: Expected) -> Staffed:
    handlers = people.all_of(session, force_id)
    refs = {handler.ref for handler in handlers}
    unknown = sorted(set(change.handlers or ()) - refs)
    if unknown:
        raise Conflict(
            f"change pattern: handlers {', '.join(unknown[:5])} are unknown: POST them to .../handlers first"
        )
    moved = [handler for handler in handlers if change.handlers is None or handler.ref in change.handlers]
    places = {handler.ref: place for place, handler in enumerate(sorted(moved, key=lambda h: h.ref))}
    changed = [_with_pattern(h, change, places[h.ref]) if h.ref in places else h for h in handlers]
    settings = known.settings
    first = known.local_starts[0].date()
    n_days = (known.local_starts[-1].date() - first).days + 1
    rules = forces.rule_set(settings)
    from_before = first.fromordinal(first.toordinal() - 1)
    duties = assumed_duties(changed, from_before, n_days + 1, settings.zone, rules)
    meals = {handler.ref: handler.contract.meals_paid for handler in changed}
    paid: dict[str, int] = {}
    for duty in duties:
        if duty.start.astimezone(settings.zone).date() >= first:
            length_min = int((duty.end - duty.start).total_seconds()) // 60
            own = meals[duty.handler]
            minutes = paid_min(rules, length_min, meals_paid=settings.meals_paid if own is None else own)
            paid[duty.handler] = paid.get(duty.handler, 0) + minutes
    return Staffed(duties, paid, _skilled(handlers))


def _with_pattern(handler: HandlerIn, change: PatternLever, place: int) -> HandlerIn:
    anchor = change.pattern.anchor
    shifted = anchor.fromordinal(anchor.toordinal() + place * change.stagger_days % len(change.pattern.days))
    return handler.model_copy(update={"pattern": change.pattern.model_copy(update={"anchor": shifted})})


def _skilled(handlers: Sequence[HandlerIn]) -> frozenset[str]:
    return frozenset(handler.ref for handler in handlers if any(s.skill == "999" for s in handler.skills))
