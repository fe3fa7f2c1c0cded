"""Swap requests of two handlers: checked when asked for and again when accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound
from app.rosters import repository
from app.rosters.amend import swapped
from app.rosters.edit import Assessment, apply, assessed, note_owed, require_editable, require_legal, stored, told
from app.rosters.edit_schemas import OverrideIn, SwapDecision, SwapIn, SwapOut, SwapsOut
from app.rosters.life import matching
from app.rosters.service import find, tag
from app.rosters.states import SWAPPED, RosterStatus, SwapStatus
from app.tables import RosterRow, SwapRow


def ask(work: Work, roster_id: UUID, body: SwapIn, status: SwapStatus = SwapStatus.OPEN) -> SwapOut:
    """Store a swap request with what it would do. Raises `NotFound`, `Conflict` for a superseded roster or the same
    request twice, `Invalid` for duties that are not there."""
    row = find(work.session, work.force.id, roster_id)
    if row.status == RosterStatus.SUPERSEDED:
        raise Conflict(f"roster {row.id} is superseded: nothing in it can be swapped")
    found = _assessed(row, body, ())
    content = body.model_dump(mode="json")
    for other in repository.swaps(work.session, row.id):
        if other.status in (SwapStatus.ASKED, SwapStatus.OPEN) and other.body == content:
            raise Conflict(f"swap {other.id} asks for the same already")
    swap = SwapRow(
        id=new_id(),
        force_id=row.force_id,
        roster_id=row.id,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        body=content,
        status=status,
    )
    repository.add_swap(work.session, swap)
    _audit(work, swap, "swap asked")
    return _out(row, swap, found)


def listed(work: Work, roster_id: UUID) -> SwapsOut:
    """The roster's swap requests, oldest first; what open ones would do is asked for one by one."""
    row = find(work.session, work.force.id, roster_id)
    return SwapsOut(swaps=[_out(row, swap, None) for swap in repository.swaps(work.session, row.id)])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request on which both agree, with the tag of the roster that it changes."""

    swap: SwapOut
    etag: str


def waiting(work: Work) -> list[Waiting]:
    """Requests that wait for a decision, oldest first."""
    found = repository.open_swaps(work.session, work.force.id)
    return [Waiting(_out(None, swap, None), tag(swap.roster_id, revision)) for revision, swap in found]


def accept(work: Work, roster_id: UUID, swap_id: UUID, if_match: str | None, body: SwapDecision) -> SwapOut:
    """Swap. Raises as `life.matching`; `Forbidden` where only a manager may change the roster; `Conflict` where the
    request is decided, or the swap breaks a rule as the roster stands now."""
    row = matching(work, roster_id, if_match)
    require_editable(work, row)
    swap = _open(work, row, swap_id)
    wanted = SwapIn.model_validate(swap.body)
    found = _assessed(row, wanted, body.overrides)
    require_legal(found, agreed={wanted.give.handler, wanted.to})  # who swap have agreed to it
    apply(work, row, SWAPPED, found, body.reason, body.overrides, {"swap": str(swap.id)})
    note_owed(work, row, found, body.overrides)
    _decide(work, swap, SwapStatus.ACCEPTED, body.reason)
    return _out(row, swap, found)


def decline(work: Work, roster_id: UUID, swap_id: UUID, body: SwapDecision) -> SwapOut:
    """Decline the request. Raises `NotFound`, and `Conflict` where it is decided."""
    row = find(work.session, work.force.id, roster_id)
    swap = _open(work, row, swap_id)
    _decide(work, swap, SwapStatus.DECLINED, body.reason)
    return _out(row, swap, None)


def _assessed(row: RosterRow, swap: SwapIn, overrides: tuple[OverrideIn, ...] | list[OverrideIn]) -> Assessment:
    problem, duties = stored(row)
    return assessed(row, problem, duties, swapped(problem, duties, swap), overrides)


def _open(work: Work, row: RosterRow, swap_id: UUID) -> SwapRow:
    swap = repository.locked_swap(work.session, row.id, swap_id)
    if swap is None:
        raise NotFound(f"swap {swap_id} of roster {row.id} is unknown")
    if swap.status != SwapStatus.OPEN:
        if swap.status == SwapStatus.ASKED:
            raise Conflict(f"swap {swap.id} waits for the colleague's answer")
        raise Conflict(f"swap {swap.id} is {swap.status} already: ask again")
    return swap


def _decide(work: Work, swap: SwapRow, status: SwapStatus, reason: str | None) -> None:
    before = {"status": str(swap.status)}
    swap.status, swap.decided_at, swap.decided_by, swap.reason = status, utc_now(), work.actor.name, reason
    _audit(work, swap, f"swap {status}", before=before, after={"status": str(status)})


def _audit(work: Work, swap: SwapRow, action: str, **details: Any) -> None:
    add_line(
        work.session,
        force_id=swap.force_id,
        actor_id=work.actor.id,
        action=action,
        subject=str(swap.id),
        roster=str(swap.roster_id),
        swap=swap.body,
        reason=swap.reason,
        **details,
    )


def _out(row: RosterRow | None, swap: SwapRow, found: Assessment | None) -> SwapOut:
    is_accepted = swap.status == SwapStatus.ACCEPTED
    check = None if row is None or found is None else told(row, found, applied=is_accepted)
    return SwapOut(
        id=swap.id,
        roster_id=swap.roster_id,
        status=SwapStatus(swap.status),
        asked_at=swap.created_at,
        asked_by=swap.actor_name,
        swap=SwapIn.model_validate(swap.body),
        decided_at=swap.decided_at,
        decided_by=swap.decided_by,
        reason=swap.reason,
        check=None if check is None else check.model_dump(exclude={"coverage"}),
    )
