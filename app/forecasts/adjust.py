"""A planner's multiplier on a span of a forecast: a new forecast of which mean and sample paths carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.access import Work
from app.audit.repository import add_line
from app.calls.service import INTERVAL
from app.database import new_id, utc_now
from app.errors import Conflict, invalid
from app.evaluations import service as evaluations
from app.evaluations.metrics import Metric
from app.evaluations.schemas import DecisionKind, Method, Source
from app.evaluations.service import Said
from app.forecasts import repository, service
from app.forecasts.schemas import AdjustmentIn, AdjustmentOut, AdjustmentsOut, ForecastKind
from app.tables import ForecastRow
from forecasting.calendar import local_dates
from forecasting.forecast import Forecast
from forecasting.intraday import day_factor

_MOST_CALLS = 100_000  # expected in a quarter-hour: more than any control room's day
BEFORE = "before"  # the shadow that tells what a forecast said before it was adjusted


def adjust(work: Work, row: ForecastRow, body: AdjustmentIn) -> AdjustmentsOut:
    """Store the adjusted forecast beside the one that it is based on. Raises `Invalid` for a span or queue that the
    forecast does not have, `Conflict` for a refreshed forecast."""
    _refuse_intraday(row)
    stored = repository.opened(row)
    span = _checked_span(stored.forecast, body)
    queues = _checked_queues(stored.forecast, body.queue)
    _check_size(stored.forecast.mean[queues, span], body.multiplier)
    earlier = row.description.get("adjustments", [])
    result = multiplied(stored.forecast, queues, span, body.multiplier, seed=[row.description["seed"], len(earlier)])
    made_id, now = new_id(), utc_now()
    # A planner may know calls that the forecast did not: it is not judged on the weeks that hold them.
    known_until = max(row.origin, service.known_until(work.session, row.force_id))
    adjustment = AdjustmentOut.model_validate(
        {
            "forecast_id": made_id,
            "based_on": row.id,
            "queue": body.queue,
            "from": body.since,
            "to": body.until,
            "multiplier": body.multiplier,
            "reason": body.reason,
            "actor_id": work.actor.id,
            "actor": work.actor.name,
            "at": now,
            "calls": _change(stored.forecast, result, span),
        }
    ).model_dump(mode="json", by_alias=True)
    made = ForecastRow(
        id=made_id,
        force_id=row.force_id,
        run_id=row.run_id,
        created_at=now,
        origin=row.origin,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        settings_version=row.settings_version,
        kind=ForecastKind.ADJUSTED,
        based_on=row.id,
        inputs=row.inputs | {"known_until": known_until.isoformat()},
        description=row.description | {"adjustments": [*earlier, adjustment]},
        arrays=repository.repacked(
            row.arrays, row.starts_at, result, {} if earlier else {BEFORE: stored.forecast.mean}
        ),
    )
    repository.add(work.session, made)
    add_line(
        work.session,
        force_id=row.force_id,
        actor_id=work.actor.id,
        action="forecast adjusted",
        subject=str(made_id),
        reason=body.reason,
        before={"forecast_id": str(row.id)},
        after={"forecast_id": str(made_id)},
        adjustment=adjustment,
    )
    evaluations.enter(
        work,
        DecisionKind.ADJUSTMENT,
        f"forecast {row.id}",
        f"{body.queue or 'all queues'} from {body.since.isoformat()} to {body.until.isoformat()}: times "
        f"{body.multiplier:g}",
        body.reason,
        {"forecast_id": made_id, "based_on": row.id, "settings_version": row.settings_version},
        _predicted(stored.forecast, result, queues, body),
    )
    return chain(made)


def chain(row: ForecastRow) -> AdjustmentsOut:
    """The adjustments that made a forecast, oldest first, with the expected calls before and after all of them."""
    _refuse_intraday(row)
    adjustments = row.description.get("adjustments", [])
    stored = repository.opened(row)
    original = stored.shadows[BEFORE] if adjustments else stored.forecast.mean
    return AdjustmentsOut.model_validate(
        service.entry(row).model_dump()
        | {
            "original_id": adjustments[0]["based_on"] if adjustments else row.id,
            "calls": _totals(stored.forecast.queues, original, stored.forecast.mean),
            "adjustments": adjustments,
        }
    )


def _predicted(before: Forecast, after: Forecast, queues: Sequence[int], body: AdjustmentIn) -> list[Said]:
    """The adjusted calls of the span with their 90% interval, beside what was expected without the adjustment."""
    metrics = {metric.queue: metric for metric in (Metric.OFFERED_999, Metric.OFFERED_101)}
    without, part = (one.window(body.since, body.until) for one in (before, after))
    said = []
    for queue in queues:
        if (name := part.queues[queue]) in metrics:
            lower, upper = np.quantile(part.paths[:, queue].sum(axis=-1, dtype=np.int64), (0.05, 0.95))
            said.append(
                Said(
                    metric=metrics[name],
                    method=Method.DIRECT,
                    source=Source.PRODUCT,
                    starts_at=part.start,
                    ends_at=part.end,
                    predicted=float(part.mean[queue].sum()),
                    lower=float(lower),
                    upper=float(upper),
                    without=float(without.mean[queue].sum()),
                )
            )
    return said


def multiplied(
    forecast: Forecast, queues: Sequence[int], span: slice, multiplier: float, *, seed: Sequence[int]
) -> Forecast:
    """The forecast with `multiplier` times the calls of `queues` (rows) in `span` (intervals).

    Paths stay whole calls with the right mean: below 1 each call is kept with that probability (binomial thinning).
    Above 1 Poisson calls are added at (multiplier - 1) times the path's own rate, its day factor being estimated from
    the calls of the path's day; so a busy day gets more, and the day factor's relative spread stays as it was.
    """
    rng = np.random.default_rng(np.random.SeedSequence(list(seed)))
    mean, paths = forecast.mean.copy(), forecast.paths.copy()
    dates = local_dates(forecast.start, forecast.interval_s, forecast.intervals, forecast.timezone)
    _, firsts, day = np.unique(dates, return_index=True, return_inverse=True)
    for queue in queues:
        mean[queue, span] *= multiplier
        if multiplier <= 1:
            paths[:, queue, span] = rng.binomial(paths[:, queue, span], multiplier)
            continue
        calls = np.add.reduceat(forecast.paths[:, queue], firsts, axis=-1, dtype=np.int64)
        expected = np.add.reduceat(forecast.mean[queue], firsts)
        factor = day_factor(calls, expected, forecast.day_cv[queue, firsts] ** 2, 1.0)
        added = (multiplier - 1) * forecast.mean[queue, span] * factor[:, day[span]]
        paths[:, queue, span] += rng.poisson(added).astype(paths.dtype)
    return replace(forecast, mean=mean, paths=paths)


def _refuse_intraday(row: ForecastRow) -> None:
    if row.kind == ForecastKind.INTRADAY:
        raise Conflict(f"forecast {row.id} is the rest of a day, refreshed by its calls: see forecast {row.based_on}")


def _checked_span(forecast: Forecast, body: AdjustmentIn) -> slice:
    asked = f"{body.since.isoformat()} to {body.until.isoformat()}"
    if not forecast.start <= body.since < body.until <= forecast.end:
        inside = f"{forecast.start.isoformat()} to {forecast.end.isoformat()}"
        raise invalid("from, to", asked, f"a span inside the forecast, {inside}")
    if (body.since - forecast.start) % INTERVAL or (body.until - forecast.start) % INTERVAL:
        raise invalid("from, to", asked, "times on the quarter-hour")
    return slice((body.since - forecast.start) // INTERVAL, (body.until - forecast.start) // INTERVAL)


def _checked_queues(forecast: Forecast, queue: str | None) -> Sequence[int]:
    if queue is None:
        return range(len(forecast.queues))
    if queue not in forecast.queues:
        raise invalid("queue", queue, f"one of {', '.join(forecast.queues)}")
    return [forecast.queues.index(queue)]


def _check_size(mean: NDArray[np.float64], multiplier: float) -> None:
    """Multipliers of multipliers must stay within what sample paths can hold."""
    if mean.max() * multiplier > _MOST_CALLS:
        raise invalid(
            "multiplier",
            multiplier,
            f"at most {_MOST_CALLS} calls a quarter-hour after it, not {mean.max() * multiplier:.0f}",
        )


def _change(before: Forecast, after: Forecast, span: slice) -> dict[str, Any]:
    return _totals(before.queues, before.mean[:, span], after.mean[:, span])


def _totals(queues: Sequence[str], before: NDArray[np.float64], after: NDArray[np.float64]) -> dict[str, Any]:
    return {
        name: {"before": round(float(before[q].sum()), 2), "after": round(float(after[q].sum()), 2)}
        for q, name in enumerate(queues)
    }
