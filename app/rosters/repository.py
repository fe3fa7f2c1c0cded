"""Rosters, their changes and swap requests in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session, defer

from app.results import one_or_newest
from app.rosters.states import EDITED, PUBLISHED, SWAPPED, RosterStatus, SwapStatus
from app.tables import RosterChangeRow, RosterRow, SwapRow


@dataclass(frozen=True, slots=True)
class RosterHead:
    """A stored roster without its body."""

    id: UUID
    week_start: date
    weeks: int
    status: str
    created_at: datetime

    def covers(self, monday: date) -> bool:
        """Whether the week from `monday` is one of the roster's."""
        return self.week_start <= monday < self.week_start + timedelta(weeks=self.weeks)


@dataclass(frozen=True, slots=True)
class PublishedDuties:
    """A published roster's duties as stored, without all else."""

    id: UUID
    week_start: date
    weeks: int
    duties: list[dict[str, Any]]
    frozen: list[dict[str, Any]]
    carried_over: list[dict[str, Any]]

    @property
    def mondays(self) -> list[date]:
        """Of its weeks."""
        return [self.week_start + timedelta(weeks=week) for week in range(self.weeks)]


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A step of a roster's life that may have changed what people were told."""

    roster_id: UUID
    revision: int
    at: datetime
    action: str
    reason: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RosterFigures:
    """What a list says of a roster: its tiers, its simulated service, how many rules it breaks."""

    solver: dict[str, Any] | None
    service: dict[str, Any] | None
    n_violations: int


@dataclass(frozen=True, slots=True)
class DutySpan:
    """A stored duty without its activities."""

    roster_id: UUID
    handler: str
    start: datetime
    end: datetime


def add(session: Session, row: RosterRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, roster_id: UUID | None) -> RosterRow | None:
    """The roster with this identifier, or the newest."""
    return one_or_newest(session, RosterRow, force_id, roster_id)


def revision(session: Session, force_id: UUID, roster_id: UUID) -> int | None:
    """The roster's revision, without all else of it."""
    query = select(RosterRow.revision).where(RosterRow.force_id == force_id, RosterRow.id == roster_id)
    return session.scalars(query).one_or_none()


def locked(session: Session, force_id: UUID, roster_id: UUID) -> RosterRow | None:
    """The roster, locked until the transaction ends."""
    query = select(RosterRow).where(RosterRow.force_id == force_id, RosterRow.id == roster_id)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def heads(session: Session, force_id: UUID, first: date, until: date) -> list[RosterHead]:
    """Rosters that are not superseded and share a week with first <= Monday < until, oldest first."""
    query = (
        select(RosterRow.id, RosterRow.week_start, RosterRow.weeks, RosterRow.status, RosterRow.created_at)
        .where(RosterRow.force_id == force_id, RosterRow.status != RosterStatus.SUPERSEDED)
        .where(RosterRow.week_start < until, RosterRow.week_start + 7 * RosterRow.weeks > first)
        .order_by(RosterRow.created_at, RosterRow.id)
    )
    return [RosterHead(*row) for row in session.execute(query)]


def published_duties(session: Session, force_id: UUID, first: date, until: date) -> list[PublishedDuties]:
    """Duties of the published rosters that share a date with first <= date < until, in order of their weeks."""
    parts = (RosterRow.body[name] for name in ("duties", "frozen", "carried_over"))
    query = (
        select(RosterRow.id, RosterRow.week_start, RosterRow.weeks, *parts)
        .where(RosterRow.force_id == force_id, RosterRow.status == RosterStatus.PUBLISHED)
        .where(RosterRow.week_start < until, RosterRow.week_start + 7 * RosterRow.weeks > first)
        .order_by(RosterRow.week_start)
    )
    # Rosters from before there were repairs have no frozen duties.
    return [
        PublishedDuties(roster_id, week_start, weeks, duties, frozen or [], carried_over)
        for roster_id, week_start, weeks, duties, frozen, carried_over in session.execute(query)
    ]


