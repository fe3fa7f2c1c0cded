"""What a roster's cover risks in each interval: the chance that a target is missed, and calls late and lost.

Two things are uncertain: the load, which is the forecast's, and how many of the rostered heads are there. The second
enters as a spread of the load, since a room lacks the same whether a tenth more comes or a tenth fewer are there. Both
queues are taken at the same quantile of their loads, so that the chance of missing either target is the larger of the
two. Luck within an interval, which is who calls when, is averaged out: a target is missed where the interval's
expected service misses it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, roots_hermitenorm

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats, Ints, frozen_copy
from rostering.staffing.definitions import Definitions
from rostering.staffing.queueing.measures import (
    ANSWERED_WAIT_S,
    LEVEL_999,
    MEAN_WAIT_S,
    N_MEASURES,
    OCCUPANCY,
    P_ABANDON,
    P_WAIT,
    PUBLISHED_LEVEL,
)
from rostering.staffing.seats.counted import Service, counted, lacks
from rostering.staffing.seats.demand import MAX_CV, Demand
from rostering.staffing.seats.prediction import Prediction, predict
from rostering.staffing.seats.split import MAX_SPLIT_LOAD
from rostering.staffing.seats.switchboard import behind_switchboard
from rostering.staffing.seats.targets import SeatRules, ServiceTargets
from rostering.staffing.seats.uncertainty import N_NODES

LEVEL = 0.9  # of the intervals of late and lost calls
MOST_SHORT, UNTOLD = 8, -1  # further heads that are tried; of intervals that were not asked for
_SETTLED, _ROUNDS = 1e-3, 3  # relative change of offered calls at which repeats have settled


@dataclass(frozen=True, slots=True, eq=False)
class CoverRisk:
    """Arrays are read-only.

    chance : of missing a target, (2, intervals), 999's first, 0..1
    late_999, lost_101 : calls expected, and the bounds between which they lie with probability ``LEVEL``,
        (3, intervals): mean, lower, upper
    heads_short : fewest further heads at the 999 desk with which the expected service meets both targets, (intervals,),
        ``MOST_SHORT`` + 1 where so many are not enough, ``UNTOLD`` of those beyond the weakest that were asked for
    """

    chance: Floats
    late_999: Floats
    lost_101: Floats
    heads_short: Ints

    def __post_init__(self) -> None:
        for name in ("chance", "late_999", "lost_101"):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), np.float64))
        object.__setattr__(self, "heads_short", frozen_copy(self.heads_short, np.int64))


def cover_risk(
    demand: Demand,
    assumptions: RoomAssumptions,
    targets: ServiceTargets,
    definitions: Definitions,
    rules: SeatRules,
    heads_999: Ints,
    heads_101: Ints,
    reserve: Ints,
    *,
    weakest: int | None = None,
    among: NDArray[np.bool_] | None = None,
) -> CoverRisk:
    """What heads rostered on calls, before shrinkage, are predicted to do in each interval.

    Parameters
    ----------
    demand, assumptions, targets, definitions, rules : as ``requirement`` has them; each interval is held against the
        targets whatever their scope
    heads_999, heads_101, reserve : heads at both desks, idle 999 seats kept from 101, (intervals,), >= 0
    weakest, among : of how many intervals ``heads_short`` is told, None: all; of which these are the weakest,
        (intervals,), None: of all

    Raises
    ------
    ValueError : heads have another shape than the demand, or are negative
    """
    n = demand.intervals
    for name, heads in (("heads_999", heads_999), ("heads_101", heads_101), ("reserve", reserve)):
        if heads.shape != (n,) or (heads < 0).any():
            raise ValueError(
                f"{name} must be ({n},) numbers of at least 0, got {heads.shape} from {heads.min(initial=0)}"
            )
    there = 1.0 - rules.shrinkage_of(n)
    queues, callers, _ = behind_switchboard(_spread(demand, heads_999 + heads_101, there), assumptions, rules)
    prediction = predict(queues, callers, targets, definitions, rules.lending_of(n))
    rooms = _Rooms(prediction, there, reserve)
    total = np.maximum(np.rint((heads_999 + heads_101) * there).astype(np.int64), 1)
    for _ in range(_ROUNDS):
        if prediction.settle(total) < _SETTLED:
            break
    everywhere = np.arange(n)
    service = rooms.service(everywhere, heads_999, heads_101)
    lack = lacks(service, targets, definitions)
    late = service.offered_999 - service.within - service.uncounted_999
    lost = service.abandoned_101 - service.uncounted_101
    missed_999 = np.maximum(rooms.chance(lack[..., 0]), rooms.chance(lack[..., 2]))
    chance = np.stack([missed_999, rooms.chance(lack[..., 1])])
    bounds = rooms.bounds(late), rooms.bounds(lost)
    order = weakest_first(chance, bounds[0][0] + bounds[1][0])
    asked = order[:weakest] if among is None else order[among[order]][:weakest]
    return CoverRisk(
        chance=chance,
        late_999=bounds[0],
        lost_101=bounds[1],
        heads_short=_heads_short(rooms, asked, lack, targets, definitions, heads_999, heads_101),
    )


def weakest_first(chance: Floats, lost: Floats) -> Ints:
    """Intervals by the chance (2, intervals) of missing either target, in steps of a ten-thousandth, then by the calls
    late and lost, (intervals,)."""
    order: Ints = np.lexsort((-lost, -np.round(chance.max(axis=0), 4)))
    return order


def _spread(demand: Demand, heads: Ints, there: Floats) -> Demand:
    """The demand with the spread of how many are there, binomial, on top of its handling times'."""
    cv = np.sqrt((1.0 - there) / np.maximum(heads * there, 1e-9))
    own = np.zeros_like(demand.aht_s) if demand.aht_cv is None else demand.aht_cv
    return replace(demand, aht_cv=np.minimum(np.hypot(own, cv), MAX_CV))


