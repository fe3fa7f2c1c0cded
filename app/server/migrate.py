"""Schema steps, and the first key of a new installation."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import migrations
from app.database import SERVICE_ROLE

_MIGRATING = 7_309_000  # key of the advisory lock: of several machines that start, one takes the steps


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema of the database at `url` to `revision`, up or down.

    The login needs the right to create roles, for the first step alone. Another that does the same is waited for.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            connection.execute(text(f"select pg_advisory_lock({_MIGRATING})"))
            connection.commit()  # the lock is the session's, and goes with it
            config.attributes["connection"] = connection
            if revision in ("base", "-1"):
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
            connection.commit()
    finally:
        engine.dispose()


def set_service_password(url: str, password: str) -> None:
    """Let APIs and workers log in with this password. It goes to the database, and into its log, as a digest only."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo) as connection:
        digest = connection.pgconn.encrypt_password(password.encode(), SERVICE_ROLE.encode(), b"scram-sha-256")
        change = sql.SQL("alter role {} password {}").format(sql.Identifier(SERVICE_ROLE), sql.Literal(digest.decode()))
        connection.execute(change)
