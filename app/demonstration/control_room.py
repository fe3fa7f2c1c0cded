"""The synthetic force's recorded service: its calls answered in the simulated control room under the hidden truth.

Run as a process of its own (`python -m app.demonstration.control_room END SEED WEEKS`), which writes the history in the
import format: simulation needs compiled code that the command line does not load.
"""

from __future__ import annotations

import sys
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.demonstration import truth
from app.demonstration.calls import (
    MEAN_HANDLING_S,
    THRESHOLD_S,
    DemonstrationCalls,
    DemonstrationDemand,
    demonstration_demand,
    handling_by_hour,
    handling_sums,
    write_csv,
)
from app.demonstration.settings import HISTORY_WEEKS
from rostering.staffing.assumptions import Desk
from rostering.staffing.definitions import Definitions
from rostering.staffing.simulation.result import Count
from rostering.staffing.simulation.room import ControlRoom
from rostering.staffing.simulation.simulate import simulate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INTERVAL_S = 900
_SWAPPED_S = (THRESHOLD_S[1], THRESHOLD_S[0])


def demonstration_calls(end: date, rng: np.random.Generator, weeks: int = HISTORY_WEEKS) -> DemonstrationCalls:
    """History of the `weeks` up to local midnight at the start of `end`, as its telephony would have recorded it.

    Raises
    ------
    ValueError : `weeks` is less than 16
    """
    demand = demonstration_demand(end, rng, weeks, added_by_repeats=truth.ADDED_BY_REPEATS)
    local = demand.starts.tz_convert(demand.zone)
    logged_on = _logged_on(demand, local, rng)
    present = np.where(_is_away(logged_on.shape[0], local, rng), Desk.OFF, logged_on).astype(np.int8)
    aht_s = np.array(MEAN_HANDLING_S)[:, None] * handling_by_hour(local)
    room = ControlRoom(INTERVAL_S, present, aht_s, truth.CALLERS)
    seed = int(rng.integers(2**31))
    counts, other = (_counts(room, demand.first_attempts, thresholds, seed) for thresholds in (THRESHOLD_S, _SWAPPED_S))
    answered, both = counts[Count.ANSWERED], np.stack([counts[Count.WITHIN], other[Count.WITHIN]])
    within_10, within_60 = both.min(axis=0), both.max(axis=0)
    talk_s, wrap_s = handling_sums(answered, local, rng)
    return DemonstrationCalls(
        starts=demand.starts,
        offered=counts[Count.OFFERED],
        answered=answered,
        answered_within_threshold=counts[Count.WITHIN],
        answered_10_60s=within_60 - within_10,
        answered_over_60s=answered - within_60,
        abandoned=counts[Count.ABANDONED],
        talk_s=talk_s,
        wrap_s=wrap_s,
        answered_wait_s=counts[Count.ANSWERED_WAIT_S],
        abandoned_wait_s=counts[Count.ABANDONED_WAIT_S],
        handlers_staffed=np.stack([(logged_on == desk).sum(axis=0) for desk in (Desk.CALLS_999, Desk.CALLS_101)]),
        outage=demand.outage,
        incident=demand.incident,
    )


def _counts(room: ControlRoom, first_attempts: Ints, thresholds_s: tuple[float, float], seed: int) -> Ints:
    """Recorded counts (kinds, 2, intervals). One seed gives the same calls whatever the thresholds: they only count."""
    definitions = Definitions(threshold_999_s=thresholds_s[0], threshold_101_s=thresholds_s[1])
    counts = simulate(room, first_attempts[None], definitions=definitions, seed=seed).counts
    return np.asarray(counts[0], dtype=np.int64)


def _logged_on(demand: DemonstrationDemand, local: pd.DatetimeIndex, rng: np.random.Generator) -> NDArray[np.int8]:
    """Desks (handlers, intervals) of those who are logged on: planned for the hour's expected load, less absences."""
    load = np.array(MEAN_HANDLING_S) @ demand.expected / INTERVAL_S
    hour = np.unique(local.tz_convert("UTC").floor("h").asi8, return_inverse=True)[1]
    hourly = (np.bincount(hour, load) / np.bincount(hour))[hour]
    planned = np.ceil((hourly + truth.SAFETY * np.sqrt(hourly)) / truth.AVAILABILITY / (1 - truth.ABSENCE_RATE))
    planned = np.maximum(planned, truth.FEWEST_LOGGED_ON).astype(np.int64)
    alone = np.floor(planned * truth.SHARE_101_ALONE).astype(np.int64)
    row = np.arange(planned.max())[:, None]
    # Rows of the 101 desk stand first, so that a rising plan adds to both and nobody changes desks within a shift.
    desks = np.where(row < alone, Desk.CALLS_101, np.where(row < planned, Desk.CALLS_999, Desk.OFF))
    starts_shift = np.isin(local.hour, truth.SHIFT_HOURS) & (local.minute == 0)
    shift = np.cumsum(starts_shift)
    is_absent = rng.random((row.size, shift[-1] + 1)) < truth.ABSENCE_RATE
    return np.where(is_absent[:, shift], Desk.OFF, desks).astype(np.int8)


def _is_away(handlers: int, local: pd.DatetimeIndex, rng: np.random.Generator) -> NDArray[np.bool_]:
    """When a handler who is logged on is not there for calls, half an hour at a time, (handlers, intervals)."""
    day = np.unique(local.normalize().asi8, return_inverse=True)[1]
    n_days = int(day.max()) + 1
    wave = truth.AVAILABILITY_DRIFT * np.sin(2 * np.pi * np.arange(n_days) / 365.25)
    available = np.clip(truth.AVAILABILITY + wave + truth.AVAILABILITY_DAY_SD * rng.standard_normal(n_days), 0.5, 1.0)
    drawn = np.repeat(rng.random((handlers, -(-len(local) // 2)), dtype=np.float32), 2, axis=1)[:, : len(local)]
    return np.asarray(drawn >= available[day].astype(np.float32))


if __name__ == "__main__":
    write_csv(
        demonstration_calls(date.fromisoformat(sys.argv[1]), np.random.default_rng(int(sys.argv[2])), int(sys.argv[3])),
        sys.stdout,
    )
