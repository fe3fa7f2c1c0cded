"""Swaps that handlers ask each other for. Once the colleague agrees, a manager decides."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.access import Work
from app.audit.repository import add_line
from app.database import utc_now
from app.errors import Conflict, NotFound, invalid
from app.own import repository
from app.own.schemas import AskSwapIn, OwnSwapOut, OwnSwapsOut
from app.own.whose import require_own, require_self
from app.rosters import repository as rosters
from app.rosters import swaps
from app.rosters.edit_schemas import SwapIn
from app.rosters.schemas import DutyKey
from app.rosters.states import SwapStatus
from app.tables import SwapRow

_SHOWN = 50
_AWAITED = (SwapStatus.ASKED, SwapStatus.OPEN)


def listed(work: Work, ref: str) -> OwnSwapsOut:
    """What the handler asked for or was asked for, newest first. Raises `NotFound` as `require_own`."""
    require_own(work, ref)
    return OwnSwapsOut(swaps=[_out(row) for row in repository.swaps_of(work.session, work.force.id, ref, _SHOWN)])


def ask(work: Work, ref: str, body: AskSwapIn) -> OwnSwapOut:
    """Ask a colleague, in the published roster of the date. Raises as `require_self`; `Invalid` for duties that are not
    there; `Conflict` where a rule would be broken, or the same was asked for already."""
    require_self(work, ref, "asking for a swap")
    if body.to == ref:
        raise invalid("to", body.to, "a colleague's reference, not one's own")
    roster_id = _published(work, body.date)
    wanted = SwapIn(give=DutyKey(handler=ref, date=body.date), to=body.to, take=body.take)
    told = swaps.ask(work, roster_id, wanted, status=SwapStatus.ASKED)
    _require_legal(told.check or {}, ref)
    row = repository.locked_swap(work.session, work.force.id, told.id)
    assert row is not None
    return _out(row)


def answer(work: Work, ref: str, swap_id: UUID, *, agree: bool) -> OwnSwapOut:
    """The colleague's answer. Raises as `require_self`, `NotFound` for a request to somebody else, `Conflict` where it
    was answered."""
    require_self(work, ref, "answering a swap request")
    row = _found(work, swap_id, "to", ref)
    if row.status != SwapStatus.ASKED:
        raise Conflict(f"swap {row.id} is {row.status} already")
    before = row.status
    row.status = SwapStatus.OPEN if agree else SwapStatus.DECLINED
    if not agree:
        row.decided_at, row.decided_by, row.reason = utc_now(), ref, "the colleague declined"
    _audit(work, row, "swap agreed" if agree else "swap declined", before)
    return _out(row)


def withdraw(work: Work, ref: str, swap_id: UUID) -> OwnSwapOut:
    """Take one's request back while nothing is decided. Raises as `answer`."""
    require_own(work, ref)
    row = _found(work, swap_id, "by", ref)
    if row.status not in _AWAITED:
        raise Conflict(f"swap {row.id} is {row.status} already")
    before = row.status
    row.status, row.decided_at, row.decided_by = SwapStatus.WITHDRAWN, utc_now(), work.actor.name
    _audit(work, row, "swap withdrawn", before)
    return _out(row)


def _published(work: Work, day: date) -> UUID:
    for one in rosters.published_duties(work.session, work.force.id, day, day + timedelta(days=1)):
        return one.id
    raise invalid("date", f"{day}", "a date of a published roster")


def _require_legal(check: dict[str, Any], ref: str) -> None:
    """Raise `Conflict` where a rule would be broken; of a colleague's the handler learns only that it is one."""
    broken = check.get("violations", [])
    if not broken:
        return
    own = [one for one in broken if one["handler"] == ref]
    errors = [{"where": f"rule {one['rule']}", "value": None, "expected": one["message"]} for one in own]
    what = own[0]["message"] if own else "a rule of your colleague's working time"
    raise Conflict(f"this swap can't be made: {what}", errors=errors)


def _found(work: Work, swap_id: UUID, side: str, ref: str) -> SwapRow:
    row = repository.locked_swap(work.session, work.force.id, swap_id)
    if row is None or ref != (row.body["to"] if side == "to" else row.body["give"]["handler"]):
        raise NotFound(f"swap {swap_id} is unknown")
    return row


def _audit(work: Work, row: SwapRow, action: str, before: str) -> None:
    add_line(work.session, force_id=row.force_id, actor_id=work.actor.id, action=action, subject=str(row.id),
             roster=str(row.roster_id), swap=row.body, by=work.actor.name, before={"status": str(before)},
             after={"status": str(row.status)})  # fmt: skip


def _out(row: SwapRow) -> OwnSwapOut:
    swap = SwapIn.model_validate(row.body)
    return OwnSwapOut(
        id=row.id, roster_id=row.roster_id, status=SwapStatus(row.status), by=swap.give.handler, to=swap.to,
        date=swap.give.date, take=swap.take, asked_at=row.created_at, decided_at=row.decided_at, reason=row.reason,
    )  # fmt: skip
