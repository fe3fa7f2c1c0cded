"""The run that makes options: what it reads and what it stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.absences import look, repository, service
from app.absences.schemas import AbsenceStatus, WeakIn
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts import repository as forecast_rows
from app.requirements import repository as requirement_rows
from app.requirements import service as requirements
from app.requirements.expected import Expected, expected
from app.rosters import edit
from app.rosters import service as rosters
from app.runs.outcome import Stored
from app.tables import OptionsRow, RosterRow, RunRow
from rostering.problem import RosterProblem
from rostering.roster import Activity, Duty
from rostering.same_day.scene import Limits, Turn, wanting, window_of

_WARM_UP = timedelta(hours=2)  # that the simulated room runs before the gap, since it starts empty
_AFTER = timedelta(hours=1)  # that it runs on after it, for those who still wait
_YEAR, _QUARTER_YEAR = timedelta(weeks=52), timedelta(weeks=13)


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """What the room is simulated with: `expected` over the gap and what surrounds it; `reserve` (intervals,)."""

    expected: Expected
    reserve: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What options are made from.

    problem, duties : the roster with whoever is away taken out, and the heads wanted besides
    whole : the problem and duties with only others away and nothing more wanted
    gap : from the first to the last quarter-hour that is missing within the hours ahead; None: none
    """

    problem: RosterProblem
    duties: tuple[Duty, ...]
    whole: tuple[RosterProblem, tuple[Duty, ...]]
    lost: tuple[Duty, ...]
    away: frozenset[str]
    now: datetime
    gap: tuple[datetime, datetime] | None
    settings: ForceSettings
    limits: Limits
    turns: Mapping[str, Turn]
    simulated: Simulated | None
    seed: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    content: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    asked = run.inputs
    settings = forces.settings_of_version(session, run.force_id, asked["settings_version"])
    row = rosters.find(session, run.force_id, UUID(asked["roster_id"]))
    options = look.find_options(session, run.force_id, UUID(asked["options_id"]))
    now = datetime.fromisoformat(asked["now"])
    absence = None if options.absence_id is None else repository.find(session, run.force_id, options.absence_id)
    whole = _without_others(session, run, row, options, now)
    found = service.without(*whole, None if absence is None else service.away_of(absence))
    problem, missing = found.problem, [(duty.start, duty.end) for duty in found.lost]
    if options.weak is not None:
        weak = WeakIn.model_validate(options.weak)
        missing = [(weak.start, weak.end)]
        problem = wanting(problem, Activity(weak.queue), weak.start, weak.end, weak.heads)
    gap = window_of(missing, now, now + timedelta(hours=settings.same_day.hours_ahead))
    simulated, notes = (None, ()) if gap is None else _simulated(session, run, row, gap)
    return Inputs(
        problem=problem,
        duties=found.duties,
        whole=whole,
        lost=found.lost,
        away=_away(session, run, options, now, gap),
        now=now,
        gap=gap,
        settings=settings,
        limits=limits_of(settings),
        turns=turns_of(session, run.force_id, now),
        simulated=simulated,
        seed=run.seed,
        notes=notes,
    )


def _without_others(
    session: Session, run: RunRow, row: RosterRow, options: OptionsRow, now: datetime
) -> tuple[RosterProblem, tuple[Duty, ...]]:
    """The roster without everybody else who is away from now on, whether or not that was repaired."""
    problem, duties = edit.stored(row)
    known = {handler.ref for handler in problem.handlers}
    for other in repository.counting(session, run.force_id, now, [AbsenceStatus.WITHDRAWN]):
        if other.id != options.absence_id and other.handler in known:
            out = service.without(problem, duties, service.away_of(other))
            problem, duties = out.problem, out.duties
    return problem, duties


def limits_of(settings: ForceSettings) -> Limits:
    """The force's limits of a day's repair."""
    chosen = settings.same_day
    return Limits(
        lead_min=chosen.lead_min,
        least_call_out_min=chosen.least_call_out_min,
        most_call_out_min=max(600, chosen.least_call_out_min),
        most_extension_min=chosen.most_extension_min,
    )


def turns_of(session: Session, force_id: UUID, now: datetime) -> dict[str, Turn]:
    """How often everybody was called out or kept longer in the year before."""
    turns: dict[str, Turn] = defaultdict(Turn)
    for row in repository.called_out(session, force_id, now - _YEAR, now):
        turn, recent = turns[row.handler], row.starts_at >= now - _QUARTER_YEAR
        turns[row.handler] = Turn(turn.times_13 + recent, turn.times_52 + 1, turn.minutes_52 + row.minutes)
    return dict(turns)


def _away(
    session: Session, run: RunRow, options: OptionsRow, now: datetime, gap: tuple[datetime, datetime] | None
) -> frozenset[str]:
    """Everybody who is away in the gap, by any absence: they are not asked."""
    since, until = gap or (now, now)
    rows = repository.counting(session, run.force_id, since, [AbsenceStatus.WITHDRAWN])
    return frozenset(row.handler for row in rows if row.starts_at < until or row.id == options.absence_id)


def _simulated(
    session: Session, run: RunRow, row: RosterRow, gap: tuple[datetime, datetime]
) -> tuple[Simulated | None, tuple[str, ...]]:
    """What the forecast that knows most expects around the gap; a note instead where none reaches that far."""
    forecast = forecast_rows.find(session, run.force_id, covering=gap[0])
    if forecast is None:
        return None, ("no forecast covers the gap: nothing is simulated",)
    since, until = max(gap[0] - _WARM_UP, forecast.starts_at), min(gap[1] + _AFTER, forecast.ends_at)
    if until < gap[1]:
        return None, (f"the forecast ends {forecast.ends_at.isoformat()}, inside the gap: nothing is simulated",)
    known = expected(session, run.force_id, forecast.id, since, until, run.inputs["settings_version"])
    behind = requirements.find(session, run.force_id, row.requirement_id)
    covered = behind.starts_at <= since and until <= behind.ends_at
    reserve = requirement_rows.reserve(behind, since, until) if covered else None
    return Simulated(known, reserve), ()


def store(session: Session, run: RunRow, result: Result) -> Stored:
    row = repository.locked_options(session, UUID(run.inputs["options_id"]))
    row.options = result.content
    named = {"options_id": str(row.id), "absence_id": run.inputs["absence_id"]}
    return Stored({name: value for name, value in named.items() if value is not None})
