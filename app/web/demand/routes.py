"""Demand by any width of interval, and how exact the forecasts of it were."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Request, Response

from app.access import Reading
from app.accuracy import service as accuracy
from app.edge.routing import Router
from app.events import calendar
from app.forces import service as forces
from app.forecasts import adjust
from app.forecasts import service as forecasts
from app.forecasts.schemas import ForecastKind
from app.schema import Day
from app.web.demand import figures, view
from app.web.demand.spans import WIDTHS, edges
from app.web.shell import page
from forecasting.forecast import Grain

_TOLD = timedelta(days=399)  # events that far around a date: the calendar tells of little more than two years at once
router = Router(include_in_schema=False)


@router.get("/forces/{force}/demand")
def demand(
    request: Request,
    work: Reading,
    by: Grain = Grain.HOUR,
    day: Annotated[Day | None, Query()] = None,
    level: Annotated[float, Query(gt=0.5, lt=1)] = 0.9,
) -> Response:
    """Calls that came and calls expected around a local date, today's where absent."""
    zone = forces.zone(work.session, work.force.id)
    on = day or forces.today(work.session, work.force.id)
    grid = edges(on, by, zone)
    found = figures.demand(work.session, work.force.id, grid, by, on, level, zone)
    first, last = (at.astimezone(zone).date() for at in (grid[0], grid[-1]))
    since, until = max(first, on - _TOLD), min(last, on + _TOLD)
    events = calendar.listed(work.session, work.force.id, since, until).occurrences
    is_shown = any(value is not None for told in found.queues.values() for value in (*told.actual, *told.mean))
    charts = view.charts(found, by, level, events, zone) if is_shown else []
    newest, earlier = (None if row is None else forecasts.entry(row) for row in (found.newest, found.earlier))
    return page(
        request,
        work,
        "demand/page.html",
        title="Demand",
        section="demand",
        charts=charts,
        address=request.url,
        on=on,
        by=by,
        level=level,
        widths=WIDTHS,
        newest=newest,
        earlier=earlier,
        n_partial=found.n_partial,
        events=view.event_rows(events, zone)[:60],
        chain=None if found.newest is None else adjust.chain(found.newest),
    )


@router.get("/forces/{force}/demand/accuracy")
def demand_accuracy(request: Request, work: Reading) -> Response:
    """How exact stored forecasts were, with words on what the measures mean."""
    told = accuracy.accuracy(work, accuracy.Choice(ForecastKind.FULL, None, None, None, None))
    return page(
        request,
        work,
        "demand/accuracy.html",
        title="Accuracy of forecasts",
        section="demand",
        rows=view.accuracy_rows(told),
    )
