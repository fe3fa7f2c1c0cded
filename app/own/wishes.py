"""A handler's own wishes, date by date: they weigh in rosters to come, and change none that is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.access import Work
from app.audit.repository import add_line
from app.database import utc_now
from app.errors import NotFound, invalid
from app.forces import service as forces
from app.own.schemas import WishesOut, WishFor
from app.own.whose import require_own
from app.people import repository
from app.people import service as people
from app.people.schemas import HandlerIn, WishIn


def listed(work: Work, ref: str) -> WishesOut:
    """From today on, by date. Raises `NotFound` as `require_own`, and for a handler who is none."""
    require_own(work, ref)
    row = repository.find(work.session, work.force.id, ref)
    if row is None or row.removed_at is not None:
        raise NotFound(f"handler {ref!r} is unknown: see GET .../handlers")
    return _out(work, HandlerIn.model_validate(row.body))


def put(work: Work, ref: str, day: date, body: WishFor) -> WishesOut:
    """The wish of a date, in place of any other. Raises as `listed`, `Invalid` for a date that has passed."""
    if day < _today(work):
        raise invalid("date", f"{day}", f"today or later: {_today(work)}")
    return _changed(work, ref, lambda others: [*others, WishIn(date=day, band=body.band, weight=body.weight)], day)


def remove(work: Work, ref: str, day: date) -> WishesOut:
    """Take back what was wished for a date. Raises as `listed`, `NotFound` where nothing was."""
    before = listed(work, ref)
    if day not in {wish.date for wish in before.wishes}:
        raise NotFound(f"handler {ref} has no wish for {day}")
    return _changed(work, ref, lambda others: others, day)


def _changed(work: Work, ref: str, of: Callable[[list[WishIn]], list[WishIn]], day: date) -> WishesOut:
    listed(work, ref)
    row = repository.locked(work.session, work.force.id, ref)
    assert row is not None
    before = HandlerIn.model_validate(row.body)
    others = [wish for wish in before.wishes if wish.date != day]
    wishes = sorted(of(others), key=lambda wish: wish.date)
    after = HandlerIn.model_validate(before.model_dump() | {"wishes": [wish.model_dump() for wish in wishes]})
    people.write(work.session, work.force.id, [after])
    if after != before:
        add_line(
            work.session, force_id=work.force.id, actor_id=work.actor.id, action="wish", subject=ref,
            by=work.actor.name, date=f"{day}", before=_of_day(before, day), after=_of_day(after, day),
        )  # fmt: skip
    return _out(work, after)


def _of_day(handler: HandlerIn, day: date) -> list[dict[str, object]]:
    return [wish.model_dump(mode="json") for wish in handler.wishes if wish.date == day]


def _out(work: Work, handler: HandlerIn) -> WishesOut:
    today = _today(work)
    coming = [wish for wish in handler.wishes if wish.date >= today]
    return WishesOut(handler=handler.ref, wishes=sorted(coming, key=lambda wish: wish.date))


def _today(work: Work) -> date:
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    return utc_now().astimezone(zone).date()
