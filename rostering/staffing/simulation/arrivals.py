"""First attempts of an interval, drawn together when it starts; arrays as in `layout`.

In one short loop the processor works at several calls at once; drawn one by one, each would wait for the last.
"""

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.compiled import helper, merged
from rostering.staffing.simulation.layout import (
    DRAW_HANDLING,
    DRAW_SWITCHBOARD,
    EXPONENTIAL,
    HAS_SWITCHBOARD,
    INTERVAL_S,
    IS_COUNTS,
    IS_FULL,
    LINE_101,
    LINE_SWITCHBOARD,
    SIGMA,
    SWITCHBOARD_AHT_S,
)
from rostering.staffing.simulation.randomness import exponential, exponential_of, lognormal, mixed, unit

FIRST_STREAM = 2  # of a replication; one for each queue


@merged
def draw_first_attempts(
    replication: int,
    interval: int,
    calls: Floats,
    rules: Floats,
    aht_s: Floats,
    counters: Ints,
    first_s: Floats,
    first_keys: Ints,
    ends_s: float,
) -> None:  # pragma: no cover - compiled
    """Times, handling times and keys of an interval's first attempts, with ``ends_s`` behind the last time.

    A number of calls comes at uniform times, the least of those left first; a rate is a Poisson process, the unit-rate
    process of the interval run through at that rate, so that two rates share their calls.
    """
    for queue in range(2):
        base = mixed(mixed(replication, FIRST_STREAM + queue), interval)
        line = LINE_SWITCHBOARD if queue == LINE_101 and rules[HAS_SWITCHBOARD] > 0.0 else queue
        expected = calls[queue, interval]
        gap = 1.0 / expected if expected > 0.0 else np.inf
        part, number = 0.0, 0  # share of the interval that has passed, calls so far
        while number + 1 < first_s.shape[1]:
            key = mixed(base, number)
            if rules[IS_COUNTS] > 0.0:
                if number >= expected:
                    break
                part = 1.0 - (1.0 - part) * unit(key) ** (1.0 / (expected - number))
            else:
                part += exponential_of(key) * gap
                if part >= 1.0:
                    break
            first_s[queue, number, 0] = (interval + part) * rules[INTERVAL_S]
            first_s[queue, number, 1] = handling_time_s(line, key, interval, rules, aht_s)
            first_keys[queue, number] = key
            number += 1
        else:
            counters[IS_FULL] = 1
        first_s[queue, number, 0] = ends_s


@helper
def handling_time_s(
    line: int, key: int, interval: int, rules: Floats, aht_s: Floats
) -> float:  # pragma: no cover - compiled
    """How long a call that joins a line in an interval will occupy a handler [s]."""
    draw, row, mean_s = DRAW_HANDLING, line, rules[SWITCHBOARD_AHT_S]
    if line == LINE_SWITCHBOARD:
        draw, row = DRAW_SWITCHBOARD, 2
    else:
        mean_s = aht_s[interval, line]
    sigma = rules[SIGMA + row]
    factor = exponential(key, draw) if sigma == EXPONENTIAL else lognormal(key, draw, sigma)
    return float(mean_s * factor)
