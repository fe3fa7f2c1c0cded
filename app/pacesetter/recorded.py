"""What came in a span, and what had been forecast for it, on one grid of quarter-hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.calls import repository as call_rows
from app.calls.service import INTERVAL
from app.forecasts import repository as forecast_rows
from app.intraday.schemas import Range
from forecasting.forecast import path_quantiles

QUEUES = ("999", "101")
LEVEL = 0.90  # of the forecast's interval
COLUMNS = (
    "offered", "answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s", "abandoned",
    "talk_s", "wrap_s", "answered_wait_s", "handlers_staffed",
)  # fmt: skip
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Columns (intervals,) of each queue from `start` on, NaN where not recorded."""

    start: datetime
    columns: dict[str, dict[str, Floats]]

    def places(self, since: datetime, until: datetime) -> slice:
        """Quarter-hours of a span within this one."""
        return slice((since - self.start) // INTERVAL, (until - self.start) // INTERVAL)

    def n_known(self, queue: str, span: slice) -> int:
        """Quarter-hours of the span that are recorded."""
        return int(np.count_nonzero(~np.isnan(self.columns[queue]["offered"][span])))

    def total(self, queue: str, column: str, span: slice) -> float | None:
        """Sum over the recorded quarter-hours; None where one of them does not count the column, or there are none."""
        known = ~np.isnan(self.columns[queue]["offered"][span])
        values = self.columns[queue][column][span][known]
        return None if not values.size or bool(np.isnan(values).any()) else float(values.sum())

    def ratio(self, queue: str, above: str, below: str, span: slice) -> float | None:
        """Ratio of two totals; None where either is not known, or there is nothing to divide by."""
        part, whole = self.total(queue, above, span), self.total(queue, below, span)
        return part / whole if part is not None and whole else None


@dataclass(frozen=True, slots=True, eq=False)
class Foreseen:
    """A forecast's part of a span from `start` on: mean calls and handling times [s] (queues, intervals), sample paths
    (paths, queues, intervals), queues in the order of `QUEUES`."""

    forecast_id: UUID
    start: datetime
    mean: Floats
    handling_s: Floats
    paths: NDArray[np.int32]

    def calls(self, queue: str, known: NDArray[np.bool_], first: int) -> Range | None:
        """Calls in the quarter-hours `known` (n,) from place `first` on; None where the forecast ends before."""
        span = slice(first, first + known.size)
        if span.stop > self.mean.shape[1] or not known.any():
            return None
        q = QUEUES.index(queue)
        totals = self.paths[:, q, span][:, known].sum(axis=1, dtype=np.int64)
        lower, upper = path_quantiles(totals, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()
        return Range(mean=round(float(self.mean[q, span][known].sum()), 1), lower=lower, upper=upper)

    def handling(self, queue: str, span: slice) -> float | None:
        """Mean handling time of the calls expected in a span [s]."""
        q = QUEUES.index(queue)
        if span.stop > self.mean.shape[1]:
            return None
        calls = self.mean[q, span]
        return float(calls @ self.handling_s[q, span] / calls.sum()) if calls.sum() > 0 else None


def recorded(session: Session, force_id: UUID, since: datetime, until: datetime) -> Recorded:
    """Both queues from `since` to `until`, quarter-hours of UTC."""
    n = (until - since) // INTERVAL
    columns: dict[str, dict[str, Floats]] = {}
    for queue in QUEUES:
        starts, values = call_rows.read(session, force_id, queue, COLUMNS, since=since, until=until)
        places = np.array([(start - since) // INTERVAL for start in starts], dtype=np.int64)
        columns[queue] = {name: np.full(n, np.nan) for name in COLUMNS}
        for name in COLUMNS:
            columns[queue][name][places] = values[name]
    return Recorded(since, columns)


def foreseen(session: Session, force_id: UUID, since: datetime, until: datetime) -> Foreseen | None:
    """What the forecast that knew most, but nothing after `since`, said of the span; None where there is none of both
    queues."""
    row = forecast_rows.find(session, force_id, covering=since, origin_by=since)
    if row is None or not set(QUEUES) <= set(row.description["queues"]):
        return None
    stored = forecast_rows.opened(row)
    whole = stored.forecast
    part = whole.window(since, min(until, whole.end))
    order = [whole.queues.index(queue) for queue in QUEUES]
    first = (since - whole.start) // timedelta(seconds=whole.interval_s)
    return Foreseen(
        row.id,
        since,
        part.mean[order],
        stored.handling_s[order, first : first + part.intervals],
        part.paths[:, order],
    )
