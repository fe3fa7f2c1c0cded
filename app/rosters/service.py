"""Rosters: requested as runs, found again, read with their certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.people import service as people
from app.requirements import service as requirements
from app.rosters import repository
from app.rosters.document import duties_from_json
from app.rosters.history import every_duty
from app.rosters.period import week_bounds
from app.rosters.repository import RosterFigures
from app.rosters.schemas import PinsIn, RosterEntry, RosterIn, RosterOut, RostersOut, Search
from app.rosters.states import RosterStatus
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.settings import settings
from app.tables import RequirementRow, RosterRow
from rostering.problem import Mode

# Rounds of one person's week for each second asked for, half of what one core does: the effort ends the search,
# the seconds left prove and place breaks. On a machine that is busier than that the search cools with the clock.
_PACE = {Mode.WEEKLY: 180, Mode.FREE: 60, Mode.REPAIR: 100}
_SHOWN = ("duties", "frozen", "carried_over", "coverage", "hours", "service", "daily", "by_week", "moves")


@dataclass(frozen=True, slots=True)
class RosterSummary:
    """A roster as a list shows it; nobody published it where `published_by` is None."""

    entry: RosterEntry
    figures: RosterFigures
    published_by: str | None
    published_at: datetime | None


def request(work: Work, body: RosterIn, idempotency_key: str | None) -> RunOut:
    """Queue a roster. Raises `NotFound` or `Conflict` where no requirement covers the weeks or nobody is there,
    `Invalid` for pins of nothing."""
    asked = body.model_dump(mode="json", by_alias=True)
    earlier = runs.earlier(work, "roster", asked, idempotency_key)
    if earlier is not None:
        return earlier
    requirement = requirements.find(work.session, work.force.id, body.requirement_id)
    if body.forecast_id not in (None, requirement.forecast_id):
        raise invalid(
            "forecast_id", str(body.forecast_id), f"{requirement.forecast_id}, which the requirement is made from"
        )
    settings = forces.current_settings(work.session, work.force.id)
    require_cover(requirement, body.week_start, body.weeks, settings.settings)
    handlers = people.all_of(work.session, work.force.id)
    if not handlers:
        raise Conflict("this force has no handlers: POST them to .../handlers first")
    if body.keep_to is not None:
        _check_kept(work, body, body.keep_to)
    if body.pinned is not None:
        _check_pins(work, body, body.pinned, {handler.ref for handler in handlers})
    inputs = {
        "week_start": body.week_start.isoformat(),
        "weeks": body.weeks,
        "mode": body.mode,
        "seconds": body.seconds,
        "effort": effort_of(body, Mode(body.mode), len(handlers), body.weeks),
        "requirement_id": str(requirement.id),
        "forecast_id": str(requirement.forecast_id),
        "settings_version": settings.version,
    }
    return runs.request(work, "roster", asked, inputs, body.seed, idempotency_key)


def effort_of(asked: Search, mode: Mode, n_handlers: int, weeks: int) -> int:
    """Rounds of search: as asked for, else what fits the seconds. A free week takes the longer the more there are."""
    weighed = weeks**2 if mode is Mode.FREE else weeks
    return asked.effort or max(1, _PACE[mode] * asked.seconds // (n_handlers * weighed))


def require_cover(requirement: RequirementRow, week_start: date, weeks: int, settings: ForceSettings) -> None:
    """Raise `Conflict` where the requirement does not cover the weeks."""
    begin, end = week_bounds(week_start, settings, weeks)
    if not (requirement.starts_at <= begin and end <= requirement.ends_at):
        span = f"the week of {week_start}" if weeks == 1 else f"the {weeks} weeks from {week_start}"
        raise Conflict(
            f"requirement {requirement.id} covers {requirement.starts_at.isoformat()} to "
            f"{requirement.ends_at.isoformat()}, not {span} ({begin.isoformat()} to {end.isoformat()}): make one for it"
        )


def _check_kept(work: Work, body: RosterIn, keep_to: UUID) -> None:
    """Raise `Invalid` for a roster of other weeks, `Conflict` for one that people were told already."""
    row = find(work.session, work.force.id, keep_to)
    if (row.week_start, row.weeks) != (body.week_start, body.weeks):
        raise invalid("keep_to", f"{row.id}, {row.weeks} weeks from {row.week_start}",
                      f"a roster of the {body.weeks} weeks from {body.week_start}")  # fmt: skip
    if row.status not in (RosterStatus.DRAFT, RosterStatus.APPROVED):
        raise Conflict(f"roster {row.id} is {row.status}: expected a draft or an approved one; repair a published one")


def _check_pins(work: Work, body: RosterIn, pins: PinsIn, refs: set[str]) -> None:
    """Raise `Invalid` for pins of another period, of nobody or of no duty."""
    row = find(work.session, work.force.id, pins.from_roster_id)
    if (row.week_start, row.weeks) != (body.week_start, body.weeks):
        raise invalid(
            "pinned.from_roster_id",
            f"{row.id}, {row.weeks} weeks from {row.week_start}",
            f"a roster of the {body.weeks} weeks from {body.week_start}",
        )
    for where, named in (("handlers", pins.handlers), ("duties", [key.handler for key in pins.duties])):
        if unknown := sorted(set(named) - refs):
            raise invalid(f"pinned.{where}", unknown[0], "a handler of the force")
    days = [*pins.dates, *(key.date for key in pins.duties)]
    if outside := [day for day in days if not body.week_start <= day < body.end]:
        raise invalid("pinned", f"{outside[0]}", f"dates from {body.week_start}, before {body.end}")
    zone = forces.settings_of_version(work.session, work.force.id, row.settings_version).zone
    worked = {(d.handler, d.start.astimezone(zone).date()) for d in duties_from_json(every_duty(row.body))}
    for key in pins.duties:
        if (key.handler, key.date) not in worked:
            raise invalid("pinned.duties", f"{key.handler} on {key.date}", f"a duty of roster {row.id}")


def find(session: Session, force_id: UUID, roster_id: UUID | None) -> RosterRow:
    """The roster, or the newest where no identifier is given. Raises `NotFound`."""
    row = repository.find(session, force_id, roster_id)
    if row is None:
        raise NotFound("no roster yet: POST to .../rosters" if roster_id is None else f"roster {roster_id} is unknown")
    return row


def page(
    session: Session,
    force_id: UUID,
    *,
    status: RosterStatus | None,
    week: date | None,
    cursor: UUID | None,
    size: int,
) -> RostersOut:
    """Stored rosters, newest first, from the one after `cursor`. Raises `Invalid` for a cursor that is none."""
    after = None if cursor is None else repository.find(session, force_id, cursor)
    if cursor is not None and after is None:
        raise invalid("cursor", str(cursor), "the `next` of an earlier page")
    rows = repository.page(session, force_id, status=status, week=week, after=after, size=size + 1)
    return RostersOut(
        rosters=[entry(row) for row in rows[:size]],
        next=rows[size - 1].id if len(rows) > size else None,
    )


def summaries(session: Session, force_id: UUID, entries: Sequence[RosterEntry]) -> list[RosterSummary]:
    """What a list says of each roster besides its weeks and its status."""
    ids = [entry.id for entry in entries]
    figures = repository.figures(session, force_id, ids)
    published = repository.publishers(session, force_id, ids)
    return [RosterSummary(one, figures[one.id], *published.get(one.id, (None, None))) for one in entries]


def etag(row: RosterRow) -> str:
    """Names this revision of the roster."""
    return tag(row.id, row.revision)


def tag(roster_id: UUID, revision: int) -> str:
    """Names a revision of a roster."""
    return f'"{roster_id}-{revision}"'


def read(session: Session, row: RosterRow) -> RosterOut:
    """The roster as it stands."""
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    body = {"by_week": {}, "moves": [], "frozen": [], "daily": {}} | {
        name: part for name, part in row.body.items() if name in _SHOWN
    }
    return RosterOut(
        **_entry(row),
        synthetic=settings.synthetic,
        certificate={name: part for name, part in row.certificate.items() if name != "problem"},
        **body,
    )


def entry(row: RosterRow) -> RosterEntry:
    """The roster without its duties."""
    return RosterEntry.model_validate(_entry(row))


def _entry(row: RosterRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RosterEntry.model_fields}


def certificate(row: RosterRow) -> dict[str, Any]:
    """The whole certificate with the problem and the duties, so that `pacesetter check` can re-check it offline."""
    return {
        "roster_id": str(row.id),
        "week_start": row.week_start.isoformat(),
        "created_at": row.created_at.isoformat(),
        **row.certificate,
        "duties": row.body["duties"],
    }


def sealed(row: RosterRow) -> None:
    """Sign the roster's certificate: to be done again whenever its duties or certificate change."""
    from app.certificates import seal  # with it a library that few requests need
    from app.certificates.keys import signing_key

    unsigned = {name: part for name, part in row.certificate.items() if name != "signature"}
    row.certificate = unsigned
    row.certificate = unsigned | {"signature": seal.signature(certificate(row), signing_key(settings()))}
