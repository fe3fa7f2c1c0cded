"""Rolling origins: what the forecast would have said then, scored against what came, beside its peers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forecasting import scores
from forecasting.calendar import Calendar
from forecasting.covariates import Covariate
from forecasting.days import fold
from forecasting.demand import MAX_WEEKS, forecast
from forecasting.errors import ForecastingError, HorizonInvalid
from forecasting.events import Event
from forecasting.forecast import Forecast, Grain
from forecasting.models import four_week_mean, seasonal_naive
from forecasting.series import DAY_S, IntervalSeries

PRODUCT, FOUR_WEEK_MEAN, SEASONAL_NAIVE = "pacesetter", "four_week_mean", "seasonal_naive"
_LEVEL = 0.8
_WEEK_S = 7 * DAY_S


@dataclass(frozen=True, slots=True)
class Score:
    """One row: a model's forecast of one queue, made at ``origin``, for one lead week (1 is the first).

    ``offered_calls`` actual calls of the scored intervals; ``wape``, ``bias``, ``wape_daily`` over them and over
    their local days; ``floor`` the noise floor of the product's mean. For the product alone: ``crps`` [calls per
    interval], ``pit_80`` share of intervals, and ``day_80`` share of whole local days, inside the central 80%
    interval by randomised PIT; None for peers, which state no uncertainty.
    """

    origin: datetime
    lead_week: int
    queue: str
    model: str
    offered_calls: float
    wape: float
    bias: float
    wape_daily: float
    floor: float
    crps: float | None = None
    pit_80: float | None = None
    day_80: float | None = None


def backtest(
    history: Mapping[str, IntervalSeries],
    calendar: Calendar,
    *,
    weeks: int = 4,
    origins: int = 6,
    n_paths: int = 500,
    seed: int,
    events: Sequence[Event] = (),
    covariates: Sequence[Covariate] = (),
    progress: Callable[[float, str], None] | None = None,
) -> tuple[Score, ...]:
    """Forecast from ``origins`` past instants, ``weeks`` apart, the last one ``weeks`` before the history's end.

    Calls, feeds and effects are those known at each origin. That an ``events`` entry stood in the calendar by then is
    taken for granted: give only those that did.

    Returns
    -------
    rows : one per origin (oldest first), queue, lead week and model

    Raises
    ------
    HorizonInvalid : ``origins`` or ``weeks`` is out of range
    ForecastingError : as `forecast`, such as HistoryTooShort at the first origin
    """
    if origins < 1 or not 1 <= weeks <= MAX_WEEKS:
        raise HorizonInvalid(f"origins {origins} and weeks {weeks}: expected at least 1, and 1 to {MAX_WEEKS}")
    if not history:
        raise ForecastingError("history holds no queue: expected at least one")
    end = max(series.end for series in history.values())
    rows: list[Score] = []
    for step in range(origins):
        origin = calendar.weeks_later(end, -weeks * (origins - step))
        if progress is not None:
            progress(step / origins, f"forecasting from {origin.date().isoformat()}")
        known = {queue: series.until(origin) for queue, series in history.items()}
        made = forecast(known, calendar, weeks=weeks, n_paths=n_paths, seed=seed, events=events, covariates=covariates)
        for row, queue in enumerate(made.queues):
            actual = _ahead(history[queue], made)
            rows += _product_rows(made, row, actual, seed)
            rows += _peer_rows(made, row, actual, known[queue], calendar)
    return tuple(rows)


def _ahead(series: IntervalSeries, made: Forecast) -> NDArray[np.float64]:
    first = int((made.start - series.start).total_seconds()) // series.interval_s
    return series.values[first : first + made.intervals]


def _product_rows(made: Forecast, row: int, actual: NDArray[np.float64], seed: int) -> list[Score]:
    rng = np.random.default_rng(np.random.SeedSequence([seed, row]))
    interval_pit = scores.pit(actual, made.paths[:, row], rng)
    day = _day_index(made)
    day_pit = scores.pit(*_day_totals(made, row, actual, day), rng)
    return [
        replace(
            _score(made, row, week, PRODUCT, actual, made.mean[row]),
            crps=scores.crps(actual[part], made.paths[:, row, part]),
            pit_80=scores.pit_coverage(interval_pit[part], _LEVEL),
            day_80=scores.pit_coverage(day_pit[np.unique(day[part])], _LEVEL),
        )
        for week, part in enumerate(_lead_weeks(made))
    ]


def _day_totals(
    made: Forecast, row: int, actual: NDArray[np.float64], day: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Calls of each day (days,) and their sample paths (paths, days), both over the intervals whose actual is known."""
    known = ~np.isnan(actual)
    firsts = np.flatnonzero(np.diff(day, prepend=-1))
    paths = np.add.reduceat(np.where(known, made.paths[:, row], 0), firsts, axis=-1, dtype=np.int64)
    totals = _sums(day, np.where(known, actual, 0.0))
    # A day cut by an edge of the horizon is shorter than even the spring day: it is no day total.
    is_whole = _sums(day, np.full(day.size, made.interval_s)) >= 23 * 3600
    return np.where(is_whole & (_sums(day, known) > 0), totals, np.nan), paths


