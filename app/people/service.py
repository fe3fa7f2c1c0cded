"""Handlers in and out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import utc_now
from app.errors import invalid
from app.forces import service as forces
from app.identity.service import Actor
from app.people import patterns, repository
from app.people.overlaps import require_no_overlaps
from app.people.schemas import ConsentIn, HandlerIn, HandlerOut, HandlersIn, HandlersReport
from app.tables import BalanceRow, HandlerRow, WorkedWeekRow
from rostering.rules import RuleId, paid_min

_WARNINGS = 100
_NO_CONSENT = ConsentIn().model_dump(mode="json")


def store(session: Session, actor: Actor, force_id: UUID, body: HandlersIn) -> HandlersReport:
    """Add or replace handlers by `ref`; an audit line names the changed and tells consents before and after. Raises
    `Invalid` for a ref given twice, for a handler with two entries of a kind on the same day, or with days that are not
    those of the pattern it names."""
    twice = [ref for ref, n in Counter(handler.ref for handler in body.handlers).items() if n > 1]
    if twice:
        raise invalid("handlers.ref", twice[0], "each handler once in a body")
    consents = _changed_consents(session, force_id, body.handlers)
    created, updated = write(session, force_id, body.handlers)
    if created or updated:
        add_line(
            session,
            force_id=force_id,
            actor_id=actor.id,
            action="handlers",
            subject=f"{len(created) + len(updated)} handlers",
            created=created,
            updated=updated,
            consents=consents,
        )
    return HandlersReport(
        created=len(created),
        updated=len(updated),
        unchanged=len(body.handlers) - len(created) - len(updated),
        warnings=off_contract(session, force_id, body.handlers)[:_WARNINGS],
    )


def write(session: Session, force_id: UUID, handlers: Sequence[HandlerIn]) -> tuple[list[str], list[str]]:
    """Store handlers, each once, in place of what stands; whoever had left is back. Tells who is new and who changed;
    raises `Invalid` as `store`. The audit is the caller's."""
    require_no_overlaps(handlers)
    patterns.require_days(session, force_id, handlers)
    known = {row.ref: row for row in repository.every(session, force_id)}
    created, updated = [], []
    for handler in handlers:
        row = known.get(handler.ref)
        if row is None:
            repository.add(session, _row(force_id, handler))
            created.append(handler.ref)
        elif row.removed_at is not None:
            row.body, row.updated_at, row.removed_at = handler.model_dump(mode="json"), utc_now(), None
            created.append(handler.ref)
        elif HandlerIn.model_validate(row.body) != handler:
            row.body, row.updated_at = handler.model_dump(mode="json"), utc_now()
            updated.append(handler.ref)
    session.flush()
    return created, updated


def _changed_consents(session: Session, force_id: UUID, handlers: Iterable[HandlerIn]) -> dict[str, dict[str, Any]]:
    """Before and after, by ref, of the handlers whose consent to be moved is another than what stands."""
    known = {row.ref: row.body.get("consent", _NO_CONSENT) for row in repository.every(session, force_id)}
    pairs = {handler.ref: (known.get(handler.ref, _NO_CONSENT), handler.consent.model_dump(mode="json"))
             for handler in handlers}  # fmt: skip
    return {ref: {"before": before, "after": after} for ref, (before, after) in pairs.items() if before != after}


def _row(force_id: UUID, handler: HandlerIn) -> HandlerRow:
    return HandlerRow(force_id=force_id, ref=handler.ref, body=handler.model_dump(mode="json"), updated_at=utc_now())


def off_contract(session: Session, force_id: UUID, handlers: Iterable[HandlerIn]) -> list[str]:
    """Handlers whose pattern pays other hours than their contract on average, beyond what a roster may make up."""
    settings = forces.current_settings(session, force_id).settings
    rules = forces.rule_set(settings)
    slack_min = rules[RuleId.CONTRACT]["tolerance_min_per_week"]
    warnings = []
    for handler in handlers:
        days, own = handler.pattern.days, handler.contract.meals_paid
        meals_paid = settings.meals_paid if own is None else own
        paid = [paid_min(rules, day.length_min, meals_paid=meals_paid) for day in days if day is not None]
        weekly_min = sum(paid) * 7 / len(days)
        if abs(weekly_min - handler.contract.weekly_min) > slack_min:
            warnings.append(
                f"handler {handler.ref}: the pattern pays {weekly_min / 60:.1f} h a week on average, "
                f"the contract says {handler.contract.weekly_min / 60:.1f} h"
            )
    return warnings


def all_of(session: Session, force_id: UUID) -> list[HandlerIn]:
    """Every handler of the force who has not left, by ref."""
    return [HandlerIn.model_validate(row.body) for row in repository.all_of(session, force_id)]


def teams_of(session: Session, force_id: UUID) -> dict[str, str | None]:
    """Each handler's team, those who have left included."""
    return repository.teams(session, force_id)


def listed(session: Session, force_id: UUID) -> list[HandlerOut]:
    return [as_answer(row) for row in repository.all_of(session, force_id)]


def as_answer(row: HandlerRow) -> HandlerOut:
    """A handler as stored."""
    return HandlerOut.model_validate({**row.body, "updated_at": row.updated_at})


def recorded_weeks(session: Session, force_id: UUID, first: date, until: date) -> Sequence[WorkedWeekRow]:
    """Weeks of the force's own records with first <= Monday < until."""
    return repository.worked_weeks(session, force_id, first, until)


def newest_balances(session: Session, force_id: UUID, refs: Iterable[str]) -> dict[tuple[str, str], BalanceRow]:
    """The newest balance of each kind, by handler and kind."""
    return {(row.ref, row.kind): row for row in repository.balances(session, force_id, refs)}


def changed_fields(before: HandlerIn | None, after: HandlerIn) -> dict[str, dict[str, Any]]:
    """Each field that differs, before and after; of a new handler every field, with nothing before."""
    new = after.model_dump(mode="json")
    old = {} if before is None else before.model_dump(mode="json")
    return {
        name: {"before": old.get(name), "after": value}
        for name, value in new.items()
        if name != "ref" and (before is None or old.get(name) != value)
    }
