"""Rest and time off owed: noted with the change that left them, listed until they are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound, invalid
from app.rest_owed import repository
from app.rest_owed.schemas import GivenIn, RestOwedOut, RestsOwedOut
from app.rosters import repository as roster_rows
from app.rosters.document import duties_from_json
from app.tables import RestOwedRow, RosterRow
from rostering.notice import Flag
from rostering.roster import Duty
from rostering.rules import RULE_SETS, RuleId

_LEAST_REST = RULE_SETS["england-wales-police-staff"][RuleId.DAILY_REST]["rest_min"]
_NEAR = timedelta(days=2)  # a duty that far from a rest cannot be next to it


def of_change(work: Work, row: RosterRow, flags: Iterable[Flag], reasons: Mapping[str, str]) -> list[UUID]:
    """Note what a change of a roster leaves owed: short daily rests of those for whom a reason set the rule aside, and
    time off for work on a rest day. Returns what was noted."""
    made = []
    for flag in flags:
        is_override = flag.rule is RuleId.DAILY_REST and flag.handler in reasons
        if flag.handler is None or flag.owed_min <= 0 or not (is_override or flag.rule is RuleId.OVERTIME):
            continue
        owed = RestOwedRow(
            id=new_id(),
            force_id=row.force_id,
            handler=flag.handler,
            rule=str(flag.rule),
            day=flag.day,
            owed_min=flag.owed_min,
            owed_by=flag.owed_by,
            reason=reasons.get(flag.handler) if is_override else None,
            roster_id=row.id,
            created_at=utc_now(),
            given_from=None,
            given_until=None,
            given_at=None,
            given_by=None,
        )
        repository.add(work.session, owed)
        made.append(owed.id)
    return made


def listed(work: Work, handler: str | None, *, with_given: bool) -> RestsOwedOut:
    """What is owed, with what was given already where that is asked for."""
    rows = repository.listed(work.session, work.force.id, handler=handler, with_given=with_given)
    today = utc_now().date()
    return RestsOwedOut(rest_owed=[_out(row, today) for row in rows])


def given(work: Work, owed_id: UUID, body: GivenIn) -> RestOwedOut:
    """Note when it is given. Raises `NotFound`; `Conflict` where it was given already, or the published rosters have a
    duty of the handler then or, of rest, too near it; `Invalid` where the time is too short."""
    row = repository.locked(work.session, work.force.id, owed_id)
    if row is None:
        raise NotFound(f"rest owed {owed_id} is unknown")
    if row.given_at is not None:
        raise Conflict(f"rest owed {row.id} was given already, noted by {row.given_by} at {row.given_at.isoformat()}")
    start, end = body.start.astimezone(UTC), body.end.astimezone(UTC)
    length = (end - start) // timedelta(minutes=1)
    if length < row.owed_min:
        raise invalid("end", end.isoformat(), f"{row.owed_min} min or more after start, {length} are given")
    _require_free(work.session, row, start, end)
    row.given_from, row.given_until = start, end
    row.given_at, row.given_by = utc_now(), work.actor.name
    work.session.flush()
    told: dict[str, Any] = {"handler": row.handler, "since": start.isoformat(), "until": end.isoformat()}
    add_line(work.session, force_id=row.force_id, actor_id=work.actor.id, action="rest given", subject=str(row.id),
             **told)  # fmt: skip
    return _out(row, utc_now().date())


def _require_free(session: Session, row: RestOwedRow, start: datetime, end: datetime) -> None:
    """Compensatory rest comes on top of the daily rest: no duty lies in it, nor eleven hours beside it."""
    duties = _duties(session, row, start, end)
    for duty in duties:
        if duty.start < end and duty.end > start:
            raise Conflict(
                f"handler {row.handler} has a duty from {duty.start.isoformat()} to {duty.end.isoformat()}: expected "
                f"none from {start.isoformat()} to {end.isoformat()}"
            )
    if row.rule != RuleId.DAILY_REST:
        return
    since = max((duty.end for duty in duties if duty.end <= start), default=None)
    until = min((duty.start for duty in duties if duty.start >= end), default=None)
    whole = None if since is None or until is None else (until - since) // timedelta(minutes=1)
    if whole is not None and whole < _LEAST_REST + row.owed_min:
        raise Conflict(
            f"handler {row.handler} rests {whole} min from {since} to {until}: expected {_LEAST_REST} min of daily "
            f"rest and the {row.owed_min} min owed besides"
        )


def _duties(session: Session, row: RestOwedRow, start: datetime, end: datetime) -> list[Duty]:
    """The handler's published duties around a time."""
    first, until = (start - _NEAR).date(), (end + _NEAR).date()
    rows = roster_rows.published_duties(session, row.force_id, first, until + timedelta(days=1))
    every = [duty for told in rows for duty in duties_from_json([*told.frozen, *told.duties])]
    return [duty for duty in every if duty.handler == row.handler]


def _out(row: RestOwedRow, today: date) -> RestOwedOut:
    overdue = row.given_at is None and row.owed_by is not None and row.owed_by < today
    names = [name for name in RestOwedOut.model_fields if name != "overdue"]
    return RestOwedOut.model_validate({name: getattr(row, name) for name in names} | {"overdue": overdue})
