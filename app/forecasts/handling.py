"""The forecast run's handling times, in a child process: by call type where a force knows its calls by type."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.forecasts.run import Inputs
from app.handling.repository import TypeHistory
from forecasting.calendar import Calendar
from forecasting.errors import HistoryTooShort
from forecasting.forecast import Forecast
from forecasting.handling_mix import Part, mixed_handling_time
from forecasting.handling_time import HandlingTime, handling_time
from forecasting.series import IntervalSeries

_INTERVAL_S = 900
_ASSUMED_CV = 0.1  # how sure a force may be of a handling time that it has not measured
_LATE = timedelta(weeks=4)


def learned_handling(
    inputs: Inputs, queue: str, measured: Part, calendar: Calendar, ahead: Forecast
) -> tuple[HandlingTime, dict[str, Any]]:
    """Handling time of a queue over the forecast, and its description: by call type, else from the queue's own times
    (`measured`: talk plus wrap-up [s] and answered calls), else as the force's settings assume."""
    found = _by_type(inputs, queue, calendar, ahead) or _of_queue(inputs, queue, measured, calendar, ahead)
    source, handling = found or ("settings", _assumed(inputs, queue, ahead))
    if handling.call_cv is None:
        spread = inputs.settings.handling_time_cv
        note = (
            f"spread of single calls is taken from the settings, {spread:g} of the mean, since history does not show it"
        )
        handling = replace(handling, call_cv=spread, notes=(*handling.notes, note))
    description = {
        "source": source,
        "mean_s": round(handling.overall_s, 1),
        "level_cv": round(handling.level_cv, 4),
        "call_cv": round(handling.call_cv or 0.0, 3),
        "types": [
            {
                "call_type": level.name,
                "calls": level.n_calls,
                "share": round(level.share, 4),
                "mean_s": round(level.mean_s, 1),
                "cv": round(level.cv, 4),
                "pooled": level.is_pooled,
            }
            for level in handling.types
        ],
    }
    return replace(handling, notes=tuple(f"queue {queue}: {note}" for note in handling.notes)), description


def _by_type(inputs: Inputs, queue: str, calendar: Calendar, ahead: Forecast) -> tuple[str, HandlingTime] | None:
    histories = inputs.handling.get(queue, {})
    if not histories:
        return None
    parts = _on_one_grid(histories)
    try:
        found = mixed_handling_time(parts, calendar, start=ahead.start, intervals=ahead.intervals)
    except HistoryTooShort:
        return None
    notes = list(found.notes)
    end = next(iter(parts.values()))[1].end
    if ahead.start - end > _LATE:
        notes.append(f"handling times by call type end at {end.isoformat()}: later ones would be surer")
    without_wrap = sorted(name for name, history in histories.items() if not history.has_wrap)
    if without_wrap:
        notes.append(f"handling time is talk alone of call types {', '.join(without_wrap)}: wrap-up comes on top")
    return "call types", replace(found, notes=tuple(notes))


def _of_queue(
    inputs: Inputs, queue: str, measured: Part, calendar: Calendar, ahead: Forecast
) -> tuple[str, HandlingTime] | None:
    try:
        found = handling_time(*measured, calendar, start=ahead.start, intervals=ahead.intervals)
    except HistoryTooShort:
        return None
    if np.isnan(inputs.columns[queue]["wrap_s"]).all():
        note = "handling time is talk alone, since history has no wrap_s: wrap-up comes on top"
        found = replace(found, notes=(*found.notes, note))
    return "queue", found


def _assumed(inputs: Inputs, queue: str, ahead: Forecast) -> HandlingTime:
    queues = inputs.settings.queues
    assumed = (queues.emergency if queue == "999" else queues.non_emergency).mean_handling_s
    return HandlingTime(
        mean_s=np.full(ahead.intervals, assumed),
        mean_cv=np.full(ahead.intervals, _ASSUMED_CV),
        overall_s=assumed,
        level_cv=_ASSUMED_CV,
        call_cv=None,
        notes=(
            f"handling time assumed to be {assumed:g} s, give or take {_ASSUMED_CV:.0%}, since history has too few",
        ),
    )


def _on_one_grid(histories: dict[str, TypeHistory]) -> dict[str, Part]:
    """Seconds and calls of each type from the first to the last interval of any; absent rows are no calls."""
    first = min(history.starts[0] for history in histories.values())
    last = max(history.starts[-1] for history in histories.values())
    size = int((last - first).total_seconds()) // _INTERVAL_S + 1
    parts = {}
    for name, history in histories.items():
        at = [int((start - first).total_seconds()) // _INTERVAL_S for start in history.starts]
        series = []
        for values in (history.handled_s, history.answered):
            grid: NDArray[np.float64] = np.zeros(size)
            grid[at] = values
            series.append(IntervalSeries(first, _INTERVAL_S, grid))
        parts[name] = (series[0], series[1])
    return parts
