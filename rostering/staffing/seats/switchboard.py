"""The switchboard: a front stage that everybody who dials 101 meets, before the 101 queue.

Of x calls that dial, a share is given up there and the rest answered; what the switchboard does not resolve joins the
101 queue. Whoever gives up, here or there, dials again or turns to 999 by the same shares:

    x = first + redial (lost x + abandoned o),    o = (1 - lost) (1 - resolves) x

so the 101 queue has first attempts and redials of its own, both those of the dialled calls times
(1 - lost) (1 - resolves) / (1 - redial lost), and what the switchboard loses spills to 999 besides.
"""

from dataclasses import dataclass, replace

import numpy as np

from rostering.staffing.assumptions import RoomAssumptions, Switchboard
from rostering.staffing.checks import Floats, Ints
from rostering.staffing.queueing.measures import ABANDON_101, force_clock
from rostering.staffing.seats.demand import Demand
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.seat_search import Goals, Loads, smallest_rooms
from rostering.staffing.seats.targets import SeatRules
from rostering.staffing.seats.uncertainty import lagged_per_s, rate_factors


@dataclass(frozen=True, slots=True, eq=False)
class FrontStage:
    """The switchboard's seats, and what it does to the calls behind it."""

    seats: Ints  # (intervals,)
    lost: Floats  # share of those who dial 101 whom it loses, (intervals,)
    passed_on: Floats  # first attempts of the 101 queue over those that dial, (intervals,)
    spilled: Floats  # calls to 999 over first attempts that dial 101, (intervals,)

    def dialled(self, first: Floats) -> Floats:
        """First attempts as dialled, (..., 2, intervals), of those that reach the two queues."""
        calls = first.copy()
        calls[..., 1, :] = np.divide(
            first[..., 1, :], self.passed_on, out=np.zeros_like(first[..., 1, :]), where=self.passed_on > 0.0
        )
        calls[..., 0, :] -= self.spilled * calls[..., 1, :]
        return np.maximum(calls, 0.0)

    def behind(self, dialled: Floats) -> Floats:
        """First attempts that reach the two queues, (..., 2, intervals), of those that are dialled."""
        calls = dialled.copy()
        calls[..., 0, :] += self.spilled * dialled[..., 1, :]
        calls[..., 1, :] *= self.passed_on
        return calls


def behind_switchboard(
    demand: Demand, assumptions: RoomAssumptions, rules: SeatRules
) -> tuple[Demand, RoomAssumptions, FrontStage | None]:
    """Demand and callers of the two queues as the switchboard leaves them, with its seats; all unchanged without one.

    Its seats are the fewest that lose at most ``rules.switchboard_abandonment`` of the calls, by Erlang A on average
    over the uncertain rate. They are worked out for first attempts, which at that loss are nearly all who dial.
    """
    switchboard = assumptions.switchboard
    if switchboard is None:
        return demand, assumptions, None
    first = first_attempts(demand.mean_calls, demand.past_abandonment, assumptions, demand.interval_s)
    seats, lost = _stage(demand, first[1], switchboard, rules)
    other = assumptions.non_emergency
    through = (1.0 - lost) * (1.0 - switchboard.resolves) / (1.0 - other.redial * lost)
    stage = FrontStage(seats, lost, through, assumptions.spill * lost / (1.0 - other.redial * lost))
    total = first[1].sum()
    mean_through = float((first[1] @ through) / total) if total > 0.0 else 1.0 - switchboard.resolves
    rates = demand.rates
    if rates is not None:
        rates = stage.behind(first_attempts(rates, demand.past_abandonment, assumptions, demand.interval_s))
    behind = replace(demand, mean_calls=stage.behind(first), rates=rates, past_abandonment=None)
    callers = replace(other, redial=other.redial * mean_through)
    return behind, replace(assumptions, non_emergency=callers, switchboard=None), stage


def _stage(demand: Demand, dialled: Floats, switchboard: Switchboard, rules: SeatRules) -> tuple[Ints, Floats]:
    """Seats and share lost of each interval, (intervals,)."""
    n = demand.intervals
    factors, weights = rate_factors(np.stack([np.zeros(n), demand.rate_cv[1]]))
    aht_s = np.full((2, n), switchboard.aht_s)
    per_s = lagged_per_s(np.stack([np.zeros(n), dialled]), aht_s, demand.interval_s)
    shape = (n, weights.size, 2)
    loads = Loads(
        per_s=np.moveaxis(per_s[..., None] * factors, 0, -1),
        weights=np.moveaxis(factors * weights, 0, -1),
        aht_s=np.full(shape, switchboard.aht_s),
        gives_up=np.array([0.0, 1.0 / switchboard.patience_s]),
        balking=np.zeros(2),
        clocks=force_clock(0.0),
        interval_s=float(demand.interval_s),
    )
    goals = Goals(np.zeros(n), np.full(n, rules.switchboard_abandonment), np.full(n, np.inf))
    rooms = smallest_rooms(loads, goals, np.ones(n, dtype=np.int64))
    return rooms.seats_999, np.where(dialled > 0.0, rooms.measures[:, ABANDON_101], 0.0)
