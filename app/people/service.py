"""Handlers in and out."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import utc_now
from app.errors import invalid
from app.identity.service import Actor
from app.people import repository
from app.people.schemas import HandlerIn, HandlerOut, HandlersIn, HandlersReport
from app.tables import HandlerRow


def store(session: Session, actor: Actor, force_id: UUID, body: HandlersIn) -> HandlersReport:
    """Add or replace handlers by `ref`; an audit line names the changed. Raises `Invalid` for a ref given twice."""
    twice = [ref for ref, n in Counter(handler.ref for handler in body.handlers).items() if n > 1]
    if twice:
        raise invalid("handlers.ref", twice[0], "each handler once in a body")
    known = {row.ref: row for row in repository.all_of(session, force_id)}
    created, updated = [], []
    for handler in body.handlers:
        content = handler.model_dump(mode="json")
        row = known.get(handler.ref)
        if row is None:
            repository.add(session, HandlerRow(force_id=force_id, ref=handler.ref, body=content, updated_at=utc_now()))
            created.append(handler.ref)
        elif row.body != content:
            row.body, row.updated_at = content, utc_now()
            updated.append(handler.ref)
    if created or updated:
        add_line(
            session,
            force_id=force_id,
            actor_id=actor.id,
            action="handlers",
            subject=f"{len(created) + len(updated)} handlers",
            created=created,
            updated=updated,
        )
    return HandlersReport(
        created=len(created), updated=len(updated), unchanged=len(body.handlers) - len(created) - len(updated)
    )


def all_of(session: Session, force_id: UUID) -> list[HandlerIn]:
    """Every handler of the force, by ref."""
    return [HandlerIn.model_validate(row.body) for row in repository.all_of(session, force_id)]


def listed(session: Session, force_id: UUID) -> list[HandlerOut]:
    return [
        HandlerOut.model_validate({**row.body, "updated_at": row.updated_at})
        for row in repository.all_of(session, force_id)
    ]