@dataclass(frozen=True, slots=True, eq=False)
class _Rooms:
    """Rooms of heads at the nodes of the load; ``there`` is the share of heads that is there, (intervals,)."""

    prediction: Prediction
    there: Floats
    reserve: Ints

    def service(self, i: Ints, heads_999: Ints, heads_101: Ints) -> Service:
        """Service of intervals i with these heads, fields (m, nodes); between whole seats it is interpolated."""
        prediction = self.prediction
        seats = (heads_999 + heads_101) * self.there[i]
        whole = np.floor(seats + 1e-9).astype(np.int64)
        part = np.clip(seats - whole, 0.0, 1.0)[:, None, None]
        on_101 = np.rint(heads_101 * self.there[i]).astype(np.int64)
        on_101[prediction.demand.load[i] > MAX_SPLIT_LOAD] = 0
        _, offered = prediction.table.at_nodes(i, np.maximum(whole, 1), prediction.first_per_s)
        measures = self._measures(i, offered, whole, on_101)
        if (part > 1e-9).any():
            measures = measures + part * (self._measures(i, offered, whole + 1, on_101) - measures)
        measures[heads_999 == 0] = self._without_999(measures[heads_999 == 0])
        return counted(measures, offered * prediction.demand.interval_s, prediction.definitions, prediction.assumptions)

    def _measures(self, i: Ints, offered: Floats, seats: Ints, on_101: Ints) -> Floats:
        total = np.maximum(seats, 1)
        on_101 = np.minimum(on_101, total - 1)
        found = self.prediction.table.of_rooms(i, offered, total - on_101, on_101, self.reserve[i])
        found[seats == 0] = self._nobody()
        return found

    def _nobody(self) -> Floats:
        """Measures of a room without anybody in it."""
        measures = np.zeros(N_MEASURES)
        measures[P_WAIT], measures[P_ABANDON], measures[OCCUPANCY] = 1.0, 1.0, 1.0
        measures[MEAN_WAIT_S] = [queue.patience_s for queue in self.prediction.assumptions.queues]
        return measures

    def _without_999(self, measures: Floats) -> Floats:
        """The measures where nobody answers 999."""
        changed, nobody = measures.copy(), self._nobody()
        for pair in (P_WAIT, P_ABANDON, MEAN_WAIT_S, ANSWERED_WAIT_S):
            changed[..., pair.start] = nobody[pair.start]
        changed[..., [LEVEL_999, PUBLISHED_LEVEL]] = 0.0
        return changed

    def chance(self, lack: Floats) -> Floats:
        """Chance that a lack (m, nodes), which rises with the load, is above 0, (m,)."""
        z, order = self._quantiles()
        found = np.empty(lack.shape[0])
        for row, values in enumerate(np.maximum.accumulate(lack[:, order], axis=1)):
            found[row] = 1.0 - ndtr(_crossing(z, values))
        return found

    def bounds(self, calls: Floats) -> Floats:
        """Mean, lower and upper bound of calls (m, nodes), (3, m)."""
        z, order = self._quantiles()
        edge = ndtri((1.0 + LEVEL) / 2.0)
        at = np.array([[np.interp(sign * edge, z, row) for sign in (-1, 1)] for row in calls[:, order]]).reshape(-1, 2)
        mean = calls @ self.prediction.nodes.weights
        return np.stack([mean, np.minimum(at[:, 0], mean), np.maximum(at[:, 1], mean)])

    def _quantiles(self) -> tuple[Floats, Ints]:
        """Normal quantiles of the nodes in rising order, and that order."""
        z = np.append(roots_hermitenorm(N_NODES)[0], ndtri(self.prediction.targets.confidence))
        order = np.argsort(z)
        return z[order], order


def _crossing(z: Floats, values: Floats) -> float:
    """Where rising ``values`` at rising ``z`` cross 0, by straight lines, also beyond the ends."""
    if values[0] == values[-1]:
        return -np.inf if values[0] > 0.0 else np.inf
    above = int(np.searchsorted(values, 0.0, side="right"))
    right = min(max(above, 1), z.size - 1)
    rise = values[right] - values[right - 1]
    if rise <= 0.0:
        return -np.inf if values[right] > 0.0 else np.inf
    return float(z[right] - values[right] * (z[right] - z[right - 1]) / rise)


def _heads_short(
    rooms: _Rooms,
    asked: Ints,
    lack: Floats,
    targets: ServiceTargets,
    definitions: Definitions,
    heads_999: Ints,
    heads_101: Ints,
) -> Ints:
    weights = rooms.prediction.nodes.weights

    def fails(values: Floats) -> Floats:
        missed: Floats = (np.einsum("ikt,k->it", values, weights) > 1e-9).any(axis=1)
        return missed

    short = np.full(heads_999.size, UNTOLD, dtype=np.int64)
    short[asked] = 0
    open_ = np.sort(asked[fails(lack[asked])])
    for more in range(1, MOST_SHORT + 1):
        if not open_.size:
            break
        short[open_] = more
        service = rooms.service(open_, heads_999[open_] + more, heads_101[open_])
        open_ = open_[np.flatnonzero(fails(lacks(service, targets, definitions)))]
    short[open_] = MOST_SHORT + 1
    return short
