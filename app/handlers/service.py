"""One handler: read, replaced, changed, taken out, each with an audit line that says what was before."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import utc_now
from app.errors import Invalid, NotFound, invalid
from app.handlers import consequences
from app.handlers.schemas import BalanceIn, DutyConcerned, HandlerChanged, PatternHeld, RecordsIn, RecordsOut, WeekIn
from app.if_match import require_match
from app.people import patterns, repository
from app.people import service as people
from app.people.schemas import HandlerIn
from app.representation import etag_of
from app.tables import HandlerRow

_FIRST, _UNTIL = date(1990, 1, 1), date(2101, 1, 1)


def find(session: Session, force_id: UUID, ref: str) -> HandlerRow:
    """The handler. Raises `NotFound` for one who is unknown or has left."""
    return _present(repository.find(session, force_id, ref), ref)


def _present(row: HandlerRow | None, ref: str) -> HandlerRow:
    if row is None or row.removed_at is not None:
        raise NotFound(f"handler {ref!r} is unknown: see GET .../handlers")
    return row


def etag(row: HandlerRow) -> str:
    """Names this version of the handler."""
    return etag_of(row.force_id, row.ref, HandlerIn.model_validate(row.body).model_dump(mode="json"))


def put(work: Work, ref: str, if_match: str | None, body: HandlerIn) -> HandlerChanged:
    """Replace the handler, or add one who is not there. Raises `Invalid` for another reference or contradictions,
    `PreconditionRequired` or `PreconditionFailed` for one who is there and whom `if_match` does not name."""
    if body.ref != ref:
        raise invalid("ref", body.ref, f"{ref}, as the address says")
    row = repository.locked(work.session, work.force.id, ref)
    before = None
    if row is not None and row.removed_at is None:
        _require_match(row, if_match)
        before = HandlerIn.model_validate(row.body)
    return _changed(work, before, body)


def patch(work: Work, ref: str, if_match: str | None, changes: dict[str, Any]) -> HandlerChanged:
    """Change some fields (RFC 7396: null takes a value away, lists are whole). A pattern may be given by name and
    position. Raises as `put`, `NotFound`."""
    row = _present(repository.locked(work.session, work.force.id, ref), ref)
    _require_match(row, if_match)
    before = HandlerIn.model_validate(row.body)
    if "ref" in changes and changes["ref"] != ref:
        raise invalid("ref", changes["ref"], f"{ref}, as the address says: a reference stays")
    given = dict(changes)
    if isinstance(given.get("pattern"), dict) and "days" not in given["pattern"]:
        given["pattern"] = _held(work, given["pattern"])
    body = _merged(before.model_dump(mode="json"), given)
    try:
        after = HandlerIn.model_validate(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors(), body=body) from error
    return _changed(work, before, after)


def _held(work: Work, given: dict[str, Any]) -> dict[str, Any]:
    """A pattern that is given by name, with its days."""
    try:
        held = PatternHeld.model_validate(given)
    except ValidationError as error:
        found = [item | {"loc": ("pattern", *item["loc"])} for item in error.errors()]
        raise RequestValidationError(found, body={"pattern": given}) from error
    try:
        pattern = patterns.held(patterns.by_name(work.session, work.force.id), held.name, held.position, held.anchor)
    except ValueError as error:
        told = {"where": "pattern", "value": held.name, "expected": str(error)}
        raise Invalid(f"pattern: {error}", errors=[told]) from error
    return pattern.model_dump(mode="json")


def _merged(stored: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396."""
    merged = dict(stored)
    for name, value in given.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _merged(merged[name], value)
        else:
            merged[name] = value
    return merged


def _changed(work: Work, before: HandlerIn | None, after: HandlerIn) -> HandlerChanged:
    people.write(work.session, work.force.id, [after])
    row = find(work.session, work.force.id, after.ref)
    concerned: list[DutyConcerned] = []
    if before != after:
        concerned = [] if before is None else consequences.of_changes(work, [(before, after)])
        _audit(work, after.ref, fields=people.changed_fields(before, after), published=_named(concerned))
    return HandlerChanged(handler=people.as_answer(row), published=concerned)


def remove(work: Work, ref: str, if_match: str | None) -> list[DutyConcerned]:
    """Take the handler out: rosters made from now on are without them, what is published stands and is told. Raises as
    `patch`."""
    row = _present(repository.locked(work.session, work.force.id, ref), ref)
    _require_match(row, if_match)
    concerned = consequences.of_changes(work, [(HandlerIn.model_validate(row.body), None)])
    row.removed_at = utc_now()
    _audit(work, ref, removed=True, before={"removed": False}, after={"removed": True}, published=_named(concerned))
    return concerned


def records(session: Session, force_id: UUID, ref: str) -> RecordsOut:
    """Recorded weeks and balances of the handler. Raises `NotFound`."""
    find(session, force_id, ref)
    weeks = [row for row in repository.worked_weeks(session, force_id, _FIRST, _UNTIL) if row.ref == ref]
    return RecordsOut(
        handler=ref,
        weeks=[WeekIn(week_start=r.week_start, planned_min=r.planned_min, actual_min=r.actual_min) for r in weeks],
        balances=[
            BalanceIn.model_validate({"balance": row.kind, "as_of": row.as_of, "minutes": row.minutes})
            for row in repository.balances(session, force_id, [ref])
        ],
    )


def put_records(work: Work, ref: str, body: RecordsIn) -> RecordsOut:
    """Store recorded weeks and balances with an audit line. Raises `NotFound`."""
    session, force_id, now = work.session, work.force.id, utc_now()
    before = records(session, force_id, ref)
    for week in body.weeks:
        figures = week.model_dump(include={"planned_min", "actual_min"}, exclude_none=True)
        repository.put_worked_week(session, force_id, (ref, week.week_start), now, **figures)
    for one in body.balances:
        repository.put_balance(session, force_id, (ref, one.balance, one.as_of), now, one.minutes)
    session.expire_all()
    after = records(session, force_id, ref)
    _audit(work, ref, **_records_changed(before, after))
    return after


def _records_changed(before: RecordsOut, after: RecordsOut) -> dict[str, Any]:
    """What differs, before and after."""
    told: dict[str, Any] = {"before": {}, "after": {}}
    for part in ("weeks", "balances"):
        old, new = (getattr(one, part) for one in (before, after))
        told["before"][part] = [row.model_dump(mode="json") for row in old if row not in new]
        told["after"][part] = [row.model_dump(mode="json") for row in new if row not in old]
    return told


def _require_match(row: HandlerRow, if_match: str | None) -> None:
    require_match(if_match, etag(row), f"handler {row.ref}", f"it changed at {row.updated_at.isoformat()}")


def _named(concerned: list[DutyConcerned]) -> list[dict[str, Any]]:
    dumped: list[dict[str, Any]] = [
        one.model_dump(mode="json", include={"roster_id", "date", "why"}) for one in concerned
    ]
    return dumped


def _audit(work: Work, ref: str, **details: Any) -> None:
    add_line(
        work.session, force_id=work.force.id, actor_id=work.actor.id, action="handler", subject=ref, by=work.actor.name,
        **details,
    )  # fmt: skip
