"""A synthetic force's callers, quarter-hour by quarter-hour, and the history made of them in the import format."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TextIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.demonstration.settings import HISTORY_WEEKS, TIMEZONE
from app.demonstration.shapes import expected_factors, weekly_shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUEUES: Final = ("999", "101")
# Mean offered calls per quarter-hour at the end of the history. The UK's forces took over 12.5 million 999 and 19.5
# million 101 calls in 2023/24: these are the means of 44 forces (College of Policing article, August 2024). They ask
# for 92-93% of what 110 handlers can give; demand is tuned here if that is to change.
MEAN_OFFERED: Final = (8.1, 12.6)
# No readable source gives handling times: assumptions, as in the settings of the force.
MEAN_HANDLING_S: Final = (340.0, 600.0)
HANDLING_CV: Final = 0.8
TALK_SHARE: Final = (0.75, 0.68)
NIGHT_HANDLING: Final = 0.06  # handling is this much longer at 03:00 and shorter at 15:00

DAY_CV: Final = 0.08  # overdispersion of day totals beyond Poisson
DAY_CORRELATION: Final = 0.6  # of the day factors of 999 and 101
INTERVAL_CV: Final = 0.05

THRESHOLD_S: Final = (10.0, 60.0)  # also the bounds of the bands in which answers are counted

OUTAGE_QUARTERS: Final = 14
INCIDENT_QUARTERS: Final = 10
INCIDENT_FACTORS: Final = (3.0, 1.8)


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value
class DemonstrationDemand:
    """Callers of the synthetic force, (2, intervals), 999 first.

    starts : UTC interval starts, every quarter-hour; zone : the force's time zone
    first_attempts : who dials for the first time [calls], redials and spill not among them
    expected : mean calls offered on a day like any other, as planners would know it [calls]
    outage, incident : first and last + 1 interval in which nothing was recorded, in which an incident raised demand
    """

    starts: pd.DatetimeIndex
    zone: str
    first_attempts: Ints
    expected: Floats
    outage: tuple[int, int]
    incident: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class DemonstrationCalls:
    """Synthetic history. Counts [calls, handlers] and sums of seconds per interval, (2, intervals), 999 first.

    starts : UTC interval starts, every quarter-hour
    handlers_staffed : logged on: at the 999 desk, which takes 101 calls too, and at the 101 desk alone
    outage, incident : first and last + 1 interval in which nothing was recorded, in which an incident raised demand
    """

    starts: pd.DatetimeIndex
    offered: Ints
    answered: Ints
    answered_within_threshold: Ints
    answered_10_60s: Ints
    answered_over_60s: Ints
    abandoned: Ints
    talk_s: Ints
    wrap_s: Ints
    answered_wait_s: Ints
    abandoned_wait_s: Ints
    handlers_staffed: Ints
    outage: tuple[int, int]
    incident: tuple[int, int]


COLUMNS: Final = (
    "offered", "answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s", "abandoned",
    "talk_s", "wrap_s", "answered_wait_s", "abandoned_wait_s", "handlers_staffed",
)  # fmt: skip


def demonstration_demand(
    end: date,
    rng: np.random.Generator,
    weeks: int = HISTORY_WEEKS,
    *,
    added_by_repeats: tuple[float, float] = (0.0, 0.0),
) -> DemonstrationDemand:
    """Quarter-hours of the `weeks` up to local midnight at the start of `end`, Europe/London.

    Parameters
    ----------
    end : first local day after the history; the demand of the week from here on has season and trend 1
    weeks : length of the history, >= 16, so that outage and incident lie in it
    added_by_repeats : what redials and spill will add to the first attempts, as a share of them, 999 first
    """
    if weeks < 16:
        raise ValueError(f"weeks is {weeks}, expected at least 16")
    bounds = [pd.Timestamp(day).tz_localize(TIMEZONE) for day in (end - timedelta(weeks=weeks), end)]
    first, last = (bound.tz_convert("UTC") for bound in bounds)
    starts = pd.date_range(first, last, freq="15min", inclusive="left")
    local = starts.tz_convert(TIMEZONE)
    expected = np.array(MEAN_OFFERED)[:, None] * expected_factors(starts, TIMEZONE, end)
    outage, incident = _exceptional_hours(local, rng)
    surge = expected * _random_factors(local, rng) / (1.0 + np.array(added_by_repeats))[:, None]
    surge[:, slice(*incident)] *= np.array(INCIDENT_FACTORS)[:, None]
    surge[:, slice(*outage)] = 0.0
    return DemonstrationDemand(starts, TIMEZONE, rng.poisson(surge), expected, outage, incident)


def write_csv(calls: DemonstrationCalls, file: TextIO) -> None:
    """Write the history in the import format: `queue,interval_start,offered,...`, one row per queue and interval."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("queue", "interval_start", *COLUMNS))
    times = [f"{start}Z" for start in np.datetime_as_string(calls.starts.tz_localize(None).to_numpy(), unit="s")]
    for index, queue in enumerate(QUEUES):
        values = [getattr(calls, column)[index].tolist() for column in COLUMNS]
        writer.writerows(zip([queue] * len(times), times, *values, strict=True))


