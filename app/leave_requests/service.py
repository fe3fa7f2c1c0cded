"""Leave requests: asked with evidence, decided once with a reason; approved days become the handler's leave."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work, require
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, Invalid, NotFound
from app.handlers import consequences
from app.identity.roles import Permission
from app.leave_requests import repository
from app.leave_requests.evidence import evidence_of
from app.leave_requests.schemas import (
    DecidedOut,
    LeaveEvidence,
    LeaveRequestIn,
    LeaveRequestOut,
    RequestStatus,
)
from app.people import repository as people_rows
from app.people import service as people
from app.people.schemas import HandlerIn, LeaveIn
from app.people.team import own_team
from app.tables import LeaveRequestRow

_MOST = 500


def request(work: Work, body: LeaveRequestIn) -> LeaveRequestOut:
    """Store a request with its evidence. Raises as `evidence_of`, `Conflict` where an open request holds a day,
    `NotFound` where a handler's own key asks for somebody else."""
    session, force_id = work.session, work.force.id
    _require_own(work, body.handler)
    told = evidence_of(session, force_id, body.handler, body.first, body.last, None)
    for row in repository.open_requests(session, force_id):
        if row.ref == body.handler and row.first <= body.last and body.first <= row.last:
            raise Conflict(f"handler {body.handler} has the open request {row.id} of {row.first} to {row.last} already")
    row = LeaveRequestRow(
        id=new_id(), force_id=force_id, ref=body.handler, first=body.first, last=body.last, created_at=utc_now(),
        actor_id=work.actor.id, actor_name=work.actor.name, evidence=told.model_dump(mode="json"),
        status=RequestStatus.OPEN,
    )  # fmt: skip
    repository.add(session, row)
    _audit(work, row, "leave request", minutes=told.minutes)
    return _seen_by(work, _out(row))


def own(work: Work, ref: str) -> list[LeaveRequestOut]:
    """One handler's requests, newest first. Raises `NotFound` as `request`."""
    _require_own(work, ref)
    return [_seen_by(work, one) for one in listed(work.session, work.force.id, None, ref)]


def _require_own(work: Work, ref: str) -> None:
    """A handler's key asks for its handler alone, and learns of nobody else, not even that they exist."""
    if not work.actor.may(Permission.PLAN) and work.actor.handler_ref != ref:
        raise NotFound(f"handler {ref!r} is unknown: see GET .../handlers")


def _seen_by(work: Work, told: LeaveRequestOut) -> LeaveRequestOut:
    """The request as the actor may see it: others' absences are for planners and managers."""
    if work.actor.may(Permission.PLAN):
        return told
    hidden = {"others_off": None, "others_asking": None}
    changed: dict[str, LeaveEvidence] = {}
    for name in ("evidence", "decided_on"):
        if (evidence := getattr(told, name)) is not None:
            days = [day.model_copy(update=hidden) for day in evidence.days]
            changed[name] = evidence.model_copy(update={"days": days})
    return told.model_copy(update=changed)


def find(session: Session, force_id: UUID, request_id: UUID) -> LeaveRequestOut:
    """The request. Raises `NotFound`."""
    return _out(_known(repository.find(session, force_id, request_id), request_id))


def find_own(work: Work, request_id: UUID) -> LeaveRequestOut:
    """The request. Raises `NotFound`, also for one of a team that the actor does not answer for."""
    found, own = find(work.session, work.force.id, request_id), own_team(work)
    if own is not None and found.handler not in own:
        raise _unknown(request_id)
    return found


def listed(session: Session, force_id: UUID, status: RequestStatus | None, ref: str | None) -> list[LeaveRequestOut]:
    """Requests, newest first, at most 500."""
    return [_out(row) for row in repository.listed(session, force_id, status, ref, _MOST)]


def listed_to(work: Work, status: RequestStatus | None, ref: str | None) -> list[LeaveRequestOut]:
    """Requests as `listed`; to a supervisor whose own team is known, that team's."""
    own = own_team(work)
    return [one for one in listed(work.session, work.force.id, status, ref) if own is None or one.handler in own]


def approve(work: Work, request_id: UUID, reason: str) -> DecidedOut:
    """Approve an open request: its days become the handler's leave. Raises `NotFound`, `Conflict` where it is decided
    already or the handler has left or is on leave by now."""
    row = _open(work, request_id)
    told = evidence_of(work.session, work.force.id, row.ref, row.first, row.last, row.id)
    stored = people_rows.locked(work.session, work.force.id, row.ref)
    if stored is None:
        raise Conflict(f"handler {row.ref} is no longer there")
    before = HandlerIn.model_validate(stored.body)
    leave = sorted([*before.leave, LeaveIn(first=row.first, last=row.last)], key=lambda one: one.first)
    after = before.model_copy(update={"leave": leave})
    people.write(work.session, work.force.id, [after])
    concerned = consequences.of_changes(work, [(before, after)])
    _decide(work, row, RequestStatus.APPROVED, reason, told)
    _audit(
        work, row, "leave approved", reason=reason, minutes=told.minutes, within_allowance=told.within_allowance,
        short_more_h=told.short_more_h, published=[str(one.roster_id) for one in concerned],
        **_step(RequestStatus.OPEN, RequestStatus.APPROVED),
    )  # fmt: skip
    return DecidedOut(request=_out(row), published=concerned)


