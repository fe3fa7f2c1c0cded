"""Counterfactuals: requested as runs, read back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.counterfactuals import repository
from app.counterfactuals.schemas import CounterfactualEntry, CounterfactualIn, CounterfactualOut, CounterfactualsOut
from app.errors import Conflict, NotFound
from app.evaluations.service import history_ends
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts.schemas import WHOLE
from app.people import service as people
from app.requirements.service import QUEUES
from app.rosters import repository as rosters
from app.rosters.period import week_bounds
from app.rosters.states import RosterStatus
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import CounterfactualRow

_WEEK = timedelta(weeks=1)


def request(work: Work, body: CounterfactualIn, idempotency_key: str | None) -> RunOut:
    """Queue a counterfactual. Raises `Conflict` where a week is not recorded, has no forecast of its time, has no
    published roster to be compared with, or nobody to roster."""
    asked = body.model_dump(mode="json")
    earlier = runs.earlier(work, "counterfactual", asked, idempotency_key)
    if earlier is not None:
        return earlier
    settings = forces.current_settings(work.session, work.force.id)
    _require_recorded(work, body, settings.settings)
    published = _published(work.session, work.force.id, body)
    versus = body.versus or ("erlang_c" if None in published else "published")
    if versus == "published" and None in published:
        monday = body.week_start + published.index(None) * _WEEK
        raise Conflict(f"no published roster covers the week of {monday}: choose other weeks, or versus erlang_c")
    if versus == "erlang_c" and not people.all_of(work.session, work.force.id):
        raise Conflict("this force has no handlers: POST them to .../handlers first")
    inputs = {
        "versus": versus,
        "settings_version": settings.version,
        "weeks": [
            _week(work, body, n, roster if versus == "published" else None, settings.settings)
            for n, roster in enumerate(published)
        ],
    }
    return runs.request(work, "counterfactual", asked, inputs, body.seed, idempotency_key)


def find(session: Session, force_id: UUID, identifier: UUID) -> CounterfactualOut:
    row = repository.find(session, force_id, identifier)
    if row is None:
        raise NotFound(f"counterfactual {identifier} is unknown")
    return CounterfactualOut(**_entry(row).model_dump(), **row.figures)


def newest(session: Session, force_id: UUID, size: int) -> CounterfactualsOut:
    return CounterfactualsOut(counterfactuals=[_entry(row) for row in repository.newest(session, force_id, size)])


def _entry(row: CounterfactualRow) -> CounterfactualEntry:
    return CounterfactualEntry.model_validate({name: getattr(row, name) for name in CounterfactualEntry.model_fields})


def _require_recorded(work: Work, body: CounterfactualIn, settings: ForceSettings) -> None:
    """Raise `Conflict` where the calls of both queues do not reach the end of the last week."""
    _, end = week_bounds(body.week_start, settings, body.weeks)
    ends = history_ends(work.session, work.force.id)
    for queue in QUEUES:
        if queue not in ends or ends[queue] < end:
            told = ends[queue].isoformat() if queue in ends else "never"
            raise Conflict(f"queue {queue} is recorded until {told}: a counterfactual of weeks that end "
                           f"{end.isoformat()} needs their calls")  # fmt: skip


def _published(session: Session, force_id: UUID, body: CounterfactualIn) -> list[tuple[UUID, datetime] | None]:
    """Of each week the published roster of it alone, with when it was made."""
    until = body.week_start + body.weeks * _WEEK
    heads = rosters.heads(session, force_id, body.week_start, until)
    found: list[tuple[UUID, datetime] | None] = []
    for n in range(body.weeks):
        monday = body.week_start + n * _WEEK
        told = [h for h in heads if h.status == RosterStatus.PUBLISHED and h.week_start == monday and h.weeks == 1]
        found.append((told[-1].id, told[-1].created_at) if told else None)
    return found


def _week(
    work: Work, body: CounterfactualIn, n: int, roster: tuple[UUID, datetime] | None, settings: ForceSettings
) -> dict[str, Any]:
    """What one week is computed from. Raises `Conflict` without a forecast of its time."""
    monday = body.week_start + n * _WEEK
    begin, end = week_bounds(monday, settings)
    made = begin if roster is None else roster[1]
    known_by = body.known_by or made
    forecast = repository.forecast_of_then(work.session, work.force.id, WHOLE, known_by, begin, end)
    if forecast is None:
        raise Conflict(f"no forecast made by {known_by.isoformat()} covers the week of {monday}: give another "
                       "known_by, or other weeks")  # fmt: skip
    return {
        "week_start": monday.isoformat(),
        "forecast_id": str(forecast),
        "known_by": known_by.isoformat(),
        "roster_id": None if roster is None else str(roster[0]),
    }
