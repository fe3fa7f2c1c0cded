"""The prediction that every number of seats rests on: calls with their repeats, and lacks against targets."""

from dataclasses import dataclass

import numpy as np

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats, Ints
from rostering.staffing.definitions import Definitions
from rostering.staffing.seats.counted import Service, lacks
from rostering.staffing.seats.demand import MAX_CV, Demand
from rostering.staffing.seats.repeats import first_attempts, with_repeats
from rostering.staffing.seats.service_table import ServiceTable
from rostering.staffing.seats.targets import Scope, ServiceTargets
from rostering.staffing.seats.uncertainty import LoadNodes, lagged_per_s, load_nodes

HANDLERS_PER_ERLANG = 1.3  # seats over the load, roughly, in a room that meets its targets


@dataclass(slots=True, eq=False)
class Prediction:
    """Service of seats, all dual-skilled, under the demand; ``share_abandoned`` is what repeats are reckoned with."""

    demand: Demand
    assumptions: RoomAssumptions
    targets: ServiceTargets
    definitions: Definitions
    first: Floats  # first attempts, (2, intervals)
    nodes: LoadNodes
    table: ServiceTable
    offered: Floats  # with repeats at the predicted service, (2, intervals)
    settled: Floats  # first attempts that with all their repeats in the same interval make ``offered``
    first_per_s: Floats  # the same, lagged [1/s]

    def service(self, intervals: Ints, seats: Ints) -> Service:
        """Expected calls at each node, fields (m, nodes)."""
        return self.table.service(intervals, seats, self.first_per_s)

    def expected(self, intervals: Ints, seats: Ints) -> Service:
        """The same averaged over the nodes, fields (m,)."""
        return averaged(self.service(intervals, seats), self.nodes.weights)

    def lack(self, intervals: Ints, seats: Ints, *, floor: bool = False) -> Floats:
        """Lacks (m, nodes, 3) against the targets or the floor, none of a queue that has no calls."""
        return lacks(self.service(intervals, seats), self.targets, self.definitions, floor=floor)

    def settle(self, seats: Ints) -> float:
        """Reckon the repeats with the abandonment that these seats predict; returns the largest relative change of
        the offered calls of an interval."""
        abandonment = abandoned_shares(self.expected(np.arange(seats.size), seats))
        before = self.offered
        self.reckon(abandonment)
        return float(np.max(np.abs(self.offered - before) / np.maximum(before, 1.0)))

    def reckon(self, abandonment: Floats) -> None:
        """Offered calls at this abandonment, (2, intervals), repeats arriving after their delay."""
        emergency, other = self.assumptions.queues
        offered = with_repeats(self.first, abandonment, self.assumptions, self.demand.interval_s)
        gave_up = abandonment * offered
        settled = np.stack(
            [
                offered[0] - emergency.redial * gave_up[0] - self.assumptions.spill * gave_up[1],
                offered[1] - other.redial * gave_up[1],
            ]
        )
        lagged = lagged_per_s(offered, self.demand.aht_s, self.demand.interval_s)
        late = np.divide(lagged, offered, out=np.full_like(offered, 1 / self.demand.interval_s), where=offered > 0.0)
        self.offered, self.settled = offered, np.maximum(settled, 0.0)
        self.first_per_s = self.settled * late


def predict(
    demand: Demand,
    assumptions: RoomAssumptions,
    targets: ServiceTargets,
    definitions: Definitions,
    lending: Ints,
) -> Prediction:
    """A prediction whose repeats are those of the past abandonment, so that it offers what was forecast."""
    first = first_attempts(demand.mean_calls, demand.past_abandonment, assumptions, demand.interval_s)
    unavailable = 1.0 - assumptions.availability
    other = np.sqrt(unavailable / likely_handlers(demand)) * np.ones_like(demand.mean_calls)
    if demand.aht_cv is not None:
        other = np.hypot(other, demand.aht_cv)
    nodes = load_nodes(_node_cv(demand, targets), other, targets.confidence)
    per_s = lagged_per_s(demand.mean_calls, demand.aht_s, demand.interval_s)
    table = ServiceTable(per_s, nodes, demand.aht_s, demand.interval_s, assumptions, definitions, lending)
    made = Prediction(demand, assumptions, targets, definitions, first, nodes, table, first, first, per_s)
    past = np.zeros_like(first) if demand.past_abandonment is None else demand.past_abandonment
    made.reckon(past)
    return made


def likely_handlers(demand: Demand) -> Floats:
    """Handlers of a room that meets its targets, roughly, (intervals,)."""
    handlers: Floats = np.maximum(HANDLERS_PER_ERLANG * demand.load, 2.0)
    return handlers


def _node_cv(demand: Demand, targets: ServiceTargets) -> Floats:
    """Spread of the nodes: the rate's, and at longer scopes at least that of the sampled rates between them."""
    if targets.scope is Scope.INTERVAL or demand.rates is None:
        return demand.rate_cv
    mean = demand.rates.mean(axis=0)
    spread = np.divide(demand.rates.std(axis=0), mean, out=np.zeros_like(mean), where=mean > 0.0)
    cv: Floats = np.clip(np.maximum(demand.rate_cv, spread), 0.0, MAX_CV)
    return cv


def averaged(service: Service, weights: Floats) -> Service:
    """Service with fields (...) from fields (..., nodes)."""
    return Service(**{name: getattr(service, name) @ weights for name in Service.__dataclass_fields__})


def abandoned_shares(service: Service) -> Floats:
    """Share of offered calls abandoned, (2, intervals)."""
    pairs = ((service.abandoned_999, service.offered_999), (service.abandoned_101, service.offered_101))
    return np.stack([np.divide(part, of, out=np.zeros_like(part), where=of > 0.0) for part, of in pairs])
