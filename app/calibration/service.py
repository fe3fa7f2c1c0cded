"""Calibrations: requested as runs, read back, and what other rooms take from the newest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.access import Work
from app.calibration import repository
from app.calibration.schemas import CalibrationIn, CalibrationOut
from app.calls.service import INTERVAL
from app.errors import Conflict, NotFound
from app.forces import service as forces
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import CalibrationRow

LEARNED = timedelta(weeks=8)
MOST = timedelta(weeks=62)  # eight to learn from, and more than a year of days to predict


def request(work: Work, body: CalibrationIn, idempotency_key: str | None = None) -> RunOut:
    """Queue a calibration on the newest history. Raises `Conflict` where it does not say who was logged on."""
    asked = body.model_dump(mode="json")
    earlier = runs.earlier(work, "calibration", asked, idempotency_key)
    if earlier is not None:
        return earlier
    settings = forces.current_settings(work.session, work.force.id)
    span = repository.staffed_span(work.session, work.force.id)
    if span is None:
        raise Conflict(
            "the history has no handlers_staffed of queue 999: a calibration needs who was logged on for calls in each "
            "quarter-hour, beside answered, answered_within_threshold, abandoned, talk_s, answered_wait_s and "
            "abandoned_wait_s; POST them to .../calls"
        )
    start, end = whole_days(span[0], span[1] + INTERVAL, settings.settings.zone)
    days = max(round((end - start) / timedelta(days=1)), 0)  # local ones: with a clock change an hour shorter or longer
    if days < LEARNED.days:
        raise Conflict(
            f"handlers_staffed is known of {days} whole days, from {span[0].isoformat()} to {span[1].isoformat()}: a "
            f"calibration needs {LEARNED.days}"
        )
    inputs = {"from": start.isoformat(), "to": end.isoformat(), "settings_version": settings.version}
    return runs.request(work, "calibration", asked, inputs | asked, body.seed, idempotency_key)


def whole_days(first: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """UTC bounds of the newest whole local days within a span, at most `MOST` of them."""
    until = end.astimezone(zone).replace(hour=0, minute=0)
    begin = first.astimezone(zone)
    since = begin.replace(hour=0, minute=0)
    if since < begin:
        since += timedelta(days=1)
    return max(since, until - MOST).astimezone(UTC), until.astimezone(UTC)


def find(session: Session, force_id: UUID, calibration_id: UUID | None) -> CalibrationRow:
    """The calibration, or the newest where no identifier is given. Raises `NotFound`."""
    row = repository.find(session, force_id, calibration_id)
    if row is None:
        raise NotFound(
            "no calibration yet: POST to .../calibrations"
            if calibration_id is None
            else f"calibration {calibration_id} is unknown"
        )
    return row


def latest(session: Session, force_id: UUID) -> dict[str, Any] | None:
    """What the newest calibration says of availability and patience; None where there is none.

    `availability` (of the simulated room) with `lower` and `upper`, the `days` that it was learned from, `spread` from
    day to day, `on_calls` (share of logged-on time on calls at that availability; seats over it are heads), `patience`
    by queue, and the `source` in words.
    """
    row = repository.find(session, force_id, None)
    if row is None:
        return None
    told = row.description
    found = told["availability"]
    source = f"calibration {row.id}: recorded service of {found['days']} days to {told['learned_until']}"
    return {
        "id": str(row.id),
        "availability": found["mean"],
        "lower": found["lower"],
        "upper": found["upper"],
        "spread": found["spread"],
        "on_calls": found["on_calls"],
        "days": found["days"],
        "patience": told["patience"],
        "source": source,
    }


def read(session: Session, row: CalibrationRow) -> CalibrationOut:
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    return CalibrationOut(
        id=row.id,
        run_id=row.run_id,
        created_at=row.created_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        settings_version=row.settings_version,
        synthetic=settings.synthetic,
        **row.description,
        **row.columns,
    )
