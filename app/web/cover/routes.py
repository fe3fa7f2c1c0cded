"""A week's cover, and a day of it by quarter-hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Request, Response

from app.access import Reading
from app.database import utc_now
from app.edge.routing import Router
from app.errors import NotFound
from app.forces import service as forces
from app.intraday import service as intraday
from app.rosters.weekly_cover import week_cover
from app.schema import Day, Instant
from app.web.cover import view
from app.web.shell import page

router = Router(include_in_schema=False)


@router.get("/forces/{force}/cover")
def cover(
    request: Request,
    work: Reading,
    day: Annotated[Day | None, Query()] = None,
    at: Annotated[Instant | None, Query()] = None,
) -> Response:
    """The week that holds a local date, today's where absent, and that day; `at`: a quarter-hour of it in detail."""
    zone = forces.zone(work.session, work.force.id)
    on = at.astimezone(zone).date() if at is not None else day or forces.today(work.session, work.force.id)
    monday = on - timedelta(days=on.weekday())
    found = week_cover(work.session, work.force.id, monday, zone)
    try:
        ranked = intraday.latest(work, 500, utc_now()).intervals
    except NotFound:
        ranked = []
    shown = None if found is None else view.shown(found, on, zone, ranked)
    quarter = None if found is None or at is None else view.quarter(found, at, ranked)
    return page(
        request,
        work,
        "cover/page.html",
        title="Cover",
        section="cover",
        charts=shown.charts if shown else [],
        address=request.url,
        on=on,
        monday=monday,
        cover=found,
        shown=shown,
        quarter=quarter,
    )
