"""Is the process alive, and can it serve?"""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.edge.routing import Router
from app.errors import PacesetterError, documented
from app.schema import Schema
from migrations import versions

router = Router(prefix="/health", tags=["health"])


class NotReady(PacesetterError):
    status, slug, title = 503, "not-ready", "The service can't answer yet"


class Health(Schema):
    status: str
    schema_version: str | None = None


@router.head("/live", include_in_schema=False)
@router.get("/live")
def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses={503: documented(NotReady)})
def ready(request: Request) -> Health:
    """The database is there, its schema is this version's, and row-level security binds this process."""
    return Health(status="ready", schema_version=check(request.app.state.engine))


def newest_step() -> str:
    """Number of the newest schema step, by the names of their files: to ask Alembic would load it into each process."""
    return max(step.name.split("_")[0] for step in Path(versions.__file__).parent.glob("[0-9]*.py"))


def check(engine: Engine) -> str:
    """Schema version of the database. Raises `NotReady` where the service must not serve."""
    expected = newest_step()
    try:
        with engine.connect() as connection:
            found = connection.execute(text("select version_num from alembic_version")).scalar_one_or_none()
            bypasses = connection.execute(
                text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            ).scalar_one()
    except SQLAlchemyError as error:
        raise NotReady(f"the database does not answer: {type(error).__name__}") from error
    if found != expected:
        raise NotReady(f"the schema is at {found}, expected {expected}: run 'pacesetter migrate'")
    if bypasses:
        raise NotReady("the database role bypasses row-level security: log in as pacesetter_service")
    return str(found)
