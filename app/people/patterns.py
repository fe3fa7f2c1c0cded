"""Patterns in use: named cycles of days that handlers hold, each from a day of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.certificates.canonical import digest
from app.database import utc_now
from app.errors import Conflict, NotFound, invalid
from app.if_match import require_match
from app.people import repository
from app.people.pattern_schemas import PatternInUseIn, PatternInUseOut
from app.people.schemas import HandlerIn, PatternIn
from app.representation import etag_of
from app.tables import PatternInUseRow


def put(work: Work, name: str, if_match: str | None, body: PatternInUseIn) -> PatternInUseOut:
    """Store a pattern, or change it with the days of everybody who holds it; what was rolled out stands.

    Raises `PreconditionRequired` or `PreconditionFailed` where it is there and `if_match` does not name it, `Conflict`
    where another length would move the places of its holders.
    """
    force_id = work.force.id
    row = repository.locked_pattern(work.session, force_id, name)
    content = body.model_dump(mode="json")
    holders = _holders(work.session, force_id, name)
    if row is None:
        row = PatternInUseRow(force_id=force_id, name=name, body=content, updated_at=utc_now())
        repository.add_pattern(work.session, row)
        before = None
    else:
        require_match(if_match, etag(row), f"pattern {name}")
        before = row.body
        if before == content:
            return _out(row, holders)
        old = PatternInUseIn.model_validate(before)
        if holders and len(old.days) != len(body.days):
            raise Conflict(
                f"pattern {name} has {len(old.days)} days and {len(holders)} handlers: a pattern of {len(body.days)} "
                "days would move their places; store it under another name and give it to them"
            )
        row.body, row.updated_at = content, utc_now()
        # A holder's place is told from the pattern's own anchor: where that moves, everybody's moves with it.
        moved = body.anchor - old.anchor
        for ref in holders:
            _rewrite(work.session, force_id, ref, body, moved)
    details = {"before": before, "after": content, "handlers": holders}
    add_line(work.session, force_id=force_id, actor_id=work.actor.id, action="pattern in use", subject=name, **details)
    work.session.flush()
    return _out(row, holders)


def _rewrite(session: Session, force_id: UUID, ref: str, body: PatternInUseIn, moved: timedelta) -> None:
    row = repository.locked(session, force_id, ref)
    if row is None:
        return
    handler = HandlerIn.model_validate(row.body)
    pattern = PatternIn(anchor=handler.pattern.anchor + moved, days=body.days, name=handler.pattern.name)
    row.body = handler.model_copy(update={"pattern": pattern}).model_dump(mode="json")
    row.updated_at = utc_now()


def find(session: Session, force_id: UUID, name: str) -> PatternInUseOut:
    """The pattern. Raises `NotFound`."""
    for row in repository.patterns(session, force_id):
        if row.name == name:
            return _out(row, _holders(session, force_id, name))
    raise NotFound(f"pattern {name!r} is not in use: PUT it first")


def listed(session: Session, force_id: UUID) -> list[PatternInUseOut]:
    """Every pattern in use, by name."""
    return [_out(row, _holders(session, force_id, row.name)) for row in repository.patterns(session, force_id)]


def by_name(session: Session, force_id: UUID) -> dict[str, PatternInUseIn]:
    """Patterns in use as stored."""
    return {row.name: PatternInUseIn.model_validate(row.body) for row in repository.patterns(session, force_id)}


def held(known: Mapping[str, PatternInUseIn], name: str, position: int | None, anchor: date | None) -> PatternIn:
    """A handler's own pattern: the named one from a `position`, the day of the cycle (1: the first) that falls on the
    pattern's anchor, or from an `anchor` of its own. Raises `ValueError` in words."""
    if name not in known:
        raise ValueError(f"pattern {name!r} is not in use: expected one of {', '.join(known) or 'none yet, PUT it'}")
    pattern = known[name]
    if (position is None) == (anchor is None):
        raise ValueError("expected either a position in the pattern or an anchor")
    if position is not None:
        if not 1 <= position <= len(pattern.days):
            raise ValueError(f"position is {position}: expected 1 to {len(pattern.days)}, a day of pattern {name}")
        anchor = pattern.anchor - timedelta(days=position - 1)
    assert anchor is not None
    return PatternIn(anchor=anchor, days=pattern.days, name=name)


def require_days(session: Session, force_id: UUID, handlers: Sequence[HandlerIn]) -> None:
    """Raise `Invalid` for a handler whose days are not those of the pattern that it names."""
    named = [handler for handler in handlers if handler.pattern.name is not None]
    known = by_name(session, force_id) if named else {}
    for handler in named:
        pattern = known.get(handler.pattern.name or "")
        if pattern is None or pattern.days != handler.pattern.days:
            expected = "a pattern in use" if pattern is None else "the days of that pattern, or no name"
            raise invalid(f"handler {handler.ref}: pattern.name", handler.pattern.name, expected)


def etag(row: PatternInUseRow) -> str:
    """Names this version of the pattern."""
    return etag_of(row.force_id, row.name, digest(row.body))


def _holders(session: Session, force_id: UUID, name: str) -> list[str]:
    rows = repository.all_of(session, force_id)
    return [row.ref for row in rows if row.body["pattern"].get("name") == name]


def _out(row: PatternInUseRow, holders: list[str]) -> PatternInUseOut:
    return PatternInUseOut(
        **PatternInUseIn.model_validate(row.body).model_dump(),
        name=row.name,
        handlers=holders,
        updated_at=row.updated_at,
        etag=etag(row),
    )
