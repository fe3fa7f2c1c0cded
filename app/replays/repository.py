"""Replays, and the calls that one is made from until it has ended, in the database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.results import newest, one_or_newest
from app.runs.schemas import FINISHED
from app.tables import ReplayFileRow, ReplayRow, RunRow

EMPTY = b""


def add(session: Session, row: ReplayRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, replay_id: UUID | None) -> ReplayRow | None:
    """The replay with this identifier, or the newest."""
    return one_or_newest(session, ReplayRow, force_id, replay_id)


def newest_within(session: Session, force_id: UUID, since: datetime, until: datetime) -> ReplayRow | None:
    """The newest replay of calls that came from `since` to `until`."""
    query = select(ReplayRow).where(
        ReplayRow.force_id == force_id, ReplayRow.starts_at >= since, ReplayRow.starts_at < until
    )
    return newest(session, ReplayRow, query)


def add_file(session: Session, row: ReplayFileRow) -> None:
    session.add(row)
    session.flush()


def file(session: Session, force_id: UUID, file_id: UUID, kind: str) -> ReplayFileRow | None:
    """The file where it is still there, with its content."""
    query = select(ReplayFileRow).where(
        ReplayFileRow.force_id == force_id,
        ReplayFileRow.id == file_id,
        ReplayFileRow.kind == kind,
        ReplayFileRow.content != EMPTY,
    )
    return session.scalars(query).one_or_none()


def assign(session: Session, force_id: UUID, file_id: UUID, run_id: UUID) -> None:
    """Let the file live as long as the run."""
    row = ReplayFileRow
    session.execute(update(row).where(row.force_id == force_id, row.id == file_id).values(run_id=run_id))


def empty_files_of(session: Session, run_id: UUID) -> None:
    session.execute(update(ReplayFileRow).where(ReplayFileRow.run_id == run_id).values(content=EMPTY))


def empty_leftovers(session: Session, *, unused_since: datetime) -> None:
    """Empty the files of runs that have ended, however they did, and log-ons that no replay has asked for since."""
    row = ReplayFileRow
    ended = select(RunRow.id).where(RunRow.status.in_(FINISHED))
    unused = row.run_id.is_(None) & (row.created_at < unused_since)
    session.execute(update(row).where(row.content != EMPTY, or_(row.run_id.in_(ended), unused)).values(content=EMPTY))
