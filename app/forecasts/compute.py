"""The forecast run's computation, in a child process: knows the library, not the database."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.forecasts.repository import packed
from app.forecasts.run import Inputs, Result
from app.runs.child import Report
from app.versions import versions
from forecasting.calendar import Calendar
from forecasting.demand import forecast
from forecasting.errors import HistoryTooShort
from forecasting.forecast import Forecast
from forecasting.handling_time import handling_time
from forecasting.series import IntervalSeries, regular_series
from forecasting.shadows import shadow_means

_INTERVAL_S = 900


def compute(inputs: Inputs, report: Report) -> Result:
    """Forecast calls and handling times of every queue."""
    settings = inputs.settings
    calendar = Calendar(settings.timezone, settings.country, settings.subdivision)
    history = {queue: _series(inputs, queue, inputs.columns[queue]["offered"]) for queue in inputs.starts}
    result = forecast(
        history,
        calendar,
        weeks=inputs.weeks,
        n_paths=inputs.n_paths,
        seed=inputs.seed,
        progress=lambda share, step: report(0.9 * share, step),
    )
    report(0.92, "learning handling times")
    handling, handling_notes = zip(
        *(_handling(inputs, queue, calendar, result) for queue in result.queues), strict=True
    )
    report(0.95, "asking the models in its shadow")
    shadows = shadow_means(history, calendar, result.start, result.intervals, seed=inputs.seed)
    report(0.98, "packing")
    return Result(
        origin=result.origin,
        starts_at=result.start,
        ends_at=result.end,
        inputs={
            "settings_version": inputs.settings_version,
            "history": {queue: _fingerprint(inputs, queue) for queue in result.queues},
            "known_until": result.origin.isoformat(),
            "seed": inputs.seed,
            "versions": versions(),
        },
        description={
            "queues": list(result.queues),
            "interval_s": result.interval_s,
            "timezone": result.timezone,
            "weeks": inputs.weeks,
            "paths": inputs.n_paths,
            "seed": inputs.seed,
            "history": {q: [s.start.isoformat(), s.end.isoformat()] for q, s in history.items()},
            "notes": [*result.notes, *(note for notes in handling_notes for note in notes)],
            "cleaning": [
                {"queue": n.queue, "start": n.start.isoformat(), "end": n.end.isoformat(), "reason": n.reason}
                for n in result.cleaning
            ],
        },
        arrays=packed(result, np.array(handling), shadows),
    )


def _series(inputs: Inputs, queue: str, values: NDArray[np.float64]) -> IntervalSeries:
    """The column on a regular grid up to the common end of history; what is absent is missing, not zero."""
    series = regular_series(inputs.starts[queue], values, interval_s=_INTERVAL_S)
    size = int((inputs.until - series.start).total_seconds()) // _INTERVAL_S
    padding = np.full(max(size - series.values.size, 0), np.nan)
    return IntervalSeries(series.start, _INTERVAL_S, np.concatenate([series.values, padding])[:size])


def _fingerprint(inputs: Inputs, queue: str) -> dict[str, Any]:
    """What was read of a queue: its span, number of rows, and a digest that any other value would change."""
    starts, columns = inputs.starts[queue], inputs.columns[queue]
    digest = sha256(np.array([start.timestamp() for start in starts]).tobytes())
    for name in sorted(columns):
        digest.update(name.encode() + np.ascontiguousarray(columns[name]).tobytes())
    span = {"from": starts[0].isoformat(), "to": inputs.until.isoformat()}
    return span | {"rows": len(starts), "sha256": digest.hexdigest()}


def _handling(
    inputs: Inputs, queue: str, calendar: Calendar, ahead: Forecast
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Mean handling time per interval ahead (intervals,) [s]; the force's assumption where history has too little."""
    columns = inputs.columns[queue]
    wrap_s = np.where(np.isnan(columns["wrap_s"]), 0.0, columns["wrap_s"])
    try:
        learned = handling_time(
            _series(inputs, queue, columns["talk_s"] + wrap_s),
            _series(inputs, queue, columns["answered"]),
            calendar,
            start=ahead.start,
            intervals=ahead.intervals,
        )
    except HistoryTooShort:
        queues = inputs.settings.queues
        assumed = (queues.emergency if queue == "999" else queues.non_emergency).mean_handling_s
        note = f"queue {queue}: handling time assumed to be {assumed:g} s, since history has too few"
        return np.full(ahead.intervals, assumed), (note,)
    if np.isnan(columns["wrap_s"]).all():
        note = f"queue {queue}: handling time is talk alone, since history has no wrap_s: wrap-up comes on top"
        return learned.mean_s, (*learned.notes, note)
    return learned.mean_s, learned.notes
