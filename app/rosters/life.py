"""A roster's life: draft, approved, published, superseded. Each step names the revision that it means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work, require
from app.audit.repository import add_line
from app.database import utc_now
from app.errors import Conflict, Forbidden, NotFound
from app.evaluations import service as evaluations
from app.evaluations.schemas import DecisionKind
from app.forces import service as forces
from app.identity.roles import Permission
from app.if_match import require_match
from app.rosters import notice, repository
from app.rosters.predicted import predictions_of
from app.rosters.schemas import ChangeOut, ChangesOut, PublishedOut, PublishIn
from app.rosters.service import entry, etag, sealed
from app.rosters.states import APPROVED, PUBLISHED, SUPERSEDED, RosterStatus, SwapStatus
from app.runs import service as runs
from app.tables import RosterChangeRow, RosterRow
from app.webhooks import outbox


def matching(work: Work, roster_id: UUID, if_match: str | None) -> RosterRow:
    """The roster, locked, in the revision that `if_match` names.

    Raises `NotFound`, `PreconditionRequired` or `PreconditionFailed`.
    """
    row = repository.locked(work.session, work.force.id, roster_id)
    if row is None:
        raise NotFound(f"roster {roster_id} is unknown")
    done = repository.changes(work.session, row.id)
    since = f"{done[-1].actor_name} {done[-1].action} it at {done[-1].created_at.isoformat()}" if done else ""
    require_match(if_match, etag(row), f"roster {roster_id}", since)
    return row


def approve(work: Work, roster_id: UUID, if_match: str | None, reason: str | None) -> RosterRow:
    """Approve a draft. Raises as `matching`, `Conflict` for any other status, `Forbidden` where the force's settings
    want a second person and this one asked for the roster or edited it."""
    row = matching(work, roster_id, if_match)
    _require_status(row, RosterStatus.DRAFT, "approve")
    _require_another(work, row)
    record(work, row, APPROVED, reason, {}, status=RosterStatus.APPROVED)
    return row


def publish(work: Work, roster_id: UUID, if_match: str | None, body: PublishIn) -> PublishedOut:
    """Publish an approved roster; the published one that it is based on is superseded.

    Raises as `matching`; `Conflict` where it is not approved, another published roster has one of its weeks, or it
    changes what people were told with too little notice and without their agreement; `Forbidden` where the settings
    want a second person and this one approved it; `Invalid` for consent to nothing.
    """
    row = matching(work, roster_id, if_match)
    _require_status(row, RosterStatus.APPROVED, "publish")
    _require_another(work, row)
    beside = _published_beside(work.session, row)
    for other in beside:
        if other.id != row.based_on:
            raise Conflict(
                f"roster {other.id} of {other.week_start} ({other.weeks} weeks) is published and shares a week with "
                f"roster {row.id}: supersede it first, or repair it"
            )
        if (other.week_start, other.weeks) != (row.week_start, row.weeks):
            raise Conflict(
                f"roster {row.id} is based on roster {other.id}, which covers other weeks: expected the same"
            )
    found = notice.notice_of(work.session, row, utc_now())
    notice.require_notice(row, found, body)
    for other in beside:
        _end(work, other, f"roster {row.id} was published in its place", {"by_roster": str(row.id)})
    details = notice.as_data(found, body)
    record(work, row, PUBLISHED, body.reason, details, status=RosterStatus.PUBLISHED)
    told = {"revision": row.revision, "at": utc_now().isoformat(), "by": work.actor.name, "reason": body.reason}
    _enter(work, row, body.reason)
    row.certificate = row.certificate | {"publication": told | details}
    sealed(row)
    return PublishedOut(**entry(row).model_dump(), replaces=list(found.replaces), notice=details["notice"])


def _enter(work: Work, row: RosterRow, reason: str | None) -> None:
    """Keep the published roster's predicted daily results, to be compared with those that come."""
    evaluations.enter(
        work,
        DecisionKind.ROSTER,
        f"roster {row.id}",
        f"{row.mode} roster of {row.weeks} weeks from {row.week_start} published",
        reason,
        {
            "roster_id": row.id,
            "revision": row.revision,
            "requirement_id": row.requirement_id,
            "forecast_id": row.forecast_id,
            "settings_version": row.settings_version,
        },
        predictions_of(row, forces.settings_of_version(work.session, row.force_id, row.settings_version).zone),
    )


