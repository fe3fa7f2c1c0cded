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

from app.access import Work
from app.accuracy import service as accuracy
from app.database import EVERY_FORCE, force_session
from app.errors import PacesetterError
from app.forces import repository as forces
from app.forecasts import service as forecasts
from app.identity import service as identity
from app.runs import repository
from app.runs.schemas import RunOut

log = logging.getLogger(__name__)


def reforecast(engine: Engine) -> list[UUID]:
    """A new forecast of each force that has calls since its newest one; the runs that were made."""
    return _for_each_force(engine, "forecast", forecasts.request_again)


def refresh(engine: Engine, now: datetime) -> list[UUID]:
    """The rest of today, of each force that has calls of today that no forecast knows; the runs that were made."""
    return _for_each_force(engine, "intraday", lambda work: forecasts.request_todays_refresh(work, now))


def score(engine: Engine) -> list[UUID]:
    """Whatever of each force's forecasts is not scored yet; the runs that were made."""
    return _for_each_force(engine, "score", accuracy.request)


def _for_each_force(engine: Engine, kind: str, ask: Callable[[Work], RunOut | None]) -> list[UUID]:
    with force_session(engine, EVERY_FORCE) as session:
        ids = [row.id for row in forces.all_visible(session)]
    made = []
    for force_id in ids:
        run = _for_force(engine, force_id, kind, ask)
        if run is not None:
            made.append(run.id)
    return made


def _for_force(engine: Engine, force_id: UUID, kind: str, ask: Callable[[Work], RunOut | None]) -> RunOut | None:
    try:
        with force_session(engine, force_id) as session:
            force = forces.by_id(session, force_id)
            if repository.is_under_way(session, force_id, kind):
                log.info("force %s: no scheduled %s run, since one is under way", force.slug, kind)
                return None
            run = ask(Work(session, identity.schedule_actor(session, force_id), force))
            if run is None:
                log.info("force %s: no scheduled %s run, since there is no forecast to score", force.slug, kind)
            return run
    except PacesetterError as error:
        # Rolled back: nothing of a force that is passed over is kept.
        log.info("force %s: no scheduled %s run: %s", force_id, kind, error.detail)
        return None
