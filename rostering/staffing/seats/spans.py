"""Targets over days and weeks: totals whose calls, over the span and over the sampled rates, meet the targets."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.seats.prediction import Prediction, likely_handlers
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.span_search import ROUNDING, cheapest
from rostering.staffing.seats.targets import Scope
from rostering.staffing.seats.uncertainty import quantile_rates

MOST_PATHS = 200  # that the chance target looks at: its share of days has a standard error of 0.03 at 0.8
DAYS_OF_A_WEEK = 7
INTERVALS_AT_ONCE = 672  # bounds the memory that all paths of them take
_STREAM = 101  # of the random numbers of sampled paths
MOST_COLUMNS = 60  # seats over the minimum that an interval may get


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Sampled rates of first attempts, and what makes the load that handlers feel differ from them."""

    first: Floats  # as forecast, times the sampled mean handling time over its expectation, (paths, 2, intervals)
    felt: Floats  # factor for the handlers who are away, (paths, intervals), mean 1


def sampled_paths(prediction: Prediction, seed: int) -> Paths:
    """The demand's sampled rates, or quantiles of its uncertain rate, as first attempts.

    A path on which calls last longer than expected has as many more calls instead: the load is right, and the calls of
    such a path count that much more.
    """
    demand, assumptions = prediction.demand, prediction.assumptions
    rates = demand.rates if demand.rates is not None else quantile_rates(demand.mean_calls, demand.rate_cv)
    first = first_attempts(rates, demand.past_abandonment, assumptions, demand.interval_s)
    rng = np.random.default_rng([seed, _STREAM])
    n = first.shape[0]
    if demand.aht_cv is not None:  # what is not known of handling times holds for the whole path
        z = rng.permutation(ndtri((np.arange(n) + 0.5) / n))[:, None, None]
        variance = np.log1p(demand.aht_cv**2)
        first = first * np.exp(z * np.sqrt(variance) - variance / 2.0)
    felt = np.ones((n, demand.intervals))
    if assumptions.availability < 1.0:  # others are away in each interval
        variance = np.log1p((1.0 - assumptions.availability) / likely_handlers(demand))
        felt = np.exp(rng.standard_normal(felt.shape) * np.sqrt(variance) - variance / 2.0)
    return Paths(first, felt)


def spans_of(days: Ints, scope: Scope) -> list[Ints]:
    """Intervals of each span: days, or weeks of at most seven days from the first one on."""
    number = days - days[0]
    if scope is Scope.WEEK:
        number = number // DAYS_OF_A_WEEK
    return [np.flatnonzero(number == value) for value in np.unique(number)]


def span_lacks(prediction: Prediction, paths: Paths, intervals: Ints, lowest: Ints, columns: int) -> Floats:
    """Lacks (paths, m, columns, 3) of m intervals with ``lowest``, ``lowest`` + 1, ... seats at the sampled rates."""
    expected = prediction.first[:, intervals]
    made = np.divide(prediction.first_per_s[:, intervals], expected, out=np.zeros_like(expected), where=expected > 0.0)
    first_per_s = np.ascontiguousarray(np.moveaxis(paths.first[:, :, intervals] * made, (0, 1, 2), (1, 2, 0)))
    load = (first_per_s * prediction.demand.aht_s.T[intervals][:, None]).sum(axis=2)
    load *= paths.felt.T[intervals]
    log_load = np.log(np.maximum(load, 1e-300))
    out = np.empty((columns, paths.first.shape[0], intervals.size, 3))
    for column in range(columns):
        prediction.table.fill_lacks(intervals, lowest + column, prediction.targets, first_per_s, log_load, out[column])
    return np.moveaxis(out, 0, 2)


@dataclass(frozen=True, slots=True, eq=False)
class SpanTotals:
    """Seats of both desks together, (intervals,) each, and what the spans are predicted to lack."""

    target: Ints
    chance: Ints
    lack: Floats  # mean over paths at ``target``, (spans, 3)


def span_totals(
    prediction: Prediction, paths: Paths, minimum: Ints, most: Ints, guess: Ints, offset: Floats
) -> SpanTotals:
    """Totals of which each span meets the targets: on average over the paths, and on the share ``confidence`` of them.

    Parameters
    ----------
    minimum, most : bounds of the seats, (intervals,)
    guess : seats that each meet the targets in their own interval, (intervals,): what is looked at reaches above them
    offset : what each span is known to lack besides, (spans, 3)
    """
    target, chance = minimum.copy(), minimum.copy()
    spans = spans_of(prediction.demand.days, prediction.targets.scope)
    left = np.empty((len(spans), 3))
    for number, intervals in enumerate(spans):
        lowest = minimum[intervals]
        above = np.minimum(np.maximum(guess[intervals], lowest) + 3, most[intervals])
        while True:
            columns = np.minimum(above - lowest + 1, MOST_COLUMNS)
            lack = span_lacks(prediction, paths, intervals, lowest, int(columns.max()))
            mean = np.ascontiguousarray(lack.mean(axis=0, keepdims=True))
            found = cheapest(mean, np.zeros_like(lowest), columns, offset[number], 0)
            some = np.ascontiguousarray(lack[:MOST_PATHS])
            tolerated = int((1.0 - prediction.targets.confidence) * some.shape[0] + 1e-9)
            sure = cheapest(some, found, columns, offset[number], tolerated)
            at_top = (np.maximum(found, sure) >= columns - 1) & (above < most[intervals]) & (columns < MOST_COLUMNS)
            if not at_top.any():
                break
            above = np.where(at_top, np.minimum(above + 4, most[intervals]), above)
        target[intervals], chance[intervals] = lowest + found, lowest + sure
        left[number] = mean[0, np.arange(lowest.size), found].sum(axis=0) + offset[number]
        if (left[number] > ROUNDING).any():
            raise ValueError(
                f"intervals {intervals[0]} to {intervals[-1]}: {int((lowest + found).max())} seats in each do not meet "
                "the targets together"
            )
    return SpanTotals(target, chance, left)


def path_lacks(prediction: Prediction, paths: Paths, total: Ints) -> Floats:
    """Lacks (paths, intervals, 3) of these seats at the sampled rates."""
    parts = np.array_split(np.arange(total.size), -(-total.size // INTERVALS_AT_ONCE))
    return np.concatenate([span_lacks(prediction, paths, part, total[part], 1)[:, :, 0] for part in parts], axis=1)