def supersede(work: Work, roster_id: UUID, if_match: str | None, reason: str) -> RosterRow:
    """Take a roster out of use; of an approved or published one a manager. Raises as `matching`, `Forbidden`, and
    `Conflict` where it is superseded already."""
    row = matching(work, roster_id, if_match)
    if row.status == RosterStatus.SUPERSEDED:
        raise Conflict(f"roster {row.id} is superseded already")
    require_may_change(work, row)
    _end(work, row, reason, {})
    return row


def _end(work: Work, row: RosterRow, reason: str | None, details: Mapping[str, Any]) -> None:
    """Take it out of use, and with it the swaps that wait: they would be of duties that nobody has any more."""
    waiting = [
        swap for swap in repository.swaps(work.session, row.id) if swap.status in (SwapStatus.ASKED, SwapStatus.OPEN)
    ]
    for swap in waiting:
        swap.status, swap.reason = SwapStatus.DECLINED, "its roster is out of use"
        swap.decided_at, swap.decided_by = utc_now(), work.actor.name
    ended = {"swaps_declined": [str(swap.id) for swap in waiting]} if waiting else {}
    record(work, row, SUPERSEDED, reason, {**details, **ended}, status=RosterStatus.SUPERSEDED)


def require_may_change(work: Work, row: RosterRow) -> None:
    """Raise `Forbidden` where the roster is approved or published and the actor no manager."""
    if row.status in (RosterStatus.APPROVED, RosterStatus.PUBLISHED):
        require(work.actor, Permission.MANAGE)


def record(
    work: Work,
    row: RosterRow,
    action: str,
    reason: str | None,
    details: Mapping[str, Any],
    *,
    status: RosterStatus | None = None,
) -> None:
    """Make this the roster's next revision, with a line of the audit."""
    before = {"revision": row.revision, "status": row.status}
    row.revision += 1
    if status is not None:
        row.status = status
    change = RosterChangeRow(
        force_id=row.force_id,
        roster_id=row.id,
        revision=row.revision,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        action=action,
        reason=reason,
        details=dict(details),
    )
    repository.add_change(work.session, change)
    add_line(
        work.session,
        force_id=row.force_id,
        actor_id=work.actor.id,
        action=f"roster {action}",
        subject=str(row.id),
        revision=row.revision,
        reason=reason,
        before=before,
        after={"revision": row.revision, "status": row.status},
        **details,
    )
    outbox.roster_changed(work.session, row, action)


def changes(session: Session, row: RosterRow) -> ChangesOut:
    """What was done to the roster since it was made, oldest first."""
    return ChangesOut(
        changes=[
            ChangeOut(revision=done.revision, at=done.created_at, by=done.actor_name, action=done.action,
                      reason=done.reason, details=done.details)
            for done in repository.changes(session, row.id)
        ]
    )  # fmt: skip


def barred(work: Work, row: RosterRow) -> str | None:
    """Why this person may not take the next step of a draft or an approved roster: the force's settings want a second
    one. None where they may."""
    if not _second_person(work):
        return None
    done = repository.changes(work.session, row.id)
    if row.status == RosterStatus.APPROVED:
        approval = [one for one in done if one.action == APPROVED][-1]
        if approval.actor_id != work.actor.id:
            return None
        return (f"{work.actor.name!r} approved roster {row.id}: this force's settings want another person to "
                "publish it")  # fmt: skip
    involved = {runs.get(work.session, row.run_id).actor_id: "asked for it"}
    involved |= {one.actor_id: f"{one.action} it" for one in done
                 if one.action not in (APPROVED, PUBLISHED, SUPERSEDED)}  # fmt: skip
    if row.status != RosterStatus.DRAFT or work.actor.id not in involved:
        return None
    return (f"{work.actor.name!r} {involved[work.actor.id]}: this force's settings want another person "
            f"to approve roster {row.id}")  # fmt: skip


def _require_another(work: Work, row: RosterRow) -> None:
    why = barred(work, row)
    if why is not None:
        raise Forbidden(why)


def _second_person(work: Work) -> bool:
    return forces.current_settings(work.session, work.force.id).settings.publication.second_person


def _require_status(row: RosterRow, wanted: RosterStatus, verb: str) -> None:
    if row.status != wanted:
        raise Conflict(f"roster {row.id} is {row.status}: expected {wanted} to {verb} it")


def _published_beside(session: Session, row: RosterRow) -> list[RosterRow]:
    """Other published rosters that share a week, locked."""
    until = row.week_start + timedelta(weeks=row.weeks)
    heads = repository.heads(session, row.force_id, row.week_start, until)
    others = [head.id for head in heads if head.status == RosterStatus.PUBLISHED and head.id != row.id]
    found = (repository.locked(session, row.force_id, other) for other in others)
    return [other for other in found if other is not None]
