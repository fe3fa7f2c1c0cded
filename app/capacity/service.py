"""Capacity: plans requested as runs and read back, and the dated pay table."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.capacity import pay, repository
from app.capacity.overtime import structural
from app.capacity.schemas import (
    CapacitiesOut,
    CapacityEntry,
    CapacityIn,
    CapacityOut,
    OvertimeOut,
    PayTableIn,
    PayTableOut,
)
from app.database import utc_now
from app.errors import NotFound, invalid
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts import service as forecasts
from app.if_match import require_match
from app.people import service as people
from app.requirements.service import INTERVAL
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import CapacityRow, PayTableRow

_WEEK = timedelta(weeks=1)
POST_WEEK_H, POST_AWAY = 37.0, 0.17  # paid hours of a full-time post, and the share away by plan: as `PostIn` has them


def request(work: Work, body: CapacityIn, idempotency_key: str | None) -> RunOut:
    """Queue a capacity plan. Raises `NotFound` for an unknown forecast, `Invalid` for a base week outside it, people
    that nobody has told, or a kind of call whose share nobody knows."""
    asked = body.model_dump(mode="json", by_alias=True)
    earlier = runs.earlier(work, "capacity", asked, idempotency_key)
    if earlier is not None:
        return earlier
    forecast = forecasts.find(work.session, work.force.id, body.forecast_id)
    settings = forces.current_settings(work.session, work.force.id)
    missing = {"999", "101"} - set(forecast.description["queues"])
    if missing:
        raise invalid("forecast_id", str(forecast.id), f"a forecast of 999 and 101: it has no {sorted(missing)[0]}")
    since = body.since or forecast.starts_at
    until = (since.astimezone(settings.settings.zone) + _WEEK).astimezone(since.tzinfo)
    if (since - forecast.starts_at) % INTERVAL or not forecast.starts_at <= since < until <= forecast.ends_at:
        raise invalid("from", since.isoformat(), "the start of a week on the quarter-hour inside forecast "
                      f"{forecast.id}, {forecast.starts_at.isoformat()} to {forecast.ends_at.isoformat()}")  # fmt: skip
    n_people = None
    if body.pipeline is not None:
        n_people = body.pipeline.people or len(people.all_of(work.session, work.force.id))
        if n_people == 0:
            raise invalid("pipeline.people", None, "the trained people there are: the force has no handlers stored")
    _check_kinds(body, settings.settings)
    table = repository.pay_table(work.session, work.force.id)
    inputs = {
        "forecast_id": str(forecast.id),
        "from": since.isoformat(),
        "to": until.isoformat(),
        "settings_version": settings.version,
        "pay_table_version": None if table is None else table.version,
        "people": n_people,
    }
    return runs.request(work, "capacity", asked, inputs, body.seed, idempotency_key)


def _check_kinds(body: CapacityIn, settings: ForceSettings) -> None:
    """Raise `Invalid` where a kind has no share, or those of a queue make more than its calls."""
    known = {(category.name, category.queue): category.share for category in settings.categories}
    likely = {"999": 0.0, "101": 0.0}
    for i, kind in enumerate(body.failure_demand):
        share = kind.share or known.get((kind.name, kind.queue))
        if share is None:
            names = ", ".join(name for name, queue in known if queue == kind.queue) or "none"
            raise invalid(f"failure_demand[{i}].share", None, f"its share, or the name of one of the settings' "
                          f"categories of {kind.queue}: {names}")  # fmt: skip
        likely[kind.queue] += share.likely
    for queue, total in likely.items():
        if total > 1 + 1e-9:
            raise invalid("failure_demand", f"kinds of {queue} with shares that add up to {total:g}", "at most 1")


def find(session: Session, force_id: UUID, plan_id: UUID | None) -> CapacityOut:
    """The plan, or the newest. Raises `NotFound`."""
    row = repository.find(session, force_id, plan_id)
    if row is None:
        raise NotFound("no capacity plan yet: POST to .../capacity" if plan_id is None
                       else f"capacity plan {plan_id} is unknown")  # fmt: skip
    return CapacityOut(**_entry(row).model_dump(), **row.figures)


def newest(session: Session, force_id: UUID, size: int) -> CapacitiesOut:
    return CapacitiesOut(plans=[_entry(row) for row in repository.newest(session, force_id, size)])


def _entry(row: CapacityRow) -> CapacityEntry:
    return CapacityEntry.model_validate({name: getattr(row, name) for name in CapacityEntry.model_fields})


def pay_table(session: Session, force_id: UUID) -> PayTableRow:
    """The newest pay table. Raises `NotFound`."""
    row = repository.pay_table(session, force_id)
    if row is None:
        raise NotFound("no pay table yet: PUT it to .../pay-table")
    return row


def pay_etag(row: PayTableRow) -> str:
    """Names this version of the pay table."""
    return f'"pay-{row.version}"'


def store_pay_table(work: Work, body: PayTableIn, if_match: str | None) -> PayTableRow:
    """Store a new version; the same table again changes nothing. Gaps are told, and nothing moves to fill them.

    Raises `Invalid` for two rates of a grade on one date, `PreconditionRequired` or `PreconditionFailed` where a table
    stands and `if_match` does not name it.
    """
    pay.require_apart(body.rates)
    current = repository.pay_table(work.session, work.force.id)
    if current is not None:
        stored = f"{current.actor_name} stored version {current.version} at {current.created_at.isoformat()}"
        require_match(if_match, pay_etag(current), "the pay table", stored)
    content = body.model_dump(mode="json")
    if current is not None and current.body == content:
        return current
    row = PayTableRow(
        force_id=work.force.id,
        version=1 if current is None else current.version + 1,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        body=content,
    )
    repository.add(work.session, row)
    before = None if current is None else current.body
    add_line(work.session, force_id=work.force.id, actor_id=work.actor.id, action="pay table",
             subject=f"version {row.version}", before=before, after=content)  # fmt: skip
    return row


def shown(row: PayTableRow) -> PayTableOut:
    body = PayTableIn.model_validate(row.body)
    return PayTableOut(
        version=row.version, created_at=row.created_at, by=row.actor_name, rates=body.rates, gaps=pay.gaps(body.rates)
    )


def overtime(session: Session, force_id: UUID, weeks: int, least_weeks: int, least_h: float) -> OvertimeOut:
    """Structural overtime of the newest published and recorded weeks. Raises `Invalid` for a longer row of weeks than
    are looked at, `NotFound` without any."""
    if least_weeks > weeks:
        raise invalid("least_weeks", least_weeks, f"at most the {weeks} weeks that are looked at")
    return structural(session, force_id, weeks, least_weeks, least_h, POST_WEEK_H * (1 - POST_AWAY))


def month_after(first: date, n: int) -> date:
    """First day of the month `n` months after that of `first`."""
    at = first.year * 12 + first.month - 1 + n
    return date(at // 12, at % 12 + 1, 1)
