"""The capacity run's ends in the database: the base week, people, pay and last year's months in, the plan out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.capacity import repository
from app.capacity.schemas import CapacityIn, PayRate, PayTableIn
from app.capacity.service import month_after
from app.database import new_id, utc_now
from app.forces.schemas import ForceSettings
from app.requirements.expected import Expected, expected
from app.requirements.service import QUEUES
from app.runs.outcome import Stored
from app.tables import CapacityRow, RunRow

_WHOLE = 0.98  # of a month's quarter-hours, from which its calls are known well enough


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a plan is computed from. `months`: first days; `last_year`: daily calls (999, 101) of the same month a year
    or two before, None where the history does not have them; `rates` None: no pay table."""

    asked: CapacityIn
    expected: Expected
    people: int | None
    months: tuple[date, ...]
    last_year: tuple[tuple[float, float] | None, ...]
    rates: tuple[PayRate, ...] | None
    settings: ForceSettings


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    figures: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    inputs = run.inputs
    asked = CapacityIn.model_validate(inputs["asked"])
    since, until = (datetime.fromisoformat(inputs[name]) for name in ("from", "to"))
    known = expected(session, run.force_id, UUID(inputs["forecast_id"]), since, until, inputs["settings_version"])
    first = known.local_starts[0].date() if asked.first_month is None else date.fromisoformat(f"{asked.first_month}-01")
    months = tuple(month_after(first, n) for n in range(asked.months))
    version = inputs["pay_table_version"]
    table = None if version is None else repository.pay_table(session, run.force_id, version)
    return Inputs(
        asked=asked,
        expected=known,
        people=inputs["people"],
        months=months,
        last_year=_last_year(session, run.force_id, months, since, known.settings) if asked.pipeline else (),
        rates=None if table is None else tuple(PayTableIn.model_validate(table.body).rates),
        settings=known.settings,
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    row = CapacityRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        settings_version=run.inputs["settings_version"],
        name=run.inputs["asked"]["name"],
        starts_at=datetime.fromisoformat(run.inputs["from"]),
        ends_at=datetime.fromisoformat(run.inputs["to"]),
        figures=result.figures,
    )
    repository.add(session, row)
    return Stored({"capacity_id": str(row.id)})


def _last_year(
    session: Session, force_id: UUID, months: tuple[date, ...], known_by: datetime, settings: ForceSettings
) -> tuple[tuple[float, float] | None, ...]:
    """Calls a day of the newest recorded month of the same name before the base week, by queue."""
    since = datetime.combine(month_after(months[0], -37), time(), settings.zone)
    by_queue = [
        repository.offered_by_month(session, force_id, queue, since, known_by, settings.timezone) for queue in QUEUES
    ]
    found: list[tuple[float, float] | None] = []
    for month in months:
        told = None
        for back in (12, 24, 36):
            same = month_after(month, -back)
            days = (month_after(same, 1) - same) / timedelta(days=1)
            each = [of.get((same.year, same.month)) for of in by_queue]
            if all(one is not None and one[1] >= _WHOLE * 96 * days for one in each):
                told = (each[0][0] / days, each[1][0] / days)  # type: ignore[index]
                break
        found.append(told)
    return tuple(found)
