"""Handlers in and out."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import utc_now
from app.errors import invalid
from app.forces import service as forces
from app.identity.service import Actor
from app.people import repository
from app.people.schemas import HandlerIn, HandlerOut, HandlersIn, HandlersReport
from app.tables import HandlerRow
from rostering.rules import RuleId, paid_min

_WARNINGS = 100


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
        created=len(created),
        updated=len(updated),
        unchanged=len(body.handlers) - len(created) - len(updated),
        warnings=_off_contract(session, force_id, body.handlers)[:_WARNINGS],
    )


def _off_contract(session: Session, force_id: UUID, handlers: list[HandlerIn]) -> list[str]:
    """Handlers whose pattern pays other hours than their contract on average, beyond what a roster may make up."""
    settings = forces.current_settings(session, force_id).settings
    rules = forces.rule_set(settings)
    slack_min = rules[RuleId.CONTRACT]["tolerance_min_per_week"]
    warnings = []
    for handler in handlers:
        days = handler.pattern.days
        paid = [paid_min(rules, day.length_min, meals_paid=settings.meals_paid) for day in days if day is not None]
        weekly_min = sum(paid) * 7 / len(days)
        if abs(weekly_min - handler.contract.weekly_min) > slack_min:
            warnings.append(
                f"handler {handler.ref}: the pattern pays {weekly_min / 60:.1f} h a week on average, "
                f"the contract says {handler.contract.weekly_min / 60:.1f} h"
            )
    return warnings


def all_of(session: Session, force_id: UUID) -> list[HandlerIn]:
    """Every handler of the force, by ref."""
    return [HandlerIn.model_validate(row.body) for row in repository.all_of(session, force_id)]


def listed(session: Session, force_id: UUID) -> list[HandlerOut]:
    return [
        HandlerOut.model_validate({**row.body, "updated_at": row.updated_at})
        for row in repository.all_of(session, force_id)
    ]
