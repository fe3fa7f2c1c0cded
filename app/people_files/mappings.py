"""Mappings kept by name: how another system's file is read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.certificates.canonical import digest
from app.database import utc_now
from app.errors import NotFound
from app.if_match import require_match
from app.people_files import repository
from app.people_files.schemas import PeopleMappingIn, PeopleMappingOut
from app.representation import etag_of
from app.tables import PeopleMappingRow


def put(work: Work, name: str, if_match: str | None, body: PeopleMappingIn) -> PeopleMappingOut:
    """Store a mapping. Raises `PreconditionRequired` or `PreconditionFailed` where one of this name stands that
    `if_match` does not name."""
    row, content = repository.locked(work.session, work.force.id, name), body.model_dump(mode="json")
    before = None
    if row is None:
        row = PeopleMappingRow(force_id=work.force.id, name=name, body=content, updated_at=utc_now(), removed_at=None)
        repository.add(work.session, row)
    else:
        if row.removed_at is None:
            _require_match(row, if_match)
            before = row.body
        if before == content:
            return _out(row)
        row.body, row.updated_at, row.removed_at = content, utc_now(), None
    _audit(work, name, before, content)
    return _out(row)


def remove(work: Work, name: str, if_match: str | None) -> None:
    """Take a mapping out of use. Raises `NotFound`, or as `put`."""
    row = repository.locked(work.session, work.force.id, name)
    if row is None or row.removed_at is not None:
        raise NotFound(f"mapping {name!r} is unknown: see GET .../people/mappings")
    _require_match(row, if_match)
    row.removed_at = utc_now()
    _audit(work, name, row.body, None)


def find(session: Session, force_id: UUID, name: str) -> PeopleMappingOut:
    """The mapping. Raises `NotFound`."""
    for row in repository.mappings(session, force_id):
        if row.name == name:
            return _out(row)
    raise NotFound(f"mapping {name!r} is unknown: see GET .../people/mappings")


def listed(session: Session, force_id: UUID) -> list[PeopleMappingOut]:
    """Mappings in use, by name."""
    return [_out(row) for row in repository.mappings(session, force_id)]


def _require_match(row: PeopleMappingRow, if_match: str | None) -> None:
    require_match(if_match, _etag(row), f"mapping {row.name}")


def _audit(work: Work, name: str, before: object, after: object) -> None:
    add_line(
        work.session, force_id=work.force.id, actor_id=work.actor.id, action="people mapping", subject=name,
        before=before, after=after,
    )  # fmt: skip


def _etag(row: PeopleMappingRow) -> str:
    return etag_of(row.force_id, row.name, digest(row.body))


def _out(row: PeopleMappingRow) -> PeopleMappingOut:
    return PeopleMappingOut(
        **PeopleMappingIn.model_validate(row.body).model_dump(),
        name=row.name,
        updated_at=row.updated_at,
        etag=_etag(row),
    )
