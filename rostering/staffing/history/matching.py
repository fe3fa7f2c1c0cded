"""Availability at which a replay gives the waits that were recorded."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import Floats
from rostering.staffing.history.replay import Replay, errors

AVAILABILITIES = np.linspace(0.5, 1.0, 6)


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """`availability` is an end of the searched range where no availability within it gives the recorded waits."""

    availability: float
    is_at_edge: bool
    bias_s: Floats  # predicted - recorded mean wait at each of AVAILABILITIES [s]


def matching_availability(
    replayed: Callable[[float], Replay], queue: int, *, among: NDArray[np.bool_] | None = None
) -> Matched:
    """Where the mean wait of a queue's calls is the recorded one, between the two simulated availabilities next to it.

    Parameters
    ----------
    replayed : a replay at an availability, at the same seed
    among : (hours,), the hours that count; absent: all
    """
    bias = np.array([errors(replayed(float(a)), queue, "mean_wait_s", among=among).bias for a in AVAILABILITIES])
    # Waits fall as handlers become available; chance may bend that by little, so the lowest crossing is taken.
    falls = np.flatnonzero((bias[:-1] > 0) & (bias[1:] <= 0))
    if falls.size == 0:
        return Matched(float(AVAILABILITIES[-1] if bias[-1] > 0 else AVAILABILITIES[0]), True, bias)
    at = int(falls[0])
    share = bias[at] / (bias[at] - bias[at + 1])
    step = AVAILABILITIES[at + 1] - AVAILABILITIES[at]
    return Matched(float(AVAILABILITIES[at] + share * step), False, bias)
