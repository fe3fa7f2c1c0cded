"""Actions of the daily meeting: added, changed, closed, opened again; each with a line in the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.actions import repository
from app.actions.schemas import ActionIn, ActionOut, ActionPatch, ActionsOut, ActionState
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound, invalid
from app.if_match import require_match
from app.tables import ActionRow

MOST_OPEN = 100


def add(work: Work, body: ActionIn) -> ActionOut:
    """A new action, open. Raises `Conflict` beyond `MOST_OPEN`."""
    if repository.count_open(work.session, work.force.id) >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} actions are open: expected fewer; close those that are done")
    now = utc_now()
    row = ActionRow(
        id=new_id(),
        force_id=work.force.id,
        created_at=now,
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        text=body.text,
        owner=body.owner,
        due=body.due,
        state=ActionState.OPEN,
        outcome=None,
        closed_at=None,
        revision=1,
        changed_at=now,
        changed_by=work.actor.name,
    )
    repository.add(work.session, row)
    _audit(work, "action added", row, before=None)
    return out(row)


def change(work: Work, action_id: UUID, if_match: str | None, body: ActionPatch) -> ActionOut:
    """Change, close or open an action again; the same content again changes nothing. Raises `NotFound`, `Invalid`,
    `PreconditionRequired` or `PreconditionFailed`."""
    row = _matching(work, action_id, if_match)
    given = body.model_dump(exclude_unset=True)
    for name in ("text", "owner", "state"):
        if name in given and given[name] is None:
            raise invalid(name, None, "a value, or to be absent")
    before = _content(row)
    for name, value in given.items():
        setattr(row, name, value)
    if _content(row) == before:
        return out(row)
    now = utc_now()
    if row.state != before["state"]:
        row.closed_at = now if row.state == ActionState.CLOSED else None
    row.revision, row.changed_at, row.changed_by = row.revision + 1, now, work.actor.name
    work.session.flush()
    _audit(work, "action changed" if row.state == before["state"] else f"action {_DEED[row.state]}", row, before)
    return out(row)


_DEED = {"closed": "closed", "open": "opened again"}


def find(session: Session, force_id: UUID, action_id: UUID) -> ActionOut:
    """The action. Raises `NotFound`."""
    return out(_known(repository.find(session, force_id, action_id), action_id))


def page(session: Session, force_id: UUID, state: ActionState | None, cursor: UUID | None, size: int) -> ActionsOut:
    """Actions, newest first. Raises `Invalid` for a cursor that is none."""
    rows, following = repository.page(session, force_id, state, cursor, size)
    return ActionsOut(actions=[out(row) for row in rows], next=following)


def standing(session: Session, force_id: UUID, begin: datetime, end: datetime) -> list[ActionOut]:
    """What a day's meeting has before it: open actions, and those that were closed since the day began."""
    return [out(row) for row in repository.standing(session, force_id, begin, end)]


def tag(action: ActionOut) -> str:
    """The ETag of an action."""
    return f'"{action.id}-{action.revision}"'


def out(row: ActionRow) -> ActionOut:
    same = ("id", "text", "owner", "due", "outcome", "created_at", "changed_at", "changed_by", "closed_at", "revision")
    return ActionOut(
        **{name: getattr(row, name) for name in same}, state=ActionState(row.state), created_by=row.actor_name
    )


def _known(row: ActionRow | None, action_id: UUID) -> ActionRow:
    if row is None:
        raise NotFound(f"action {action_id} is unknown")
    return row


def _matching(work: Work, action_id: UUID, if_match: str | None) -> ActionRow:
    row = _known(repository.locked(work.session, work.force.id, action_id), action_id)
    changed = f"{row.changed_by} changed it at {row.changed_at.isoformat()}"
    require_match(if_match, tag(out(row)), f"action {action_id}", changed)
    return row


def _content(row: ActionRow) -> dict[str, Any]:
    due = None if row.due is None else row.due.isoformat()
    return {"text": row.text, "owner": row.owner, "due": due, "state": str(row.state), "outcome": row.outcome}


def _audit(work: Work, deed: str, row: ActionRow, before: dict[str, Any] | None) -> None:
    add_line(
        work.session,
        force_id=work.force.id,
        actor_id=work.actor.id,
        action=deed,
        subject=str(row.id),
        before=before,
        after=_content(row),
    )
