"""Scores in the database: added, never changed; the newest of each week counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, distinct, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, defer

from app.tables import ForecastRow, ForecastScoreRow

PRODUCT = "pacesetter"

_SUMS = (
    "n_intervals", "offered", "predicted", "abs_error", "floor_error", "floor_calls", "n_days", "daily_offered",
    "daily_abs_error", "crps", "inside_80", "inside_95", "days_inside_80",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of the scores of one queue, lead week (0: all) and model, see `ForecastScoreRow`.

    `product_abs_error` is what the product's own forecasts missed in the same weeks.
    """

    queue: str
    lead_week: int
    model: str
    n_forecasts: int
    product_abs_error: float
    n_intervals: int
    offered: float
    predicted: float
    abs_error: float
    floor_error: float
    floor_calls: float
    n_days: int
    daily_offered: float
    daily_abs_error: float
    crps: float | None
    inside_80: int | None
    inside_95: int | None
    days_inside_80: int | None


def add(session: Session, rows: Sequence[ForecastScoreRow]) -> None:
    session.add_all(rows)
    session.flush()


def forecasts_within(
    session: Session, force_id: UUID, since: datetime | None, until: datetime | None
) -> list[ForecastRow]:
    """Forecasts whose span touches since..until (absent: all), oldest first; arrays are loaded only when touched."""
    query = _within(force_id, since, until).options(defer(ForecastRow.arrays))
    return list(session.scalars(query.order_by(ForecastRow.created_at, ForecastRow.id)))


def any_forecast_within(session: Session, force_id: UUID, since: datetime | None, until: datetime | None) -> bool:
    return bool(session.scalar(select(_within(force_id, since, until).exists())))


def _within(force_id: UUID, since: datetime | None, until: datetime | None) -> Select[ForecastRow]:
    query = select(ForecastRow).where(ForecastRow.force_id == force_id)
    if since is not None:
        query = query.where(ForecastRow.ends_at > since)
    return query if until is None else query.where(ForecastRow.starts_at < until)


def newest_digests(session: Session, force_id: UUID, forecasts: Sequence[UUID]) -> dict[tuple[UUID, str, int], str]:
    """Digest of the calls that were last scored, by forecast, queue and lead week."""
    score = ForecastScoreRow
    key = (score.forecast_id, score.queue, score.lead_week)
    query = (
        select(*key, score.actuals_digest)
        .where(score.force_id == force_id, score.model == PRODUCT, score.forecast_id.in_(forecasts))
        .ext(distinct_on(*key))
        .order_by(*key, score.scored_at.desc())
    )
    return {(forecast, queue, week): digest for forecast, queue, week, digest in session.execute(query)}


def sums(
    session: Session, force_id: UUID, *, kind: str, queue: str | None, since: datetime | None, until: datetime | None
) -> list[Sums]:
    """Sums over the scored weeks inside since..until, by queue, lead week and model, and over all lead weeks (0).

    Of several forecasts of one kind and origin the newest counts, and of several scorings of it the last.
    """
    score, forecast = ForecastScoreRow, ForecastRow
    same = (forecast.origin, score.queue, score.lead_week, score.model)
    newest = (
        select(score)
        .join(forecast, forecast.id == score.forecast_id)
        .where(score.force_id == force_id, forecast.kind == kind)
        .ext(distinct_on(*same))
        .order_by(*same, forecast.created_at.desc(), forecast.id.desc(), score.scored_at.desc())
    )
    if queue is not None:
        newest = newest.where(score.queue == queue)
    if since is not None:
        newest = newest.where(score.starts_at >= since)
    if until is not None:
        newest = newest.where(score.ends_at <= until)
    counted = newest.cte("counted")
    own = counted.alias("own")
    is_same_week = (
        (own.c.forecast_id == counted.c.forecast_id)
        & (own.c.queue == counted.c.queue)
        & (own.c.lead_week == counted.c.lead_week)
    )
    key = (counted.c.queue, counted.c.model)
    week = func.coalesce(counted.c.lead_week, 0)  # null in the rows that sum over all lead weeks
    query = (
        select(
            counted.c.queue,
            week,
            counted.c.model,
            func.count(distinct(counted.c.forecast_id)),
            func.sum(own.c.abs_error),
            *(func.sum(counted.c[name]) for name in _SUMS),
        )
        .join(own, is_same_week & (own.c.model == PRODUCT))
        .group_by(func.grouping_sets(tuple_(*key, counted.c.lead_week), tuple_(*key)))
        .order_by(counted.c.queue, week, counted.c.model)
    )
    return [Sums(*row) for row in session.execute(query)]