def daily_figures(session: Session, force_id: UUID, day: date) -> dict[str, Any]:
    """The predicted days of the published roster that covers a date, by figure; empty where there is none."""
    query = (
        select(RosterRow.body["daily"])
        .where(RosterRow.force_id == force_id, RosterRow.status == RosterStatus.PUBLISHED)
        .where(RosterRow.week_start <= day, RosterRow.week_start + 7 * RosterRow.weeks > day)
        .order_by(RosterRow.created_at.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none() or {}


def once_published(session: Session, force_id: UUID, first: date, until: date) -> list[RosterRow]:
    """Rosters once published that share a week with first <= Monday < until, last published first, no certificates."""
    query = (
        select(RosterRow)
        .join(RosterChangeRow, RosterChangeRow.roster_id == RosterRow.id)
        .where(RosterRow.force_id == force_id, RosterChangeRow.action == PUBLISHED)
        .where(RosterRow.week_start < until, RosterRow.week_start + 7 * RosterRow.weeks > first)
        .order_by(RosterChangeRow.created_at.desc(), RosterRow.id)
        .options(defer(RosterRow.certificate))
    )
    return list(session.scalars(query))


def of_ids(session: Session, force_id: UUID, roster_ids: Iterable[UUID]) -> dict[UUID, RosterRow]:
    """These rosters, by identifier."""
    query = select(RosterRow).where(RosterRow.force_id == force_id, RosterRow.id.in_(set(roster_ids)))
    return {row.id: row for row in session.scalars(query)}


def weekly_figures(
    session: Session, force_id: UUID, roster_ids: Iterable[UUID]
) -> dict[UUID, tuple[dict[str, Any] | None, dict[str, int]]]:
    """What each roster's people bear by week, None in old rosters, and their paid minutes of the whole."""
    query = select(RosterRow.id, RosterRow.body["by_week"], RosterRow.body["paid_min"])
    found = session.execute(query.where(RosterRow.force_id == force_id, RosterRow.id.in_(set(roster_ids))))
    return {roster_id: (by_week, paid) for roster_id, by_week, paid in found}


def figures(session: Session, force_id: UUID, roster_ids: Collection[UUID]) -> dict[UUID, RosterFigures]:
    """Figures of these rosters without their duties and problems."""
    query = select(
        RosterRow.id,
        RosterRow.certificate["solver"],
        RosterRow.body["service"],
        func.jsonb_array_length(RosterRow.certificate["rules"]["violations"]),
    ).where(RosterRow.force_id == force_id, RosterRow.id.in_(set(roster_ids)))
    return {
        roster_id: RosterFigures(solver, service, n or 0) for roster_id, solver, service, n in session.execute(query)
    }


def publishers(session: Session, force_id: UUID, roster_ids: Collection[UUID]) -> dict[UUID, tuple[str, datetime]]:
    """Who published each of these rosters, and when; those that never were are absent."""
    query = (
        select(RosterChangeRow.roster_id, RosterChangeRow.actor_name, RosterChangeRow.created_at)
        .where(RosterChangeRow.force_id == force_id, RosterChangeRow.roster_id.in_(set(roster_ids)))
        .where(RosterChangeRow.action == PUBLISHED)
        .order_by(RosterChangeRow.revision)
    )
    return {roster_id: (name, at) for roster_id, name, at in session.execute(query)}


def page(
    session: Session,
    force_id: UUID,
    *,
    status: str | None,
    week: date | None,
    after: RosterRow | None,
    size: int,
) -> list[RosterRow]:
    """Rosters without body and certificate, newest first, from the one after `after`."""
    query = select(RosterRow).where(RosterRow.force_id == force_id)
    if status is not None:
        query = query.where(RosterRow.status == status)
    if week is not None:
        query = query.where(RosterRow.week_start <= week, RosterRow.week_start + 7 * RosterRow.weeks > week)
    if after is not None:
        query = query.where(tuple_(RosterRow.created_at, RosterRow.id) < (after.created_at, after.id))
    query = query.options(defer(RosterRow.body), defer(RosterRow.certificate))
    return list(session.scalars(query.order_by(RosterRow.created_at.desc(), RosterRow.id.desc()).limit(size)))


def told_changes(session: Session, force_id: UUID, first: date, until: date) -> list[ToldChange]:
    """What was done to rosters with a week of first <= Monday < until that can have changed what people were told."""
    query = (
        select(
            RosterChangeRow.roster_id,
            RosterChangeRow.revision,
            RosterChangeRow.created_at,
            RosterChangeRow.action,
            RosterChangeRow.reason,
            RosterChangeRow.details,
        )
        .join(RosterRow, RosterRow.id == RosterChangeRow.roster_id)
        .where(RosterRow.force_id == force_id, RosterChangeRow.action.in_((PUBLISHED, EDITED, SWAPPED)))
        .where(RosterRow.week_start < until, RosterRow.week_start + 7 * RosterRow.weeks > first)
        .order_by(RosterChangeRow.created_at, RosterChangeRow.roster_id, RosterChangeRow.revision)
    )
    return [ToldChange(*row) for row in session.execute(query)]


def duty_spans(session: Session, roster_ids: Collection[UUID], handler: str | None = None) -> list[DutySpan]:
    """Every duty of these rosters' periods, or one handler's: handler, start and end alone."""
    if not roster_ids:
        return []
    query = text(
        'select r.id, d.handler, d.start, d."end" from rosters r, '
        "jsonb_to_recordset((r.body->'duties') || coalesce(r.body->'frozen', '[]'::jsonb)) "
        'as d(handler text, start timestamptz, "end" timestamptz) where r.id = any(:ids) '
        "and (cast(:handler as text) is null or d.handler = :handler) order by d.start, d.handler"
    )
    return [DutySpan(*row) for row in session.execute(query, {"ids": list(roster_ids), "handler": handler})]


def handler_of(session: Session, roster_ids: Collection[UUID], ref: str) -> dict[UUID, tuple[str, dict[str, Any]]]:
    """Mode of each of these rosters, and the handler as its problem has them; rosters without them are absent."""
    if not roster_ids:
        return {}
    query = text(
        "select id, mode, jsonb_path_query_first(certificate, '$.problem.handlers[*] ? (@.ref == $ref)', "
        "jsonb_build_object('ref', cast(:ref as text))) from rosters where id = any(:ids)"
    )
    rows = session.execute(query, {"ids": list(roster_ids), "ref": ref})
    return {roster_id: (mode, handler) for roster_id, mode, handler in rows if handler is not None}


def add_change(session: Session, row: RosterChangeRow) -> None:
    session.add(row)
    session.flush()


def changes(session: Session, roster_id: UUID) -> list[RosterChangeRow]:
    """What was done to the roster, oldest first."""
    query = select(RosterChangeRow).where(RosterChangeRow.roster_id == roster_id).order_by(RosterChangeRow.revision)
    return list(session.scalars(query))


def add_swap(session: Session, row: SwapRow) -> None:
    session.add(row)
    session.flush()


def swaps(session: Session, roster_id: UUID) -> Sequence[SwapRow]:
    """The roster's swap requests, oldest first."""
    query = select(SwapRow).where(SwapRow.roster_id == roster_id).order_by(SwapRow.created_at, SwapRow.id)
    return list(session.scalars(query))


def open_swaps(session: Session, force_id: UUID) -> list[tuple[int, SwapRow]]:
    """Requests that wait for a decision, each with its roster's revision, oldest first."""
    query = (
        select(RosterRow.revision, SwapRow)
        .join_from(SwapRow, RosterRow, RosterRow.id == SwapRow.roster_id)
        .where(SwapRow.force_id == force_id, SwapRow.status == SwapStatus.OPEN)
        .order_by(SwapRow.created_at, SwapRow.id)
    )
    return [(revision, swap) for revision, swap in session.execute(query)]


def locked_swap(session: Session, roster_id: UUID, swap_id: UUID) -> SwapRow | None:
    """The swap request, locked until the transaction ends."""
    query = select(SwapRow).where(SwapRow.roster_id == roster_id, SwapRow.id == swap_id)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()
