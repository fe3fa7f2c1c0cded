"""What happens without anyone asking: the weekly forecast, the two-hourly refresh, scoring what was missed.

Each makes ordinary runs, in the name of the actor "schedule". A force that has nothing new, or a run of the kind under
way, is passed over, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.access import Work
from app.accuracy import service as accuracy
from app.data_protection import retention
from app.database import EVERY_FORCE, force_session
from app.errors import Conflict, PacesetterError
from app.forces import repository as forces
from app.forecasts import service as forecasts
from app.identity import service as identity
from app.intraday import service as intraday
from app.replays import service as replays
from app.runs import repository
from app.runs.schemas import RunOut
from app.tables import ForceRow
from app.webhooks import service as webhooks

log = logging.getLogger(__name__)


def reforecast(engine: Engine) -> list[UUID]:
    """A new forecast of each force that has calls since its newest one; the runs that were made."""
    return _for_each_force(engine, "forecast", forecasts.request_again)


def refresh(engine: Engine, now: datetime) -> list[UUID]:
    """The rest of today, of each force that has calls of today that no forecast knows, and the ranking of its
    quarter-hours where a roster is published; the runs that were made."""
    return _for_each_force(engine, "intraday", lambda work: intraday.refresh_today(work, now))


def score(engine: Engine) -> list[UUID]:
    """Whatever of each force's forecasts is not scored yet; the runs that were made."""
    return _for_each_force(engine, "score", accuracy.request)


def tidy(engine: Engine) -> None:
    """Empty the calls that no replay needs any more."""
    with force_session(engine, EVERY_FORCE) as session:
        replays.tidy(session)


def retain(engine: Engine, now: datetime) -> None:
    """Delete what each force keeps no longer; one that fails leaves the others."""
    with force_session(engine, EVERY_FORCE) as session:
        found = forces.all_visible(session)
    for force in found:
        try:
            with force_session(engine, force.id) as session:
                webhooks.tidy(session, force.id)
                deleted = retention.apply(Work(session, identity.schedule_actor(session, force.id), force), now)
        except (PacesetterError, SQLAlchemyError):
            log.exception("force %s: nothing was deleted", force.slug)
        else:
            log.info("force %s: deleted %s", force.slug, deleted or "nothing")


def _for_each_force(engine: Engine, kind: str, ask: Callable[[Work], RunOut | None]) -> list[UUID]:
    with force_session(engine, EVERY_FORCE) as session:
        found = forces.all_visible(session)
    runs = [_for_force(engine, force, kind, ask) for force in found]
    return [run.id for run in runs if run is not None]


def _for_force(engine: Engine, force: ForceRow, kind: str, ask: Callable[[Work], RunOut | None]) -> RunOut | None:
    try:
        with force_session(engine, force.id) as session:
            if repository.is_under_way(session, force.id, kind):
                raise Conflict("one is under way")
            run = ask(Work(session, identity.schedule_actor(session, force.id), force))
            if run is None:
                raise Conflict("there is no forecast")
            return run
    except PacesetterError as error:
        # Rolled back: nothing is kept of a force that is passed over.
        log.info("force %s: no scheduled %s run: %s", force.slug, kind, error.detail)
        return None