def decline(work: Work, request_id: UUID, reason: str) -> DecidedOut:
    """Decline an open request. Raises `NotFound`, `Conflict` where it is decided already."""
    row = _open(work, request_id)
    told = LeaveEvidence.model_validate(row.evidence)
    with suppress(Conflict, Invalid):  # by now on leave, or gone: what was told when it was asked stands
        told = evidence_of(work.session, work.force.id, row.ref, row.first, row.last, row.id)
    _decide(work, row, RequestStatus.DECLINED, reason, told)
    _audit(work, row, "leave declined", reason=reason, short_more_h=told.short_more_h,
           **_step(RequestStatus.OPEN, RequestStatus.DECLINED))  # fmt: skip
    return DecidedOut(request=_out(row), published=[])


def withdraw(work: Work, request_id: UUID, reason: str | None) -> LeaveRequestOut:
    """Take a request back. Of an approved one the days are taken off the handler's leave.

    Raises `NotFound`, also for somebody else's by a handler's own key; `Forbidden` for an approved one without the
    right to manage; `Conflict` where it was declined or withdrawn, or its days are no longer the handler's leave.
    """
    row = _known(repository.locked(work.session, work.force.id, request_id), request_id)
    if not work.actor.may(Permission.PLAN) and work.actor.handler_ref != row.ref:
        raise _unknown(request_id)
    before = RequestStatus(row.status)
    if before == RequestStatus.APPROVED:
        require(work.actor, Permission.MANAGE)
        _take_off(work, row)
    elif before != RequestStatus.OPEN:
        raise Conflict(f"leave request {row.id} is {before} already, by {row.decided_by}: {row.reason}")
    row.status, row.reason = RequestStatus.WITHDRAWN, reason
    row.decided_at, row.decided_by = utc_now(), work.actor.name
    _audit(work, row, "leave request withdrawn", reason=reason, **_step(before, RequestStatus.WITHDRAWN))
    return _seen_by(work, _out(row))


def _take_off(work: Work, row: LeaveRequestRow) -> None:
    stored = people_rows.locked(work.session, work.force.id, row.ref)
    leave = [] if stored is None else list(HandlerIn.model_validate(stored.body).leave)
    own = next((one for one in leave if (one.first, one.last) == (row.first, row.last)), None)
    if stored is None or own is None:
        raise Conflict(f"{row.first} to {row.last} is no leave of handler {row.ref} any more: edit the handler's leave")
    leave.remove(own)
    people.write(
        work.session, work.force.id, [HandlerIn.model_validate(stored.body).model_copy(update={"leave": leave})]
    )


def _step(before: RequestStatus, after: RequestStatus) -> dict[str, dict[str, str]]:
    return {"before": {"status": str(before)}, "after": {"status": str(after)}}


def _known(row: LeaveRequestRow | None, request_id: UUID) -> LeaveRequestRow:
    if row is None:
        raise _unknown(request_id)
    return row


def _unknown(request_id: UUID) -> NotFound:
    return NotFound(f"leave request {request_id} is unknown: see GET .../leave-requests")


def _open(work: Work, request_id: UUID) -> LeaveRequestRow:
    row = _known(repository.locked(work.session, work.force.id, request_id), request_id)
    if row.status != RequestStatus.OPEN:
        raise Conflict(f"leave request {row.id} is {row.status} already, by {row.decided_by}: {row.reason}")
    return row


def _decide(work: Work, row: LeaveRequestRow, status: RequestStatus, reason: str, told: LeaveEvidence) -> None:
    row.status, row.reason = status, reason
    row.decided_at, row.decided_by = utc_now(), work.actor.name
    row.decided_on = told.model_dump(mode="json")


def _audit(work: Work, row: LeaveRequestRow, action: str, **details: Any) -> None:
    add_line(
        work.session, force_id=work.force.id, actor_id=work.actor.id, action=action, subject=str(row.id),
        handler=row.ref, first=row.first.isoformat(), last=row.last.isoformat(), by=work.actor.name, **details,
    )  # fmt: skip


def _out(row: LeaveRequestRow) -> LeaveRequestOut:
    return LeaveRequestOut(
        id=row.id,
        handler=row.ref,
        first=row.first,
        last=row.last,
        created_at=row.created_at,
        by=row.actor_name,
        status=RequestStatus(row.status),
        evidence=LeaveEvidence.model_validate(row.evidence),
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        decided_on=None if row.decided_on is None else LeaveEvidence.model_validate(row.decided_on),
    )
