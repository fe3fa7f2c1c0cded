"""Rolling origins of a series, and which of them choose designs and which are reported."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.files import Counts, FileInvalid
from forecasting.series import IntervalSeries

MIN_HISTORY_DAYS = 14


@dataclass(frozen=True, slots=True)
class Origin:
    """A forecast's origin as a position in the series: it knows ``[:first]`` and is scored on ``[first:last]``."""

    first: int
    last: int

    @property
    def scored(self) -> slice:
        return slice(self.first, self.last)


def rolling(counts: Counts, n: int, *, weeks: int, spacing_days: int | None = None) -> list[Origin]:
    """``n`` origins, the last one ``weeks`` before the data's end, ``spacing_days`` apart (``weeks`` if not given).

    Steps are local: a week over a clock change is an hour shorter or longer.

    Raises
    ------
    FileInvalid : the first origin would leave less than two weeks of history
    """
    series = counts.series
    end = series.end
    apart = spacing_days or 7 * weeks
    found = []
    for back in range(n - 1, -1, -1):
        last = _days_later(end, -apart * back, counts.calendar.timezone)
        first = _days_later(last, -7 * weeks, counts.calendar.timezone)
        found.append(Origin(_position(series, first), _position(series, last)))
    history_days = found[0].first * series.interval_s / 86_400
    if history_days < MIN_HISTORY_DAYS:
        days = series.values.size * series.interval_s / 86_400
        raise FileInvalid(
            f"{counts.name}: data of {days:.1f} days leave {history_days:.1f} "
            f"before the first of {n} origins, {apart} days apart: expected at least {MIN_HISTORY_DAYS}; "
            "give fewer --origins or --weeks"
        )
    return found


def blocks(origins: list[Origin]) -> dict[str, list[Origin]]:
    """The first half of the origins chooses designs (``select``), the last half is reported (``report``)."""
    half = len(origins) // 2
    return {"report": origins[half:], "select": origins[:half]}


def known_until(counts: Counts, origin: Origin) -> IntervalSeries:
    """What a forecast made at ``origin`` may know."""
    series = counts.series
    return IntervalSeries(series.start, series.interval_s, series.values[: origin.first])


def positions(origins: list[Origin]) -> NDArray[np.int64]:
    """Scored positions of several origins, one after another."""
    return np.concatenate([np.arange(origin.first, origin.last) for origin in origins])


def _position(series: IntervalSeries, moment: datetime) -> int:
    return int((moment - series.start).total_seconds()) // series.interval_s


def _days_later(moment: datetime, days: int, timezone: str) -> datetime:
    return (moment.astimezone(ZoneInfo(timezone)) + timedelta(days=days)).astimezone(UTC)
