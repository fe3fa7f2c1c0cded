"""The daily meeting's page, whole or in the parts that refresh themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from app.access import Reading
from app.edge.routing import Router
from app.forces import service as forces
from app.pacesetter import service
from app.schema import Day
from app.web.shell import fragment, page
from app.web.today import view

router = Router(include_in_schema=False)


@router.get("/forces/{force}/today")
def today(
    request: Request,
    work: Reading,
    date: Annotated[Day | None, Query()] = None,
    part: Literal["live", "actions"] | None = None,
) -> Response:
    """The page of a local date, today where absent; `part`: what of it a script asks for again."""
    told = service.pacesetter(work, date or forces.today(work.session, work.force.id))
    shown = view.shown(told, forces.zone(work.session, work.force.id))
    address = request.url.remove_query_params("part")
    if part is not None:
        return fragment(request, work, f"today/{part}.html", told=told, shown=shown, address=address)
    return page(
        request,
        work,
        "today/page.html",
        title="Today" if shown.is_today else "The day’s page",
        section="today",
        charts=shown.charts,
        told=told,
        shown=shown,
        address=address,
    )
