"""Engine, tenant-bound sessions and column types.

Every session works for one force: row-level security shows it that force's rows and no others. `EVERY_FORCE` is for the
few steps that come before a force is known (authentication, the list of forces, a run by its identifier).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, LiteralString, cast
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime, TypeDecorator
from uuid_utils.compat import uuid7

SERVICE_ROLE = "pacesetter_service"
SERVICE_OPTIONS = f"-c role={SERVICE_ROLE} -c timezone=UTC -c search_path=public,procrastinate"
EVERY_FORCE = "*"

_USED_AT = "used_at"
_TRUSTED_S = 1.0  # a connection that was used so lately is taken to live


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


def service_engine(url: str, *, pool_size: int = 10, statement_timeout_s: float = 0.0) -> Engine:
    """Engine whose sessions act as the service role, which cannot bypass row-level security.

    `statement_timeout_s` bounds each statement, and how long a transaction may idle [s]; 0: unbounded.
    """
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    limit_ms = round(statement_timeout_s * 1000)
    limits = f" -c statement_timeout={limit_ms} -c idle_in_transaction_session_timeout={limit_ms}"
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"options": SERVICE_OPTIONS + limits},
        # What was sent to a database is private, also where an error is told or logged.
        hide_parameters=True,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "checkout", _alive)
    event.listen(engine, "checkin", _used)
    return engine


def _used(_: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _alive(connection: Any, record: Any, _: Any) -> None:
    """Ask a connection that has rested whether it still lives: each time would cost every request a round trip."""
    if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < _TRUSTED_S:
        return
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError("the connection is gone") from error  # the pool then takes another


@contextmanager
def force_session(engine: Engine, force: UUID | str) -> Iterator[Session]:
    """Session of one transaction that sees the rows of `force` alone; commits at the end, rolls back on error."""
    with Session(engine, expire_on_commit=False) as session:
        work_for(session, force)
        yield session
        session.commit()


def work_for(session: Session, force: UUID | str) -> None:
    """Bind the rest of the session's transaction to `force`."""
    quick(session, "select set_config('pacesetter.force', %s, true)", (str(force),))


def quick(session: Session, query: LiteralString, values: tuple[Any, ...]) -> psycopg.Cursor[Any]:
    """Run a query of the driver's own in the session's transaction: for what is part of every request, since the layers
    above the driver take several times as long. Raises what those layers raise."""
    with driver_connection(session, query) as driver:
        return driver.execute(query, values)


def unbounded(session: Session) -> None:
    """Lift the limit on statements for the rest of the transaction."""
    quick(session, "select set_config('statement_timeout', '0', true)", ())


@contextmanager
def driver_connection(session: Session, query: str | None = None) -> Iterator[psycopg.Connection[Any]]:
    """The psycopg connection of the session's transaction, for COPY and for enqueueing in the same transaction.

    What it raises in the block, for `query` where that is known, is raised as the layers above it would."""
    connection = session.connection()
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        yield driver
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(query, None, error, psycopg.Error, hide_parameters=True) from error


def new_id() -> UUID:
    """Time-ordered identifier (UUIDv7, RFC 9562)."""
    return uuid7()


def utc_now() -> datetime:
    return datetime.now(UTC)
