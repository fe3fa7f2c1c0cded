"""Totals: seats of both desks together, as if all were dual-skilled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.seats.fewest import fewest_seats
from rostering.staffing.seats.prediction import Prediction
from rostering.staffing.seats.spans import Paths, span_totals
from rostering.staffing.seats.targets import SeatRules

ROUNDING = 1e-9  # of a call
MENDED = 0.5  # of what an interval has to spare with the most seats


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Seats of both desks together, (intervals,) each."""

    minimum: Ints  # carries the load and meets the floor
    target: Ints  # meets the targets on average over the uncertain load
    chance: Ints  # meets them with the confidence asked for


def totals(prediction: Prediction, rules: SeatRules, paths: Paths | None, offset: Floats) -> Totals:
    """Minimum, target and chance totals at the targets' scope.

    ``offset`` (spans, 3) is what each span is known to lack besides what is predicted, from simulation; ``paths`` are
    needed for a scope longer than an interval.
    """
    minimum, most = bounds(prediction, rules)
    if paths is None:
        return interval_totals(prediction, minimum, most, offset)
    unmoved = np.zeros((prediction.demand.intervals, 3))
    guess = interval_totals(prediction, minimum, most, unmoved)
    found = span_totals(prediction, paths, minimum, most, np.maximum(guess.target, guess.chance), offset)
    return Totals(minimum, found.target, found.chance)


def interval_totals(prediction: Prediction, minimum: Ints, most: Ints, offset: Floats) -> Totals:
    """Totals of which each interval meets the targets by itself.

    Of ``offset`` an interval's seats make up at most half of what the most seats would spare: what comes from the
    intervals before, or by chance, would else take any number of seats, or more than any. What they do not make up is
    seen where the seats are judged.
    """
    weights, confident = prediction.nodes.weights, prediction.nodes.weights.size - 1

    def on_average(intervals: Ints, seats: Ints) -> NDArray[np.bool_]:
        return meets(weights @ prediction.lack(intervals, seats) + besides[intervals])

    def by_chance(intervals: Ints, seats: Ints) -> NDArray[np.bool_]:
        return meets(prediction.lack(intervals, seats)[:, confident] + besides[intervals])

    besides = offset.copy()
    lacking = np.flatnonzero((offset > 0.0).any(axis=1))
    if lacking.size:
        spare = -(weights @ prediction.lack(lacking, most[lacking]))
        besides[lacking] = np.minimum(offset[lacking], MENDED * np.maximum(spare, 0.0))
    target = fewest_seats(likely_seats(prediction), minimum, most, on_average)
    return Totals(minimum, target, fewest_seats(target, minimum, most, by_chance))


def meets(lack: Floats) -> NDArray[np.bool_]:
    """Whether no target lacks anything, (m,), of lacks (m, targets)."""
    return np.asarray((lack <= ROUNDING).all(axis=-1))


def bounds(prediction: Prediction, rules: SeatRules) -> tuple[Ints, Ints]:
    """Fewest seats of each interval, and the most that are looked at, (intervals,) each.

    The fewest carry the mean load of the queues whose targets ask for something, so that calls do not pile up into
    later intervals, which a steady state does not see; and they meet the floor.
    """
    targets, demand = prediction.targets, prediction.demand
    load = prediction.table.per_s * demand.aht_s / prediction.assumptions.availability
    asked = np.array([targets.service_level > 0.0 or targets.mean_answer_999_s is not None, targets.abandonment < 1.0])
    least = np.maximum(np.ceil(load[asked].sum(axis=0) - 1e-9).astype(np.int64), rules.min_seats_999)
    load = load.sum(axis=0)
    most = np.maximum(least, (load * 3.0 + 40.0 * np.sqrt(load) + 60.0).astype(np.int64))
    if targets.floor_service_level == 0.0 and targets.floor_abandonment == 1.0:
        return least, most

    def above_floor(intervals: Ints, seats: Ints) -> NDArray[np.bool_]:
        return meets(prediction.nodes.weights @ prediction.lack(intervals, seats, floor=True))

    return fewest_seats(np.minimum(least + 1, most), least, most, above_floor), most


def likely_seats(prediction: Prediction) -> Ints:
    """A guess of the seats: the load and 1.3 deviations of the calls in progress."""
    load = (prediction.table.per_s * prediction.demand.aht_s).sum(axis=0)
    spread = np.sqrt(load + (load * prediction.demand.rate_cv.max(axis=0)) ** 2)
    seats: Ints = np.round((load + 1.3 * spread) / prediction.assumptions.availability).astype(np.int64)
    return seats
