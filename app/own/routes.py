"""What handlers do for themselves, over HTTP. Their own alone; who plans sees everybody's."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request
from starlette.responses import Response

from app.access import Explaining
from app.edge.routing import Router
from app.own import feed, swaps, wishes
from app.own.schemas import (
    AnswerIn,
    AskSwapIn,
    CalendarFeedOut,
    NewCalendarFeedOut,
    OwnSwapOut,
    OwnSwapsOut,
    WishesOut,
    WishFor,
)
from app.people.schemas import HandlerRef
from app.same_origin import public_url
from app.schema import Day

router = Router(tags=["own"])

_OF_HANDLER = "/v1/forces/{force}/handlers/{ref}"
_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}, "example": "BEGIN:VCALENDAR\r\n"}}}
}


@router.get(_OF_HANDLER + "/wishes")
def get_wishes(ref: HandlerRef, work: Explaining) -> WishesOut:
    """The handler's wishes from today on."""
    return wishes.listed(work, ref)


@router.put(_OF_HANDLER + "/wishes/{day}")
def put_wish(ref: HandlerRef, day: Day, body: WishFor, work: Explaining) -> WishesOut:
    """Wish for a day off, or a duty of a band, on a date. Rosters made from now on weigh it; those that stand stay."""
    return wishes.put(work, ref, day, body)


@router.delete(_OF_HANDLER + "/wishes/{day}")
def remove_wish(ref: HandlerRef, day: Day, work: Explaining) -> WishesOut:
    """Take back what was wished for a date."""
    return wishes.remove(work, ref, day)


@router.get(_OF_HANDLER + "/swap-requests")
def list_own_swaps(ref: HandlerRef, work: Explaining) -> OwnSwapsOut:
    """Swaps that the handler asked for, or was asked for, newest first, at most 50."""
    return swaps.listed(work, ref)


@router.post(_OF_HANDLER + "/swap-requests", status_code=201)
def ask_colleague(ref: HandlerRef, body: AskSwapIn, work: Explaining) -> OwnSwapOut:
    """Ask a colleague to swap, or to take, a published duty. What would break a rule is refused at once. After the
    colleague agreed a manager decides, as on any swap request of the roster."""
    return swaps.ask(work, ref, body)


@router.post(_OF_HANDLER + "/swap-requests/{swap_id}/answer")
def answer_colleague(ref: HandlerRef, swap_id: UUID, body: AnswerIn, work: Explaining) -> OwnSwapOut:
    """Agree to a colleague's request, or decline it."""
    return swaps.answer(work, ref, swap_id, agree=body.agree)


@router.post(_OF_HANDLER + "/swap-requests/{swap_id}/withdraw")
def withdraw_swap(ref: HandlerRef, swap_id: UUID, work: Explaining) -> OwnSwapOut:
    """Take one's own request back while nothing is decided."""
    return swaps.withdraw(work, ref, swap_id)


@router.get(_OF_HANDLER + "/calendar-feed")
def get_calendar_feed(ref: HandlerRef, work: Explaining) -> CalendarFeedOut:
    """Whether the handler's calendar follows a secret address, and when it last asked."""
    return feed.told(work, ref)


@router.post(_OF_HANDLER + "/calendar-feed", status_code=201)
def make_calendar_feed(ref: HandlerRef, request: Request, work: Explaining) -> NewCalendarFeedOut:
    """A secret address for the handler's own calendar, shown once; one made before ends. It tells duties and nothing
    else, to whoever knows it."""
    return feed.make(work, ref, public_url(request))


@router.delete(_OF_HANDLER + "/calendar-feed")
def revoke_calendar_feed(ref: HandlerRef, work: Explaining) -> CalendarFeedOut:
    """The address ends at once."""
    return feed.revoke(work, ref)


@router.get(feed.ADDRESS + "/{secret}", response_class=Response, responses=_CALENDAR)
def read_calendar_feed(
    request: Request, secret: Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
) -> Response:
    """Published duties of whose address this is, four weeks back and a year ahead. The address is the key: none is sent
    besides."""
    content = feed.read(request.app.state.engine, secret)
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"})
