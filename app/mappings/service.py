"""Mappings kept as immutable versions: stored, superseded, withdrawn."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import utc_now
from app.errors import Conflict, NotFound
from app.if_match import require_match
from app.mappings import repository
from app.mappings.read import Profile
from app.mappings.schemas import MappingIn, MappingOut, MappingsOut
from app.tables import MappingVersionRow

_MOST_MAPPINGS = 200


def put(work: Work, name: str, if_match: str | None, body: MappingIn) -> MappingOut:
    """Store a new version; the same content again changes nothing.

    Raises `PreconditionRequired` or `PreconditionFailed` where there is one already, `Conflict` for too many.
    """
    before = repository.newest(work.session, work.force.id, name)
    if before is None or before.is_withdrawn:
        if len(repository.standing(work.session, work.force.id)) >= _MOST_MAPPINGS:
            raise Conflict(f"this force has {_MOST_MAPPINGS} mappings: withdraw some first")
    else:
        _require_match(before, if_match)
    content = body.model_dump(mode="json")
    if before is not None and not before.is_withdrawn and before.body == content:
        return _out(before)
    return _out(_add(work, name, before, content, is_withdrawn=False))


def withdraw(work: Work, name: str, if_match: str | None) -> None:
    """Take the mapping away; its versions stay. Raises `NotFound`, `PreconditionRequired`, `PreconditionFailed`."""
    before = _standing(work.session, work.force.id, name)
    _require_match(before, if_match)
    _add(work, name, before, before.body, is_withdrawn=True)


def find(session: Session, force_id: UUID, name: str) -> MappingOut:
    """The mapping as it stands. Raises `NotFound`."""
    return _out(_standing(session, force_id, name))


def listed(session: Session, force_id: UUID) -> MappingsOut:
    return MappingsOut(mappings=[_out(row) for row in repository.standing(session, force_id)])


def profile(session: Session, force_id: UUID, name: str) -> Profile:
    """The mapping to read a file by. Raises `NotFound`."""
    row = _standing(session, force_id, name)
    return Profile(name=row.name, version=row.version, mapping=MappingIn.model_validate(row.body))


def etag(mapping: MappingOut) -> str:
    return f'"{mapping.name}.{mapping.version}"'


def _standing(session: Session, force_id: UUID, name: str) -> MappingVersionRow:
    row = repository.newest(session, force_id, name)
    if row is None or row.is_withdrawn:
        known = ", ".join(one.name for one in repository.standing(session, force_id)) or "none"
        raise NotFound(f"mapping {name!r} does not exist here: there are {known}")
    return row


def _require_match(row: MappingVersionRow, if_match: str | None) -> None:
    stored = f"{row.actor_name} stored version {row.version} at {row.created_at.isoformat()}"
    require_match(if_match, etag(_out(row)), f"mapping {row.name!r}", stored)


def _add(
    work: Work, name: str, before: MappingVersionRow | None, body: dict[str, Any], *, is_withdrawn: bool
) -> MappingVersionRow:
    row = MappingVersionRow(
        force_id=work.force.id,
        name=name,
        version=1 if before is None else before.version + 1,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        is_withdrawn=is_withdrawn,
        body=body,
    )
    repository.add(work.session, row)
    action = "mapping withdrawn" if is_withdrawn else "mapping stored"
    add_line(work.session, force_id=work.force.id, actor_id=work.actor.id, action=action, subject=name,
             version=row.version, before=_content(before), after=_content(row))  # fmt: skip
    return row


def _content(row: MappingVersionRow | None) -> dict[str, Any] | None:
    return None if row is None or row.is_withdrawn else row.body


def _out(row: MappingVersionRow) -> MappingOut:
    return MappingOut(
        name=row.name,
        version=row.version,
        created_at=row.created_at,
        actor=row.actor_name,
        mapping=MappingIn.model_validate(row.body),
    )
