"""What a requirement is worked out from: the calls expected, how sure they are, and how long they take."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from rostering.staffing.checks import Floats, Ints, frozen_copy, per_queue_intervals, require_count

MAX_CV = 2.0  # of a rate or a mean handling time: above it a forecast says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Calls ahead of both queues, 999 first; arrays are read-only.

    Parameters
    ----------
    start : first interval, with time zone
    interval_s : width of an interval [s], >= 60
    mean_calls : expected offered calls of an interval as forecast, with the redials and the spill that the history
        had, (2, intervals), >= 0; with a switchboard, 101 has everybody who dials it
    rate_cv : coefficient of variation of the true rate around that mean, (2, intervals), 0..2
    aht_s : mean handling times, talk plus wrap-up, (2, intervals) [s], > 0
    days : number of the local day of each interval, (intervals,), never falling; a day may have 23 or 25 hours
    aht_cv : coefficient of variation of the mean handling time around ``aht_s``, (2, intervals), 0..2; None: certain
    rates : sampled true rates of offered calls [calls an interval], (paths, 2, intervals), >= 0; None: both queues
        and all of a day are taken to be high and low together, by ``rate_cv``
    past_abandonment : share of offered calls abandoned in the history that the forecast learned from, (2,
        intervals), 0..1; None: nobody gave up, so that every forecast call is a first attempt

    Raises
    ------
    ValueError : a shape or value is out of range; the message names it
    """

    start: datetime
    interval_s: int
    mean_calls: Floats
    rate_cv: Floats
    aht_s: Floats
    days: Ints
    aht_cv: Floats | None = None
    rates: Floats | None = None
    past_abandonment: Floats | None = None

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None:
            raise ValueError(f"start must carry a time zone, got {self.start}")
        require_count(60, interval_s=self.interval_s)
        calls = self._per_queue("mean_calls", above_zero=False)
        for name in ("rate_cv", "aht_s", "aht_cv", "past_abandonment"):
            if getattr(self, name) is None:
                continue
            values = self._per_queue(name, above_zero=name == "aht_s")
            if values.shape != calls.shape:
                raise ValueError(f"{name} must have the shape of mean_calls, {calls.shape}, got {values.shape}")
            most = {"aht_s": np.inf, "past_abandonment": 1.0}.get(name, MAX_CV)
            if (values > most).any():
                raise ValueError(f"{name} must be at most {most:g}, got {values.max():g}")
        days = np.asarray(self.days)
        if days.shape != calls.shape[1:] or not np.issubdtype(days.dtype, np.integer) or (np.diff(days) < 0).any():
            raise ValueError(f"days must be ({calls.shape[1]},) whole numbers that never fall, got {days.shape}")
        object.__setattr__(self, "days", frozen_copy(days, np.int64))
        if self.rates is not None:
            rates = np.asarray(self.rates, dtype=np.float64)
            if rates.ndim != 3 or rates.shape[0] == 0 or rates.shape[1:] != calls.shape:
                raise ValueError(f"rates must have the shape (paths, 2, {calls.shape[1]}), got {rates.shape}")
            if not np.isfinite(rates).all() or (rates < 0).any():
                raise ValueError("rates must be finite numbers of at least 0")
            object.__setattr__(self, "rates", frozen_copy(rates, np.float64))

    def _per_queue(self, name: str, *, above_zero: bool) -> Floats:
        """The field of that name, checked and frozen."""
        values = frozen_copy(per_queue_intervals(name, getattr(self, name), above_zero=above_zero), np.float64)
        object.__setattr__(self, name, values)
        return values  # type: ignore[return-value]

    @property
    def intervals(self) -> int:
        return int(self.mean_calls.shape[1])

    @property
    def load(self) -> Floats:
        """Offered load of both queues together, (intervals,) [erlangs]."""
        load: Floats = (self.mean_calls * self.aht_s).sum(axis=0) / self.interval_s
        return load
