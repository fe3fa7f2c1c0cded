"""What seats short of a requirement cost in calls: late 999 calls and lost 101 calls by heads short, per interval.

A roster rarely fits its requirement exactly. One head fewer at four in the morning loses other calls than one fewer at
six in the evening, so that heads short are priced by the staffing model: by the total short while the 999 desk is
full, and on top by how many heads at the 999 desk are missing.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats, Ints, frozen_copy, require_count
from rostering.staffing.definitions import Definitions
from rostering.staffing.seats.counted import Service
from rostering.staffing.seats.demand import Demand
from rostering.staffing.seats.prediction import Prediction, predict
from rostering.staffing.seats.split import MAX_SPLIT_LOAD, RoomAverage
from rostering.staffing.seats.switchboard import behind_switchboard
from rostering.staffing.seats.targets import SeatRules, ServiceTargets

LATE_WEIGHT = 5  # lost 101 calls that one late 999 call weighs as: an assumption, as rule SERVICE has it
MOST_SHORT, MOST_SHORT_999 = 8, 3  # heads short that are computed; beyond them each costs as the last did
_SHORT, _SHORT_999 = (0, 1, 2, 4, MOST_SHORT), (0, 1, 2, MOST_SHORT_999)  # seats at which rooms are computed
_SETTLED = 1e-3  # relative change of offered calls at which repeats have settled
_ROUNDS = 6
_THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Shortfall:
    """Thousandths of weighted calls lost per interval, rising and convex from 0; arrays are read-only.

    short : by heads short in total, those for 101 alone first, (intervals, ``MOST_SHORT`` + 1)
    short_999 : on top, by 999 heads short at the same total, (intervals, ``MOST_SHORT_999`` + 1)
    """

    short: Ints
    short_999: Ints

    def __post_init__(self) -> None:
        for name in ("short", "short_999"):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), np.int64))


def shortfall_tables(
    demand: Demand,
    assumptions: RoomAssumptions,
    targets: ServiceTargets,
    definitions: Definitions,
    rules: SeatRules,
    seats_999: Ints,
    seats_101: Ints,
    reserve: Ints,
) -> Shortfall:
    """Late 999 calls, times ``LATE_WEIGHT``, plus lost 101 calls, beyond those at the required seats.

    A 999 call is late when it is not answered within the threshold; both leave out calls that the definitions leave
    out. Redials and spill of the calls lost are counted in, interval by interval. Heads are seats / (1 - shrinkage);
    between whole seats calls are interpolated. Where a step costs less than the one before, neighbouring steps are
    averaged (isotonic regression), since the tables are to be convex for the search and its bounds.

    Parameters
    ----------
    demand, assumptions, targets, definitions, rules : as ``requirement`` had them
    seats_999, seats_101, reserve : the requirement's seats before shrinkage, (intervals,), >= 0

    Raises
    ------
    ValueError : the seats have another shape than the demand, or are negative
    """
    n = demand.intervals
    for name, seats in (("seats_999", seats_999), ("seats_101", seats_101), ("reserve", reserve)):
        if seats.shape != (n,):
            raise ValueError(f"{name} must be ({n},), got the shape {seats.shape}")
        require_count(0, **{name: int(seats.min(initial=0))})
    queues, callers, _ = behind_switchboard(demand, assumptions, rules)
    prediction = predict(queues, callers, targets, definitions, rules.lending_of(n))
    total = np.maximum(seats_999 + seats_101, 1)
    for _ in range(_ROUNDS):
        if prediction.settle(total) < _SETTLED:
            break
    per_head = 1.0 - rules.shrinkage_of(n)
    room = _Room(prediction, total, np.minimum(seats_101, total - 1), reserve)
    in_total = np.stack([room.lost(k, 0) for k in _SHORT], axis=1)
    of_999 = np.stack([room.lost(0, k) for k in _SHORT_999], axis=1)
    return Shortfall(
        _by_heads(in_total, _SHORT, per_head, MOST_SHORT), _by_heads(of_999, _SHORT_999, per_head, MOST_SHORT_999)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Room:
    """Required seats, (intervals,): in total, of these for 101 alone, idle 999 seats kept."""

    prediction: Prediction
    total: Ints
    on_101: Ints
    reserve: Ints

    def lost(self, short: int, short_999: int) -> Floats:
        """Weighted calls lost with so many seats fewer, those for 101 alone first, and so many of the 999 seats held
        by people for 101 alone, (intervals,)."""
        prediction = self.prediction
        total = np.maximum(self.total - short, 1)
        average = RoomAverage(prediction, total)
        measures = average.pooled.copy()
        i = np.flatnonzero(prediction.demand.load <= MAX_SPLIT_LOAD)
        on_101 = np.clip(self.on_101[i] - short + short_999, 0, total[i] - 1)
        measures[i] = average.of_rooms(i, on_101, np.minimum(self.reserve[i], total[i] - on_101 - 1))
        nobody = LATE_WEIGHT * prediction.offered[0] + prediction.offered[1]
        lost: Floats = np.where(self.total > short, _weighted(average.service(measures)), nobody)
        return lost


def _weighted(service: Service) -> Floats:
    late = service.offered_999 - service.within - service.uncounted_999
    weighted: Floats = LATE_WEIGHT * late + service.abandoned_101 - service.uncounted_101
    return weighted


def _by_heads(by_seat: Floats, seats: tuple[int, ...], per_head: Floats, most: int) -> Ints:
    """Thousandths by heads short, (intervals, most + 1), from calls by ``seats`` short, (intervals, seats)."""
    heads = np.arange(most + 1)
    out = np.zeros((by_seat.shape[0], most + 1), dtype=np.int64)
    for i, calls in enumerate(by_seat):
        lost = np.interp(heads * per_head[i], seats, calls - calls[0])
        steps = isotonic_regression(np.maximum(np.diff(lost), 0.0)).x
        # Whole steps that rise make a whole table that is convex.
        out[i, 1:] = np.cumsum(np.round(_THOUSANDTHS * steps).astype(np.int64))
    return out
