"""Handlers, patterns in use, recorded hours and balances in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.tables import BalanceRow, HandlerRow, PatternInUseRow, WorkedWeekRow


def all_of(session: Session, force_id: UUID) -> list[HandlerRow]:
    """Handlers who have not left, by reference."""
    return [row for row in every(session, force_id) if row.removed_at is None]


def every(session: Session, force_id: UUID) -> list[HandlerRow]:
    """Handlers by reference, those who have left included."""
    query = select(HandlerRow).where(HandlerRow.force_id == force_id).order_by(HandlerRow.ref)
    return list(session.scalars(query))


def teams(session: Session, force_id: UUID) -> dict[str, str | None]:
    """Each handler's team, those who have left included."""
    team = HandlerRow.body["team"].as_string().label("team")
    query = select(HandlerRow.ref, team).where(HandlerRow.force_id == force_id)
    return {row.ref: row.team for row in session.execute(query)}


def find(session: Session, force_id: UUID, ref: str) -> HandlerRow | None:
    """The handler, those who have left included."""
    return session.get(HandlerRow, (force_id, ref))


def locked(session: Session, force_id: UUID, ref: str) -> HandlerRow | None:
    """The handler, locked until the transaction ends."""
    query = select(HandlerRow).where(HandlerRow.force_id == force_id, HandlerRow.ref == ref)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def add(session: Session, row: HandlerRow) -> None:
    session.add(row)


def patterns(session: Session, force_id: UUID) -> list[PatternInUseRow]:
    """Patterns in use, by name."""
    query = select(PatternInUseRow).where(PatternInUseRow.force_id == force_id).order_by(PatternInUseRow.name)
    return list(session.scalars(query))


def locked_pattern(session: Session, force_id: UUID, name: str) -> PatternInUseRow | None:
    """The pattern in use, locked until the transaction ends."""
    query = select(PatternInUseRow).where(PatternInUseRow.force_id == force_id, PatternInUseRow.name == name)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def add_pattern(session: Session, row: PatternInUseRow) -> None:
    session.add(row)


def worked_weeks(session: Session, force_id: UUID, first: date, until: date) -> Sequence[WorkedWeekRow]:
    """Recorded weeks with first <= Monday < until."""
    query = select(WorkedWeekRow).where(
        WorkedWeekRow.force_id == force_id, WorkedWeekRow.week_start >= first, WorkedWeekRow.week_start < until
    )
    return list(session.scalars(query.order_by(WorkedWeekRow.week_start, WorkedWeekRow.ref)))


def balances(session: Session, force_id: UUID, refs: Iterable[str]) -> Sequence[BalanceRow]:
    """Balances of these handlers, oldest first."""
    query = select(BalanceRow).where(BalanceRow.force_id == force_id, BalanceRow.ref.in_(set(refs)))
    return list(session.scalars(query.order_by(BalanceRow.as_of, BalanceRow.ref, BalanceRow.kind)))


def put_worked_week(session: Session, force_id: UUID, key: tuple[str, date], now: datetime, **figures: Any) -> None:
    """Store a recorded week in place of what stands."""
    values = {"force_id": force_id, "ref": key[0], "week_start": key[1], "updated_at": now, **figures}
    _put(session, WorkedWeekRow, values, ("force_id", "ref", "week_start"))


def put_balance(session: Session, force_id: UUID, key: tuple[str, str, date], now: datetime, minutes: int) -> None:
    """Store a balance in place of what stands."""
    ref, kind, as_of = key
    values = {"force_id": force_id, "ref": ref, "kind": kind, "as_of": as_of, "minutes": minutes, "updated_at": now}
    _put(session, BalanceRow, values, ("force_id", "ref", "kind", "as_of"))


def _put(session: Session, table: Any, values: dict[str, Any], key: tuple[str, ...]) -> None:
    changed = {name: value for name, value in values.items() if name not in key}
    session.execute(insert(table).values(**values).on_conflict_do_update(index_elements=list(key), set_=changed))
