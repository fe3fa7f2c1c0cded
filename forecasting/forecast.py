"""The forecast of several queues: means, the uncertainty of their rates, and sample paths that tell everything else.

Light on purpose: numpy only, so that a process that merely shows forecasts can load it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import utc_offsets_s
from forecasting.clean import CleaningNote
from forecasting.errors import ForecastingError, HorizonInvalid
from forecasting.events import EventEffect
from forecasting.series import DAY_S, utc_on_grid


class Grain(StrEnum):
    """Width of an aggregate; hours, days, weeks (from Monday), months and years are local ones."""

    QUARTER_HOUR = "15min"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


# What each is a multiple of [s]: months and years are ones of days.
_GRAIN_S = {
    Grain.QUARTER_HOUR: 900, Grain.HOUR: 3600, Grain.DAY: DAY_S, Grain.WEEK: 7 * DAY_S, Grain.MONTH: DAY_S,
    Grain.YEAR: DAY_S,
}  # fmt: skip
_CALENDAR_UNITS = {Grain.MONTH: "datetime64[M]", Grain.YEAR: "datetime64[Y]"}
_MONDAY_S = 4 * DAY_S  # 5 January 1970, the first Monday


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """Offered calls summed over local spans of time.

    ``starts`` (spans,) UTC starts; ``ends`` (spans,) UTC ends, excluded: a day of the clock change lasts 23 or 25
    hours, and a span cut by the edge of the forecast is shorter; ``mean`` (queues, spans) [calls]; ``paths``
    (paths, queues, spans) [calls].
    """

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    mean: NDArray[np.float64]
    paths: NDArray[np.integer[Any]]

    def quantiles(self, levels: Sequence[float]) -> NDArray[np.float64]:
        """Quantiles (levels, queues, spans) of the calls [calls]; see `path_quantiles`."""
        return path_quantiles(self.paths, levels)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Offered calls ahead of several queues, checked once; arrays are read-only.

    Parameters
    ----------
    origin : last instant that the forecast knew [UTC]
    start : start of its first interval [UTC], not before ``origin``
    interval_s : width of an interval [s]
    timezone : IANA name of the local time that hours and days follow
    queues : names, each once
    mean : (queues, intervals), expected offered calls of an interval, >= 0
    rate_cv : (queues, intervals), coefficient of variation of the true arrival rate around the mean: day factor and
        interval factor together, without Poisson noise
    day_cv : (queues, intervals), that of the day factor alone
    intraday_strength, carry_over : (queues,), 0..1, how far a day's calls so far count for the rest of it, and earlier
        days' calls for today; see `intraday.update`
    paths : (paths, queues, intervals), integer sample paths of offered calls, queues drawn jointly
    notes : assumptions and fallbacks, in words
    cleaning : what of the history was not learned from
    effects : what each of the place's own events does, by queue

    Raises
    ------
    ForecastingError : shapes disagree, or a value is negative or not finite
    """

    origin: datetime
    start: datetime
    interval_s: int
    timezone: str
    queues: tuple[str, ...]
    mean: NDArray[np.float64]
    rate_cv: NDArray[np.float64]
    day_cv: NDArray[np.float64]
    intraday_strength: NDArray[np.float64]
    carry_over: NDArray[np.float64]
    paths: NDArray[np.int32]
    notes: tuple[str, ...] = ()
    cleaning: tuple[CleaningNote, ...] = ()
    effects: tuple[EventEffect, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", utc_on_grid(self.start, self.interval_s))
        object.__setattr__(self, "origin", self.origin.astimezone(UTC))
        if self.start < self.origin:
            raise ForecastingError(f"start {self.start} is before the origin {self.origin}: expected it at or after")
        if len(set(self.queues)) != len(self.queues) or not self.queues:
            raise ForecastingError(f"queues are {self.queues}: expected at least one name, each once")
        shape = (len(self.queues), self.intervals)
        given = {name: getattr(self, name).shape for name in ("mean", "rate_cv", "day_cv")}
        if set(given.values()) != {shape} or self.paths.shape[1:] != shape:
            raise ForecastingError(
                f"shapes {given} and paths {self.paths.shape} disagree: expected {shape} and (paths, *{shape})"
            )
        for name in ("intraday_strength", "carry_over"):
            share = getattr(self, name)
            if share.shape != shape[:1] or (share > 1).any():
                raise ForecastingError(f"{name} is {share}: expected {shape[0]} numbers from 0 to 1")
        if not np.issubdtype(self.paths.dtype, np.integer):
            raise ForecastingError(f"paths are of type {self.paths.dtype}: expected whole calls")
        for name in ("mean", "rate_cv", "day_cv", "intraday_strength", "carry_over", "paths"):
            array = getattr(self, name).view()
            if not np.isfinite(array).all() or (array < 0).any():
                raise ForecastingError(f"{name} holds a value that is negative or not finite")
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def intervals(self) -> int:
        """Number of intervals."""
        return int(self.mean.shape[-1])

    @property
    def end(self) -> datetime:
        """End of the last interval [UTC]."""
        return self.start + timedelta(seconds=self.interval_s * self.intervals)

    @property
    def starts(self) -> tuple[datetime, ...]:
        """(intervals,), start of each interval [UTC]."""
        return tuple(self.start + timedelta(seconds=self.interval_s * i) for i in range(self.intervals))

    def quantiles(self, levels: Sequence[float]) -> NDArray[np.float64]:
        """Quantiles (levels, queues, intervals) of the offered calls of each interval [calls]."""
        return path_quantiles(self.paths, levels)

    def window(self, start: datetime, end: datetime) -> "Forecast":
        """The intervals from ``start`` to ``end`` (excluded), same paths and origin.

        Raises
        ------
        HorizonInvalid : the span is empty, or not inside the forecast
        SeriesInvalid : an edge is naive or off the grid
        """
        start, end = utc_on_grid(start, self.interval_s), utc_on_grid(end, self.interval_s)
        if not self.start <= start < end <= self.end:
            raise HorizonInvalid(
                f"window {start.isoformat()} to {end.isoformat()}: expected a span inside the forecast, "
                f"{self.start.isoformat()} to {self.end.isoformat()}"
            )
        first = int((start - self.start).total_seconds()) // self.interval_s
        last = int((end - self.start).total_seconds()) // self.interval_s
        kept = np.s_[..., first:last]
        parts = {name: getattr(self, name)[kept] for name in ("mean", "rate_cv", "day_cv", "paths")}
        return replace(self, start=start, **parts)

    def aggregate(self, grain: Grain | str) -> Aggregate:
        """Sums over local quarter-hours, hours, days, weeks, months or years, from the same paths.

        The hour that the autumn clock change repeats stays two hours; a day is a local date.

        Raises
        ------
        HorizonInvalid : the grain is unknown or finer than the intervals
        """
        if grain not in list(Grain):
            raise HorizonInvalid(f"grain is {grain!r}: expected one of {', '.join(Grain)}")
        width_s = _GRAIN_S[Grain(grain)]
        if width_s % self.interval_s:
            raise HorizonInvalid(f"grain {grain} is not a multiple of the interval of {self.interval_s} seconds")
        utc_s = int(self.start.timestamp()) + self.interval_s * np.arange(self.intervals, dtype=np.int64)
        local_s = utc_s + utc_offsets_s(utc_s, self.timezone)
        # A date names a day; an hour needs its UTC start besides, or the repeated hour would be one of two hours.
        if grain in _CALENDAR_UNITS:
            key = local_s.astype("datetime64[s]").astype(_CALENDAR_UNITS[Grain(grain)]).astype(np.int64)
        else:
            key = (local_s - _MONDAY_S) // width_s if width_s >= DAY_S else utc_s - local_s % width_s
        firsts = np.flatnonzero(np.diff(key, prepend=key[0] - 1))
        edges_s = [*utc_s[firsts].tolist(), int(self.end.timestamp())]
        edges = [datetime.fromtimestamp(second, UTC) for second in edges_s]
        if firsts.size == self.intervals:  # nothing to sum, which would take longer than all the rest
            return Aggregate(tuple(edges[:-1]), tuple(edges[1:]), self.mean, self.paths)
        return Aggregate(
            starts=tuple(edges[:-1]),
            ends=tuple(edges[1:]),
            mean=np.add.reduceat(self.mean, firsts, axis=-1),
            paths=np.add.reduceat(self.paths, firsts, axis=-1, dtype=np.int64),
        )


def path_quantiles(paths: NDArray[np.integer], levels: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles over the first axis: the smallest count that at least a share ``level`` of the paths stay within.

    Parameters
    ----------
    paths : (paths, ...), sample paths [calls]
    levels : nominal probabilities, each in 0..1; the result is ordered as they are

    Returns
    -------
    quantiles : (levels, ...) [calls]

    Raises
    ------
    HorizonInvalid : a level is outside 0..1
    """
    wanted = np.asarray(levels, dtype=np.float64)
    if not ((wanted >= 0) & (wanted <= 1)).all():
        raise HorizonInvalid(f"levels are {list(levels)}: expected each in 0..1")
    return np.asarray(np.quantile(paths, wanted, axis=0, method="inverted_cdf"), dtype=np.float64)
