"""Absences, their options and the turns of those called out, in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import AbsenceRow, CallOutRow, OptionsRow, RunEventRow


def add(session: Session, row: AbsenceRow | OptionsRow | CallOutRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, absence_id: UUID) -> AbsenceRow | None:
    query = select(AbsenceRow).where(AbsenceRow.force_id == force_id, AbsenceRow.id == absence_id)
    return session.scalars(query).one_or_none()


def locked(session: Session, force_id: UUID, absence_id: UUID) -> AbsenceRow | None:
    """The absence, locked until the transaction ends."""
    query = select(AbsenceRow).where(AbsenceRow.force_id == force_id, AbsenceRow.id == absence_id)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def listed(
    session: Session,
    force_id: UUID,
    *,
    status: str | None,
    handler: str | None,
    size: int,
    among: Collection[str] | None = None,
) -> Sequence[AbsenceRow]:
    """Absences, the latest first; of handlers `among` alone, None: of all."""
    query = select(AbsenceRow).where(AbsenceRow.force_id == force_id)
    if status is not None:
        query = query.where(AbsenceRow.status == status)
    if handler is not None:
        query = query.where(AbsenceRow.handler == handler)
    if among is not None:
        query = query.where(AbsenceRow.handler.in_(among))
    return session.scalars(query.order_by(AbsenceRow.starts_at.desc(), AbsenceRow.id.desc()).limit(size)).all()


def counting(session: Session, force_id: UUID, since: datetime, but: Sequence[str]) -> Sequence[AbsenceRow]:
    """Absences that end after `since`, of any status but these, in order of their starts."""
    query = select(AbsenceRow).where(
        AbsenceRow.force_id == force_id, AbsenceRow.ends_at > since, AbsenceRow.status.not_in(but)
    )
    return session.scalars(query.order_by(AbsenceRow.starts_at, AbsenceRow.id)).all()


def options(session: Session, force_id: UUID, options_id: UUID) -> OptionsRow | None:
    query = select(OptionsRow).where(OptionsRow.force_id == force_id, OptionsRow.id == options_id)
    return session.scalars(query).one_or_none()


def locked_options(session: Session, options_id: UUID) -> OptionsRow:
    """The options, locked until the transaction ends."""
    query = select(OptionsRow).where(OptionsRow.id == options_id)
    return session.scalars(query.with_for_update(key_share=True)).one()


def newest_options(session: Session, absence_id: UUID) -> OptionsRow | None:
    query = select(OptionsRow).where(OptionsRow.absence_id == absence_id)
    return session.scalars(query.order_by(OptionsRow.created_at.desc(), OptionsRow.id.desc()).limit(1)).one_or_none()


def chosen_options(session: Session, absence_id: UUID) -> OptionsRow | None:
    """Options of the absence of which one was published."""
    query = select(OptionsRow).where(OptionsRow.absence_id == absence_id, OptionsRow.chosen.is_not(None))
    return session.scalars(query.order_by(OptionsRow.chosen_at).limit(1)).one_or_none()


def told_so_far(session: Session, run_id: UUID) -> RunEventRow | None:
    """The run's newest event that holds options."""
    query = select(RunEventRow).where(RunEventRow.run_id == run_id, RunEventRow.data.has_key("options"))
    return session.scalars(query.order_by(RunEventRow.id.desc()).limit(1)).one_or_none()


def called_out(session: Session, force_id: UUID, since: datetime, until: datetime) -> Sequence[CallOutRow]:
    """Call-outs and extensions from `since` to before `until`."""
    query = select(CallOutRow).where(
        CallOutRow.force_id == force_id, CallOutRow.starts_at >= since, CallOutRow.starts_at < until
    )
    return session.scalars(query).all()
