"""Feeds in and out: append-only, every value with the time that it became known."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.covariates import repository
from app.covariates.schemas import CovariateIn, CovariateReport, FeedOut, FeedsOut, FeedValuesOut
from app.database import utc_now
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from forecasting.covariates import Covariate, covariate

_MOST_FEEDS = 20


def store(work: Work, name: str, body: CovariateIn) -> CovariateReport:
    """Add the rows: all or none. Raises `Invalid`, or `Conflict` where an issue said something else."""
    now = utc_now()
    given: dict[tuple[date, datetime], float] = {}
    for i, row in enumerate(body.rows):
        issued_at = row.issued_at or body.issued_at or now
        if issued_at > now:
            raise invalid(f"rows[{i}].issued_at", issued_at.isoformat(), f"no later than now, {now.isoformat()}")
        key = row.date, issued_at.replace(microsecond=0)
        if given.setdefault(key, row.value) != row.value:
            raise invalid(
                f"rows[{i}].value", row.value, f"one value of {row.date} per issue; {given[key]:g} came first"
            )
    issues = {issued_at for _, issued_at in given}
    stored = repository.of_issues(work.session, work.force.id, name, issues)
    for (day, issued_at), value in given.items():
        if stored.get((day, issued_at), value) != value:
            raise Conflict(
                f"feed {name}: the issue of {issued_at.isoformat()} said {stored[day, issued_at]:g} of {day}, now "
                f"{value:g}: what was issued stays; give a correction an issued_at of its own"
            )
    if not stored and _is_one_too_many(work, name):
        raise Conflict(f"feed {name} would be one more than {_MOST_FEEDS}: expected at most so many")
    new = {key: value for key, value in given.items() if key not in stored}
    shared = {"force_id": work.force.id, "name": name, "recorded_at": now, "actor_id": work.actor.id}
    repository.add(
        work.session,
        [shared | {"day": day, "issued_at": issued_at, "value": value} for (day, issued_at), value in new.items()],
    )
    days = [day for day, _ in given]
    if new:
        add_line(
            work.session,
            force_id=work.force.id,
            actor_id=work.actor.id,
            action="covariate values",
            subject=name,
            inserted=len(new),
            first=min(days).isoformat(),
            last=max(days).isoformat(),
            last_issue=max(issues).isoformat(),
        )
    return CovariateReport(
        name=name,
        inserted=len(new),
        unchanged=len(given) - len(new),
        first=min(days),
        last=max(days),
        warnings=_warnings(given),
    )


def feeds(session: Session, force_id: UUID, weeks: int) -> FeedsOut:
    """Every feed, and whether it covers the next `weeks` from today."""
    zone = forces.current_settings(session, force_id).settings.zone
    today = utc_now().astimezone(zone).date()
    out = []
    for span in repository.spans(session, force_id):
        dates = repository.dates_from(session, force_id, span.name, today)
        covered = today
        while covered in dates:
            covered += timedelta(days=1)
        out.append(
            FeedOut(
                name=span.name,
                first=span.first,
                last=span.last,
                n_dates=span.n_dates,
                last_issue=span.last_issue,
                covered_until=covered - timedelta(days=1) if covered > today else None,
                is_late=covered < today + timedelta(weeks=weeks),
            )
        )
    return FeedsOut(weeks=weeks, feeds=out)


def values(
    session: Session, force_id: UUID, name: str, known_by: datetime | None, first: date | None, last: date | None
) -> FeedValuesOut:
    """What the feed said by `known_by`, now where absent. Raises `NotFound` for a feed that has never come."""
    if name not in [span.name for span in repository.spans(session, force_id)]:
        raise NotFound(f"there is no feed {name!r}: POST its values to .../covariates/{name}")
    at = known_by or utc_now()
    rows = repository.known(session, force_id, name, at, first, last)
    return FeedValuesOut(
        name=name,
        known_by=at,
        date=[day for day, _, _ in rows],
        value=[value for _, value, _ in rows],
        issued_at=[issued_at for _, _, issued_at in rows],
    )


def known(session: Session, force_id: UUID, known_by: datetime) -> tuple[Covariate, ...]:
    """Every feed as it was stored by `known_by`, with all its issues: what a forecast takes."""
    found = repository.recorded(session, force_id, known_by)
    return tuple(covariate(name, rows) for name, rows in found.items())


def _is_one_too_many(work: Work, name: str) -> bool:
    names = {span.name for span in repository.spans(work.session, work.force.id)}
    return name not in names and len(names) >= _MOST_FEEDS


def _warnings(given: dict[tuple[date, datetime], float]) -> list[str]:
    late = [day for day, issued_at in given if day < issued_at.date() - timedelta(days=1)]
    if not late:
        return []
    return [
        f"values issued two days or more after their date: {len(late)}, of {min(late)} to {max(late)}; forecasts can't "
        "learn from them as if they had been known: give past values the issued_at that they had"
    ]
