"""Today over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.access import Importing, Reading
from app.database import utc_now
from app.edge.routing import Router
from app.intraday import service
from app.intraday.schemas import ActualsIn, ActualsOut, IntradayOut

router = Router(prefix="/v1/forces/{force}", tags=["intraday"])


@router.post("/actuals")
def post_actuals(body: ActualsIn, work: Importing) -> ActualsOut:
    """Today's calls so far, by quarter-hours that are over. All of the body or nothing; other values than those stored
    are named and supersede them. The rest of the day is then forecast anew, and its quarter-hours are ranked by their
    chance of missing a target: follow `run_id`, then read `GET .../intraday`."""
    return service.take(work, body)


@router.get("/intraday")
def get_intraday(work: Reading, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> IntradayOut:
    """The weakest quarter-hours of the rest of today and tomorrow, given the published roster's cover, and why."""
    return service.latest(work, limit, utc_now())
