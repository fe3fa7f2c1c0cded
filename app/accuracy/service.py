"""Accuracy: scoring asked for as runs, measures formed from the sums that they stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.access import Work
from app.accuracy import repository
from app.accuracy.repository import PRODUCT, Sums
from app.accuracy.schemas import DEFINITIONS, SHADOWS, AccuracyOut, AccuracyRow, Model
from app.errors import invalid
from app.forces import repository as forces
from app.forecasts.schemas import ForecastKind
from app.identity.service import Actor
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import RunRow

CSV_COLUMNS = (
    "queue", "lead_week", "model", "n_forecasts", "offered_calls", "wape", "bias", "wape_daily", "floor",
    "multiple_of_floor", "excess_over_floor", "crps", "pit80", "pit95", "day80",
    *(f"wape_over_{shadow}" for shadow in SHADOWS),
)  # fmt: skip

_HINT = (
    "no {kind} forecast has met its calls yet: a week is scored once POST .../calls has brought the calls of all of it"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which scored weeks are summed up; absent: all."""

    kind: ForecastKind
    queue: str | None
    model: Model | None
    since: datetime | None
    until: datetime | None


def request(work: Work, since: datetime | None = None, until: datetime | None = None) -> RunOut | None:
    """Queue the scoring of forecasts whose span touches since..until (absent: all); None where there are none.

    In the transaction of an import, so that calls never come without their scores.
    """
    if not repository.any_forecast_within(work.session, work.force.id, since, until):
        return None
    inputs = {
        "since": None if since is None else since.isoformat(),
        "until": None if until is None else until.isoformat(),
    }
    return runs.request(work, "score", {}, inputs, 0)


def follow(session: Session, run: RunRow) -> None:
    """Queue another run for what `run` has left, on behalf of the same actor."""
    actor = Actor(run.actor_id, "", frozenset(), run.force_id)
    work = Work(session, actor, forces.by_id(session, run.force_id))
    runs.request(work, "score", {}, {name: run.inputs[name] for name in ("since", "until")}, 0)


def accuracy(work: Work, choice: Choice) -> AccuracyOut:
    """Measures by queue, lead week and model. Raises `Invalid` for a span without length."""
    if choice.since is not None and choice.until is not None and choice.since >= choice.until:
        raise invalid("from", choice.since.isoformat(), f"a time before 'to' ({choice.until.isoformat()})")
    sums = repository.sums(
        work.session, work.force.id, kind=choice.kind, queue=choice.queue, since=choice.since, until=choice.until
    )
    ratios = {(s.queue, s.lead_week, s.model): _ratio(s.product_abs_error, s.abs_error) for s in sums}
    rows = [_row(s, ratios) for s in sums if choice.model in (None, s.model)]
    hint = None if rows else _HINT.format(kind=choice.kind)
    return AccuracyOut(kind=choice.kind, rows=rows, hint=hint, definitions=DEFINITIONS)


def csv_rows(told: AccuracyOut) -> list[list[object]]:
    """The rows in the order of `CSV_COLUMNS`."""
    plain = [row.model_dump(mode="json") for row in told.rows]
    return [
        [row[name] for name in CSV_COLUMNS[: -len(SHADOWS)]] + [row["wape_over"].get(shadow) for shadow in SHADOWS]
        for row in plain
    ]


def _row(sums: Sums, ratios: dict[tuple[str, int, str], float | None]) -> AccuracyRow:
    wape, floor = _ratio(sums.abs_error, sums.offered), _ratio(sums.floor_error, sums.floor_calls)
    both = wape is not None and floor is not None
    over = {
        shadow: ratios[sums.queue, sums.lead_week, shadow]
        for shadow in SHADOWS
        if sums.model == PRODUCT and (sums.queue, sums.lead_week, shadow) in ratios
    }
    return AccuracyRow(
        queue=sums.queue,
        lead_week=sums.lead_week,
        model=Model(sums.model),
        n_forecasts=sums.n_forecasts,
        offered_calls=sums.offered,
        wape=wape,
        bias=_ratio(sums.predicted - sums.offered, sums.offered),
        wape_daily=_ratio(sums.daily_abs_error, sums.daily_offered),
        floor=floor,
        multiple_of_floor=_ratio(wape, floor) if both else None,
        excess_over_floor=_rounded(wape - floor) if wape is not None and floor is not None else None,
        crps=_ratio(sums.crps, sums.n_intervals),
        pit80=_ratio(sums.inside_80, sums.n_intervals),
        pit95=_ratio(sums.inside_95, sums.n_intervals),
        day80=_ratio(sums.days_inside_80, sums.n_days),
        wape_over=over,
    )


def _ratio(part: float | None, whole: float | None) -> float | None:
    return _rounded(part / whole) if part is not None and whole else None


def _rounded(value: float) -> float:
    return round(value, 6)
