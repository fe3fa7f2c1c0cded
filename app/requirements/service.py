"""Requirements: requested as runs, read column by column."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.forecasts import service as forecasts
from app.requirements import repository
from app.requirements.schemas import RequirementEntry, RequirementIn, RequirementOut, RequirementsOut
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import RequirementRow

INTERVAL = timedelta(minutes=15)
QUEUES = ("999", "101")


def request(work: Work, body: RequirementIn, idempotency_key: str | None) -> RunOut:
    """Queue a requirement. Raises `NotFound` without a forecast, `Invalid` for a span outside it."""
    asked = body.model_dump(mode="json", by_alias=True)
    earlier = runs.earlier(work, "requirement", asked, idempotency_key)
    if earlier is not None:
        return earlier
    forecast = forecasts.find(work.session, work.force.id, body.forecast_id)
    missing = set(QUEUES) - set(forecast.description["queues"])
    if missing:
        raise Conflict(
            f"forecast {forecast.id} has no queue {', '.join(sorted(missing))}: a requirement needs 999 and 101, "
            "import the history of both"
        )
    since, until = body.since or forecast.starts_at, body.until or forecast.ends_at
    if not forecast.starts_at <= since < until <= forecast.ends_at:
        raise invalid(
            "from, to",
            f"{since.isoformat()} to {until.isoformat()}",
            f"a span inside forecast {forecast.id}, {forecast.starts_at.isoformat()} to {forecast.ends_at.isoformat()}",
        )
    if (since - forecast.starts_at) % INTERVAL or (until - forecast.starts_at) % INTERVAL:
        raise invalid("from, to", f"{since.isoformat()} to {until.isoformat()}", "times on the quarter-hour")
    inputs = {
        "forecast_id": str(forecast.id),
        "from": since.isoformat(),
        "to": until.isoformat(),
        "correct": body.correct,
        "settings_version": forces.current_settings(work.session, work.force.id).version,
    }
    return runs.request(work, "requirement", asked, inputs, 0, idempotency_key)


def find(session: Session, force_id: UUID, requirement_id: UUID | None) -> RequirementRow:
    """The requirement, or the newest where no identifier is given. Raises `NotFound`."""
    row = repository.find(session, force_id, requirement_id)
    if row is None:
        raise NotFound(
            "no requirement yet: POST to .../requirements"
            if requirement_id is None
            else f"requirement {requirement_id} is unknown"
        )
    return row


def page(session: Session, force_id: UUID, cursor: UUID | None, size: int) -> RequirementsOut:
    """Newest first, from the one after `cursor`. Raises `Invalid` for a cursor that is none."""
    rows, following = repository.page(session, force_id, cursor, size)
    return RequirementsOut(requirements=[_entry(row) for row in rows], next=following)


def _entry(row: RequirementRow) -> RequirementEntry:
    return RequirementEntry(**{name: getattr(row, name) for name in RequirementEntry.model_fields})


def read(session: Session, row: RequirementRow) -> RequirementOut:
    n = (row.ends_at - row.starts_at) // INTERVAL
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    return RequirementOut(
        id=row.id,
        run_id=row.run_id,
        forecast_id=row.forecast_id,
        created_at=row.created_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        settings_version=row.settings_version,
        synthetic=settings.synthetic,
        description=row.description,
        start=[row.starts_at + i * INTERVAL for i in range(n)],
        **row.columns,
    )
