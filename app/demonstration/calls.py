"""A synthetic call history: quarter-hour counts, waits and handling times of 999 and 101, in the import format."""

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

THRESHOLD_S: Final = (10.0, 60.0)
LATE_999: Final = 0.09  # share of 999 calls past the threshold at expected load; forces reach 85-93% within 10 s
LATE_WAIT_S: Final = (14.0, 60.0)  # mean wait beyond the threshold of calls that pass it
PROMPT_WAIT_S: Final = (3.0, 4.0)  # mean wait of the others
ABANDONED_101: Final = 0.075  # share abandoned at expected load
PATIENCE_S: Final = (600.0, 300.0)  # all waiting over abandonments
ABANDONED_WAIT_S: Final = (40.0, 110.0)  # mean wait of those who give up, far below patience

OUTAGE_QUARTERS: Final = 14
INCIDENT_QUARTERS: Final = 10
INCIDENT_FACTORS: Final = (3.0, 1.8)


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value
class DemonstrationCalls:
    """Synthetic history. Counts [calls] and sums of seconds per interval, (2, intervals), 999 first.

    starts : UTC interval starts, every quarter-hour
    outage, incident : first and last + 1 interval in which nothing was recorded, in which an incident raised demand
    """

    starts: pd.DatetimeIndex
    offered: Ints
    answered: Ints
    answered_within_threshold: Ints
    abandoned: Ints
    talk_s: Ints
    wrap_s: Ints
    answered_wait_s: Ints
    abandoned_wait_s: Ints
    outage: tuple[int, int]
    incident: tuple[int, int]


COLUMNS: Final = (
    "offered", "answered", "answered_within_threshold", "abandoned",
    "talk_s", "wrap_s", "answered_wait_s", "abandoned_wait_s",
)  # fmt: skip


def demonstration_calls(end: date, rng: np.random.Generator, weeks: int = HISTORY_WEEKS) -> DemonstrationCalls:
    """Quarter-hours of the `weeks` up to local midnight at the start of `end`, Europe/London.

    Parameters
    ----------
    end : first local day after the history; the demand of the week from here on has season and trend 1
    weeks : length of the history, >= 16, so that outage and incident lie in it
    """
    if weeks < 16:
        raise ValueError(f"weeks is {weeks}, expected at least 16")
    bounds = [pd.Timestamp(day).tz_localize(TIMEZONE) for day in (end - timedelta(weeks=weeks), end)]
    first, last = (bound.tz_convert("UTC") for bound in bounds)
    starts = pd.date_range(first, last, freq="15min", inclusive="left")
    local = starts.tz_convert(TIMEZONE)
    expected = np.array(MEAN_OFFERED)[:, None] * expected_factors(starts, TIMEZONE, end)
    outage, incident = _exceptional_hours(local, rng)
    surge = expected * _random_factors(local, rng)
    surge[:, slice(*incident)] *= np.array(INCIDENT_FACTORS)[:, None]
    surge[:, slice(*outage)] = 0.0
    offered = rng.poisson(surge)
    answered, within, abandoned, answered_wait, abandoned_wait = _service(offered, expected, rng)
    talk, wrap = _handling(answered, local, rng)
    return DemonstrationCalls(
        starts, offered, answered, within, abandoned, talk, wrap, answered_wait, abandoned_wait, outage, incident
    )


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


def _service(offered: Ints, expected: Floats, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Answered, within threshold, abandoned, and waiting of both [s], each (2, intervals).

    Staff follow the expected load, so service falls as the last hour's load exceeds it. Waiting is abandonments times
    patience on average: the rate at which callers give up while they wait is 1 / patience.
    """
    handling = np.array(MEAN_HANDLING_S)
    recent = np.convolve(handling @ offered, np.full(4, 0.25))[: offered.shape[1]]
    pressure = recent / np.convolve(handling @ expected, np.full(4, 0.25))[: offered.shape[1]] - 1
    late_999 = np.clip(LATE_999 * np.exp(1.8 * pressure), 0.02, 0.8)
    wait_999 = late_999 * (THRESHOLD_S[0] + LATE_WAIT_S[0]) + (1 - late_999) * PROMPT_WAIT_S[0]
    p_abandon = np.stack([wait_999 / PATIENCE_S[0], np.clip(ABANDONED_101 * np.exp(2.0 * pressure), 0.01, 0.6)])
    abandoned = rng.binomial(offered, p_abandon)
    answered = offered - abandoned
    wait_101 = p_abandon[1] * (PATIENCE_S[1] - ABANDONED_WAIT_S[1]) / (1 - p_abandon[1])
    prompt_101 = np.minimum(PROMPT_WAIT_S[1], wait_101)
    late_101 = np.clip((wait_101 - prompt_101) / (THRESHOLD_S[1] + LATE_WAIT_S[1] - prompt_101), 0, 1)
    late = rng.binomial(answered, np.stack([late_999, late_101]))
    prompt_mean = np.stack([np.full_like(prompt_101, PROMPT_WAIT_S[0]), prompt_101])
    late_wait = late * np.array(THRESHOLD_S)[:, None] + _exponentials(late, np.array(LATE_WAIT_S)[:, None], rng)
    answered_wait = late_wait + _exponentials(answered - late, prompt_mean, rng)
    abandoned_wait = _exponentials(abandoned, np.array(ABANDONED_WAIT_S)[:, None], rng)
    return answered, answered - late, abandoned, _whole(answered_wait), _whole(abandoned_wait)


def _handling(answered: Ints, local: pd.DatetimeIndex, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Sums of talk and of wrap-up of the answered calls [s], lognormal call by call, (2, intervals) each."""
    hour = local.hour.to_numpy() + local.minute.to_numpy() / 60
    by_hour = 1 + NIGHT_HANDLING * np.cos(2 * np.pi * (hour - 3) / 24)
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


def _exponentials(counts: Ints, mean: Floats, rng: np.random.Generator) -> Floats:
    """Sum of `counts` exponential times of the given mean; 0 for none."""
    return rng.standard_gamma(counts.astype(np.float64)) * mean


def _whole(seconds: Floats) -> Ints:
    return np.rint(seconds).astype(np.int64)
