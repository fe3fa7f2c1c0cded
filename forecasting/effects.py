"""What short events do to the hours they last: learned from past occurrences, shrunk, beside the planner's own value.

The baseline is learned without those hours, so that an event's effect is what the baseline does not explain. The
multiplier has a gamma prior around 1 (Buhlmann's credibility in its conjugate form [1]_): a + calls over a + expected,
where `a` is the overdispersion of an occurrence over the prior's variance. Within the event, a curve by the hour since
its start is shrunk to the multiplier in the same way.

References
----------
.. [1] Buhlmann and Gisler (2005), A course in credibility theory and its applications, section 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import LocalGrid
from forecasting.events import EventEffect, Occurrence, mask

_PRIOR_SD = 0.5
_CURVE_STEP_S = 3600
_CURVE_PRIOR_CALLS = 30.0
_SURROUNDINGS_S = 14 * 86_400  # the level of the time of an occurrence: two weeks either side
_INTERVAL_80 = 1.2816  # standard deviations from the middle of a normal to its 10% and 90% points


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """One event name's effect on one queue: ``multiplier`` with 80% interval, ``curve`` (hours,) by hour from start."""

    n_occurrences: int
    multiplier: float
    lower: float
    upper: float
    curve: NDArray[np.float64]


def learn(
    occurrences: Sequence[Occurrence],
    calls: NDArray[np.float64],
    baseline: NDArray[np.float64],
    is_baseline: NDArray[np.bool_],
    day_variance: float,
    grid: LocalGrid,
) -> Learned | None:
    """Effect of past ``occurrences`` of one name; None where none of them was observed.

    An interval that several of them cover counts once.

    Parameters
    ----------
    calls : (intervals,), history with NaN where missing
    baseline : (intervals,), expected calls without the event
    is_baseline : (intervals,), known intervals without any event: what the level of the time is measured on
    day_variance : variance of the day factor, by which occurrences differ
    grid : of the history
    """
    seen, is_free = [], ~np.isnan(calls)
    for occurrence in occurrences:
        inside = mask([occurrence], grid) & is_free
        is_free &= ~inside
        if not inside.any():
            continue
        near = is_baseline & (np.abs(grid.utc_s - occurrence.start.timestamp()) <= _SURROUNDINGS_S)
        level = calls[near].sum() / baseline[near].sum() if baseline[near].sum() > 0 else 1.0
        hour = (grid.utc_s[inside] - int(occurrence.start.timestamp())) // _CURVE_STEP_S
        seen.append((np.maximum(hour, 0), calls[inside], baseline[inside] * level))
    expected = np.array([part[2].sum() for part in seen])
    if not seen or expected.sum() == 0:
        return None
    came = np.array([part[1].sum() for part in seen])
    dispersion = 1 + day_variance * expected
    weight = 1 / dispersion  # an occurrence of many calls still tells of one day
    prior_calls = 1 / _PRIOR_SD**2
    multiplier = float((prior_calls + (weight * came).sum()) / (prior_calls + (weight * expected).sum()))
    # What varies by a share of its mean varies by more where the mean is higher.
    information = (came / (1 + day_variance * multiplier * expected)).sum()
    reach = _INTERVAL_80 / np.sqrt(prior_calls + information)
    hours = np.concatenate([part[0] for part in seen])
    by_hour = np.bincount(hours, np.concatenate([part[1] for part in seen]))
    usual = multiplier * np.bincount(hours, np.concatenate([part[2] for part in seen]))
    curve = (by_hour + _CURVE_PRIOR_CALLS) / (usual + _CURVE_PRIOR_CALLS)
    curve *= usual.sum() / (curve * usual).sum()
    return Learned(len(seen), multiplier, float(multiplier * np.exp(-reach)), float(multiplier * np.exp(reach)), curve)


def apply(
    mean: NDArray[np.float64], occurrences: Sequence[Occurrence], learned: Learned | None, grid: LocalGrid
) -> NDArray[np.float64]:
    """``mean`` (intervals,) with the ``occurrences`` of one name in it: the planner's value where there is one, else
    the learned one; either is bent by the learned curve, which keeps the sum.

    An interval that several of them cover, as where a match is in two lists, is moved once: by a planner's value first.
    """
    bent, is_free = mean.copy(), np.ones(mean.size, dtype=bool)
    for occurrence in sorted(occurrences, key=lambda one: one.event.multiplier is None):
        its_own = mask([occurrence], grid) & is_free
        is_free &= ~its_own
        inside = np.flatnonzero(its_own)
        multiplier = occurrence.event.multiplier or (learned.multiplier if learned else 1.0)
        curve = np.ones(inside.size)
        if learned is not None and inside.size:
            hour = np.maximum((grid.utc_s[inside] - int(occurrence.start.timestamp())) // _CURVE_STEP_S, 0)
            curve = learned.curve[np.minimum(hour, learned.curve.size - 1)]
            curve = curve * (mean[inside].sum() / max(float((curve * mean[inside]).sum()), 1e-9))
        bent[inside] *= multiplier * curve
    return bent


def described(
    queue: str, occurrence: Occurrence, n_occurrences: int, learned: tuple[float, float, float] | None
) -> EventEffect:
    """The learned effect (multiplier, lower, upper) of an event beside the planner's own."""
    event = occurrence.event
    value, lower, upper = learned or (None, None, None)
    return EventEffect(
        queue=queue,
        name=event.name,
        n_occurrences=n_occurrences,
        learned=value,
        lower=lower,
        upper=upper,
        planner=event.multiplier,
        applied=event.multiplier or value or 1.0,
        set_by=event.set_by,
        reason=event.reason,
    )