def demonstration_load() -> Floats:
    """Expected offered load of 999 and 101 by local quarter-hour of the target week [erlangs], (2, 672)."""
    return load_of(np.array(MEAN_OFFERED)[:, None] * weekly_shapes(), MEAN_HANDLING_S)


def load_of(offered_calls: Floats, mean_handling_s: tuple[float, float], interval_s: int = 900) -> Floats:
    """Offered load [erlangs] of 999 and 101 from mean offered calls per interval, both (2, intervals)."""
    return offered_calls * np.array(mean_handling_s, dtype=np.float64)[:, None] / interval_s


def mean_calls_by_slot(starts: pd.DatetimeIndex, offered: Floats, zone: str, last_weeks: int = 12) -> Floats:
    """Mean offered calls of each local quarter-hour of the week in the last weeks of a history, smoothed, (672,).

    Parameters
    ----------
    starts : UTC interval starts, rising
    offered : offered calls per interval, (intervals,)
    """
    recent = starts >= starts[-1] - pd.Timedelta(weeks=last_weeks)
    local = starts[recent].tz_convert(zone)
    slots = local.day_of_week.to_numpy() * 96 + local.hour.to_numpy() * 4 + local.minute.to_numpy() // 15
    totals = np.bincount(slots, np.asarray(offered, dtype=np.float64)[recent], minlength=672)
    counts = np.bincount(slots, minlength=672)
    means = np.where(counts > 0, totals / np.maximum(counts, 1), totals.sum() / max(counts.sum(), 1))
    padded = np.concatenate([means[-4:], means, means[:4]])
    # Two hours: the quarter-hours of few weeks are noisy.
    return np.asarray(np.convolve(padded, np.full(9, 1 / 9), mode="valid"), dtype=np.float64)


def _random_factors(local: pd.DatetimeIndex, rng: np.random.Generator) -> Floats:
    """Gamma factors with mean 1: one a local day, correlated between queues, times one an interval; (2, intervals)."""
    day = np.unique(local.normalize().asi8, return_inverse=True)[1]
    n_days, shape = day.max() + 1, DAY_CV**-2
    # Gammas of one scale add up to a gamma: what the queues share sets their correlation.
    shared = rng.gamma(DAY_CORRELATION * shape, 1 / shape, n_days)
    own = rng.gamma((1 - DAY_CORRELATION) * shape, 1 / shape, (2, n_days))
    small = rng.gamma(INTERVAL_CV**-2, INTERVAL_CV**2, (2, len(local)))
    return np.asarray(np.take(shared + own, day, axis=1) * small, dtype=np.float64)


def _exceptional_hours(local: pd.DatetimeIndex, rng: np.random.Generator) -> tuple[tuple[int, int], tuple[int, int]]:
    """Intervals of the outage (a Tuesday, from 09:30) and of the major incident (a Thursday, from 16:00)."""
    weeks_ago = rng.permutation(np.arange(5, 15))[:2]
    first = []
    for weeks, weekday, slot in zip(weeks_ago, (1, 3), (38, 64), strict=True):
        day = local[-1].normalize().tz_localize(None) - pd.Timedelta(weeks=int(weeks))
        day -= pd.Timedelta(days=(day.day_of_week - weekday) % 7)
        moment = (day + pd.Timedelta(minutes=15 * slot)).tz_localize(TIMEZONE)
        first.append(int(local.searchsorted(moment)))
    return (first[0], first[0] + OUTAGE_QUARTERS), (first[1], first[1] + INCIDENT_QUARTERS)


def handling_by_hour(local: pd.DatetimeIndex) -> Floats:
    """Handling times relative to their mean, longest at 03:00, (intervals,)."""
    hour = local.hour.to_numpy() + local.minute.to_numpy() / 60
    return np.asarray(1 + NIGHT_HANDLING * np.cos(2 * np.pi * (hour - 3) / 24), dtype=np.float64)


def handling_sums(answered: Ints, local: pd.DatetimeIndex, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Sums of talk and of wrap-up of the answered calls [s], lognormal call by call, (2, intervals) each."""
    by_hour = handling_by_hour(local)
    sigma2 = np.log1p(HANDLING_CV**2)
    talk, wrap = np.zeros_like(answered), np.zeros_like(answered)
    for queue, calls in enumerate(answered):
        mean_s = MEAN_HANDLING_S[queue] * by_hour * calls.sum() / (by_hour @ calls)
        each = rng.lognormal(-sigma2 / 2, sigma2**0.5, calls.sum())
        interval = np.repeat(np.arange(calls.size), calls)
        total = np.bincount(interval, each, minlength=calls.size) * mean_s
        talk[queue] = _whole(total * TALK_SHARE[queue])
        wrap[queue] = _whole(total * (1 - TALK_SHARE[queue]))
    return talk, wrap


def _whole(seconds: Floats) -> Ints:
    return np.rint(seconds).astype(np.int64)
