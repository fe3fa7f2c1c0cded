"""Rosters: requested as runs, read with their certificate."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.certificates import seal
from app.certificates.keys import signing_key
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.people import service as people
from app.requirements import service as requirements
from app.rosters import repository
from app.rosters.schemas import RosterIn, RosterOut
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.settings import settings
from app.tables import RosterRow


def request(work: Work, body: RosterIn, idempotency_key: str | None) -> RunOut:
    """Queue a roster. Raises `NotFound` or `Conflict` where no requirement covers the week or nobody is there."""
    asked = body.model_dump(mode="json", by_alias=True)
    earlier = runs.earlier(work, "roster", asked, idempotency_key)
    if earlier is not None:
        return earlier
    requirement = requirements.find(work.session, work.force.id, body.requirement_id)
    if body.forecast_id not in (None, requirement.forecast_id):
        raise invalid(
            "forecast_id", str(body.forecast_id), f"{requirement.forecast_id}, which the requirement is made from"
        )
    settings = forces.current_settings(work.session, work.force.id)
    begin, end = week_bounds(body.week_start, settings.settings)
    if not (requirement.starts_at <= begin and end <= requirement.ends_at):
        raise Conflict(
            f"requirement {requirement.id} covers {requirement.starts_at.isoformat()} to "
            f"{requirement.ends_at.isoformat()}, not the week of {body.week_start} ({begin.isoformat()} to "
            f"{end.isoformat()}): make one for that week"
        )
    if not people.all_of(work.session, work.force.id):
        raise Conflict("this force has no handlers: POST them to .../handlers first")
    inputs = {
        "week_start": body.week_start.isoformat(),
        "mode": body.mode,
        "seconds": body.seconds,
        "requirement_id": str(requirement.id),
        "forecast_id": str(requirement.forecast_id),
        "settings_version": settings.version,
    }
    return runs.request(work, "roster", asked, inputs, body.seed, idempotency_key)


def week_bounds(week_start: date, settings: ForceSettings) -> tuple[datetime, datetime]:
    """Local Monday 00:00 of the week and of the next; 167 or 169 hours apart in the weeks of the clock changes."""
    midnight = datetime.min.time()
    following = week_start + timedelta(days=7)
    return (
        datetime.combine(week_start, midnight, settings.zone),
        datetime.combine(following, midnight, settings.zone),
    )


def find(session: Session, force_id: UUID, roster_id: UUID | None) -> RosterRow:
    row = repository.find(session, force_id, roster_id)
    if row is None:
        raise NotFound("no roster yet: POST to .../rosters" if roster_id is None else f"roster {roster_id} is unknown")
    return row


def read(session: Session, row: RosterRow) -> RosterOut:
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    body = {name: part for name, part in row.body.items() if name != "paid_min"}
    return RosterOut(
        id=row.id,
        run_id=row.run_id,
        forecast_id=row.forecast_id,
        requirement_id=row.requirement_id,
        created_at=row.created_at,
        settings_version=row.settings_version,
        synthetic=settings.synthetic,
        week_start=row.week_start,
        mode=row.mode,
        status=row.status,
        certificate={name: part for name, part in row.certificate.items() if name != "problem"},
        **body,
    )


def certificate(row: RosterRow) -> dict[str, Any]:
    """The whole certificate with the problem and the duties, so that `pacesetter check` can re-check it offline."""
    return {
        "roster_id": str(row.id),
        "week_start": row.week_start.isoformat(),
        "created_at": row.created_at.isoformat(),
        **row.certificate,
        "duties": row.body["duties"],
    }


def sealed(row: RosterRow) -> None:
    """Sign the roster's certificate: to be done again whenever its duties or certificate change."""
    unsigned = {name: part for name, part in row.certificate.items() if name != "signature"}
    row.certificate = unsigned
    row.certificate = unsigned | {"signature": seal.signature(certificate(row), signing_key(settings()))}
