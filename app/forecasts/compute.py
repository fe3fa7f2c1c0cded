"""The forecast run's computation, in a child process: knows the library, not the database."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.forecasts.handling import learned_handling
from app.forecasts.repository import packed
from app.forecasts.run import Inputs, Result
from app.runs.child import Report
from app.versions import versions
from forecasting.calendar import Calendar
from forecasting.covariates import Covariate
from forecasting.demand import forecast
from forecasting.handling_mix import Part
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
        events=inputs.events.all,
        covariates=inputs.covariates,
        known_by=inputs.known_by,
        progress=lambda share, step: report(0.9 * share, step),
    )
    report(0.92, "learning handling times")
    handling, handling_described = zip(
        *(learned_handling(inputs, q, _measured(inputs, q), calendar, result) for q in result.queues), strict=True
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
            "handling": {
                queue: _fingerprint_of_types(inputs, queue) for queue in result.queues if inputs.handling[queue]
            },
            "events": {str(event.id): event.version for event in inputs.events.versions},
            "covariates": {feed.name: _fingerprint_of_feed(feed) for feed in inputs.covariates},
            "known_by": inputs.known_by.isoformat(),
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
            "notes": [*result.notes, *inputs.events.notes, *(note for one in handling for note in one.notes)],
            "handling": dict(zip(result.queues, handling_described, strict=True)),
            "effects": [asdict(effect) for effect in result.effects],
            "cleaning": [
                {"queue": n.queue, "start": n.start.isoformat(), "end": n.end.isoformat(), "reason": n.reason}
                for n in result.cleaning
            ],
        },
        arrays=packed(result, handling, shadows),
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


def _fingerprint_of_feed(feed: Covariate) -> dict[str, Any]:
    """The same of a partner's feed, with all its issues."""
    digest = sha256(feed.dates.tobytes() + feed.values.tobytes() + feed.issued_s.tobytes())
    return {"rows": feed.values.size, "sha256": digest.hexdigest()}


def _measured(inputs: Inputs, queue: str) -> Part:
    """Talk plus wrap-up [s] and answered calls of a queue."""
    columns = inputs.columns[queue]
    wrap_s = np.where(np.isnan(columns["wrap_s"]), 0.0, columns["wrap_s"])
    return _series(inputs, queue, columns["talk_s"] + wrap_s), _series(inputs, queue, columns["answered"])


def _fingerprint_of_types(inputs: Inputs, queue: str) -> dict[str, Any]:
    """The same of its handling times by call type."""
    histories, digest = inputs.handling[queue], sha256()
    for name, history in histories.items():
        digest.update(name.encode() + np.array([start.timestamp() for start in history.starts]).tobytes())
        digest.update(history.answered.tobytes() + history.handled_s.tobytes())
    return {"rows": sum(len(history.starts) for history in histories.values()), "sha256": digest.hexdigest()}
