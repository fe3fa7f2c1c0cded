"""The page of a handler's own shifts."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from app.access import Explaining
from app.database import utc_now
from app.edge.routing import Router
from app.errors import NotFound
from app.fairness import service as fairness
from app.leave_requests import service as leave
from app.own import feed, swaps, wishes
from app.schema import Day
from app.web.my_shifts import view as shown
from app.web.my_shifts.view import View
from app.web.shell import page
from app.web.words import ACTIVITIES, BURDENS
from rostering.people import Band

router = Router(include_in_schema=False)


@router.get("/forces/{force}/my-shifts")
def my_shifts(request: Request, work: Explaining, view: View = "week", date: Day | None = None) -> Response:
    """Duties of a week or month, and everything that a handler may ask for. Raises `NotFound` for an account that
    belongs to no handler."""
    ref = work.actor.handler_ref
    if ref is None:
        raise NotFound("your account belongs to no handler: shifts of your own are for handlers' accounts")
    return page(
        request, work, "my_shifts/page.html", title="My shifts", section="my-shifts", ref=ref,
        schedule=shown.schedule(work, ref, view, date, utc_now()), explained=fairness.of_person(work, ref, None),
        wishes=wishes.listed(work, ref).wishes, requests=leave.own(work, ref), swaps=swaps.listed(work, ref).swaps,
        feed=feed.told(work, ref), bands=list(Band), activities=ACTIVITIES, burdens=BURDENS,
        causes=shown.CAUSES,
    )  # fmt: skip
