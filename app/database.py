"""Engine, tenant-bound sessions and column types.

Every session works for one force: row-level security shows it that force's rows and no others. `EVERY_FORCE` is for the
few steps that come before a force is known (authentication, the list of forces, a run by its identifier).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime, TypeDecorator
from uuid_utils.compat import uuid7

SERVICE_ROLE = "pacesetter_service"
SERVICE_OPTIONS = f"-c role={SERVICE_ROLE} -c timezone=UTC -c search_path=public,procrastinate"
EVERY_FORCE = "*"


class UtcDateTime(TypeDecorator[datetime]):
    """Instant with time zone, UTC on the way out; naive values are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.utcoffset() is None:
            raise ValueError(f"{value} has no time zone")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def service_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Engine whose sessions act as the service role, which cannot bypass row-level security."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"options": SERVICE_OPTIONS},
    )


@contextmanager
def force_session(engine: Engine, force: UUID | str) -> Iterator[Session]:
    """Session of one transaction that sees the rows of `force` alone; commits at the end, rolls back on error."""
    with Session(engine, expire_on_commit=False) as session:
        work_for(session, force)
        yield session
        session.commit()


def work_for(session: Session, force: UUID | str) -> None:
    """Bind the rest of the session's transaction to `force`."""
    session.execute(text("select set_config('pacesetter.force', :force, true)"), {"force": str(force)})


def driver_connection(session: Session) -> Any:
    """The psycopg connection of the session's transaction, for COPY and for enqueueing in the same transaction."""
    return session.connection().connection.driver_connection


def new_id() -> UUID:
    """Time-ordered identifier (UUIDv7, RFC 9562)."""
    return uuid7()


def utc_now() -> datetime:
    return datetime.now(UTC)