def _peer_rows(
    made: Forecast, row: int, actual: NDArray[np.float64], known: IntervalSeries, calendar: Calendar
) -> list[Score]:
    table = fold(known.values, calendar.grid(known.start, known.interval_s, known.values.size), calendar)
    ahead = calendar.grid(made.start, made.interval_s, made.intervals)
    peers = {
        FOUR_WEEK_MEAN: four_week_mean.fit(table).forecast(ahead),
        SEASONAL_NAIVE: seasonal_naive.fit(table).forecast(ahead),
    }
    weeks = range(len(_lead_weeks(made)))
    return [_score(made, row, week, peer, actual, predicted) for peer, predicted in peers.items() for week in weeks]


def _score(
    made: Forecast, row: int, week: int, model: str, actual: NDArray[np.float64], predicted: NDArray[np.float64]
) -> Score:
    """The row of one model and lead week (``week`` from 0), without what only sample paths can tell."""
    part = _lead_weeks(made)[week]
    day = _day_index(made)[part] - _day_index(made)[part][0]
    known = ~np.isnan(actual[part])
    return Score(
        origin=made.origin,
        lead_week=week + 1,
        queue=made.queues[row],
        model=model,
        offered_calls=float(np.nansum(actual[part])),
        wape=scores.wape(actual[part], predicted[part]),
        bias=scores.bias(actual[part], predicted[part]),
        wape_daily=scores.wape(
            _sums(day, np.nan_to_num(actual[part])), _sums(day, np.where(known, predicted[part], 0.0))
        ),
        floor=scores.noise_floor(made.mean[row, part]),
    )


def _lead_weeks(made: Forecast) -> list[slice]:
    """The intervals of each lead week: seven local days, the last week with what a late start leaves over."""
    n_weeks = max(round(made.intervals * made.interval_s / _WEEK_S), 1)
    firsts = np.searchsorted(_day_index(made), 7 * np.arange(1, n_weeks)).tolist()
    return [slice(first, last) for first, last in pairwise([0, *firsts, made.intervals])]


def _day_index(made: Forecast) -> NDArray[np.int64]:
    """Which local day of the forecast each interval belongs to, (intervals,), from 0."""
    starts = [int(start.timestamp()) for start in made.aggregate(Grain.DAY).starts]
    utc_s = int(made.start.timestamp()) + made.interval_s * np.arange(made.intervals)
    return np.searchsorted(starts, utc_s, side="right") - 1


def _sums(day: NDArray[np.int64], values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Sum of ``values`` (intervals,) by day, (days,)."""
    return np.asarray(np.bincount(day, values), dtype=np.float64)
