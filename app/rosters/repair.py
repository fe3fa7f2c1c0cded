"""Repairs of a published roster: what has begun stands, who is absent is gone, each change has its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from app.access import Work
from app.database import utc_now
from app.errors import Conflict, invalid
from app.forces import service as forces
from app.requirements import service as requirements
from app.rosters import service
from app.rosters.period import week_bounds
from app.rosters.repair_schemas import RepairIn, SurgeIn
from app.rosters.states import RosterStatus
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import RosterRow
from rostering.layout import quarters_of
from rostering.problem import INTERVAL_MIN, Cover, Handler, Leave, Mode, Offer, RosterProblem
from rostering.roster import Activity, Duty

_QUARTER = timedelta(minutes=INTERVAL_MIN)


def request(work: Work, roster_id: UUID, body: RepairIn, idempotency_key: str | None) -> RunOut:
    """Queue the repair. Raises `NotFound`; `Conflict` where the roster is not published or has passed; `Invalid` for
    absences, offers and surges of nobody or of no time in it."""
    asked = {"roster_id": str(roster_id), "repair": body.model_dump(mode="json")}
    earlier = runs.earlier(work, "roster", asked, idempotency_key)
    if earlier is not None:
        return earlier
    row = service.find(work.session, work.force.id, roster_id)
    if row.status != RosterStatus.PUBLISHED:
        raise Conflict(f"roster {row.id} is {row.status}: expected a published one; ask for another draft instead")
    settings = forces.current_settings(work.session, work.force.id)
    begin, end = week_bounds(row.week_start, settings.settings, row.weeks)
    now = (body.now or utc_now()).astimezone(UTC)
    if now >= end:
        raise Conflict(f"roster {row.id} has passed: it ended {end.isoformat()}")
    _check(row, body, begin, end)
    requirement = requirements.find(work.session, work.force.id, body.requirement_id or row.requirement_id)
    service.require_cover(requirement, row.week_start, row.weeks, settings.settings)
    inputs = {
        "week_start": row.week_start.isoformat(),
        "weeks": row.weeks,
        "mode": str(Mode.REPAIR),
        "from_roster_id": str(row.id),
        "now": now.isoformat(),
        "seconds": body.seconds,
        "effort": service.effort_of(body, Mode.REPAIR, len(row.body["paid_min"]), row.weeks),
        "requirement_id": str(requirement.id),
        "forecast_id": str(requirement.forecast_id),
        "settings_version": settings.version,
    }
    return runs.request(work, "roster", asked, inputs, body.seed, idempotency_key)


def _check(row: RosterRow, body: RepairIn, begin: datetime, end: datetime) -> None:
    known = row.body["paid_min"]
    first, last = begin.date(), end.date() - timedelta(days=1)
    for i, absence in enumerate(body.absent):
        if absence.handler not in known:
            raise invalid(f"absent[{i}].handler", absence.handler, "a handler of the roster")
        if absence.last < first or absence.first > last:
            raise invalid(f"absent[{i}]", f"{absence.first} to {absence.last}", f"dates of {first} to {last}")
    for i, offer in enumerate(body.offers):
        if offer.handler not in known:
            raise invalid(f"offers[{i}].handler", offer.handler, "a handler of the roster")
        if not first <= offer.date <= last:
            raise invalid(f"offers[{i}].date", f"{offer.date}", f"a date of {first} to {last}")
    for i, surge in enumerate(body.surge):
        if not begin <= surge.start < surge.end <= end:
            raise invalid(f"surge[{i}]", f"{surge.start.isoformat()} to {surge.end.isoformat()}",
                          f"times of {begin.isoformat()} to {end.isoformat()}")  # fmt: skip


def repair_problem(problem: RosterProblem, published: Sequence[Duty], wanted: RepairIn, now: datetime) -> RosterProblem:
    """The period's problem as a repair of `published`, told at `now`."""
    zone = ZoneInfo(problem.timezone)
    known = {handler.ref for handler in problem.handlers}
    begun = tuple(duty for duty in published if duty.start < now and duty.handler in known)
    return replace(
        problem,
        mode=Mode.REPAIR,
        cover=_surging(problem.cover, wanted.surge),
        handlers=tuple(_told(handler, published, wanted, now, zone) for handler in problem.handlers),
        frozen_duties=(*problem.frozen_duties, *begun),
        published=tuple(duty for duty in published if duty.handler in known),
        told_at=max(now, problem.begin - timedelta(weeks=52)),
    )


def _told(handler: Handler, published: Sequence[Duty], wanted: RepairIn, now: datetime, zone: ZoneInfo) -> Handler:
    """The handler with new absences and offers, and with the learning that is planned and may still be given."""
    leave = [Leave(a.first, a.last, a.credited) for a in wanted.absent if a.handler == handler.ref]
    offers = [
        Offer(offer.kind, offer.date, offer.earliest, offer.latest, offer.most_min)
        for offer in wanted.offers
        if offer.handler == handler.ref
    ]
    away = replace(handler, leave=(*handler.leave, *leave), offers=(*handler.offers, *offers))
    planned = [d for d in published if d.handler == handler.ref and d.start >= now and not away.on_leave(_day(d, zone))]
    learning = sum(quarters_of(duty).count(Activity.LEARNING) for duty in planned) * INTERVAL_MIN
    return replace(away, learning_min=learning)


def _day(duty: Duty, zone: ZoneInfo) -> date:
    return duty.start.astimezone(zone).date()


def _surging(cover: Cover, surges: Sequence[SurgeIn]) -> Cover:
    needed = {"999": cover.needed_999.copy(), "101": cover.needed_101.copy()}
    for surge in surges:
        first, last = ((moment - cover.start) // _QUARTER for moment in (surge.start, surge.end))
        needed[surge.queue][first:last] += np.int64(surge.heads)
    return replace(cover, needed_999=needed["999"], needed_101=needed["101"])
