"""How many seats: the smallest room, interval by interval, that meets both targets under an uncertain rate."""

from collections.abc import Callable

import numpy as np

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats, Ints
from rostering.staffing.definitions import Definitions
from rostering.staffing.queueing.priority import MEAN_WAIT_S, OCCUPANCY, P_ABANDON, SERVICE_LEVEL
from rostering.staffing.seats.demand import Demand
from rostering.staffing.seats.seat_search import Room, Search, smallest_room
from rostering.staffing.seats.targets import Requirement, SeatRules, ServiceTargets
from rostering.staffing.seats.uncertainty import lagged_per_s, rate_factors

MAX_LOAD = 300.0  # erlangs of one interval; its search takes some ten seconds there and grows with the cube


def requirement(
    demand: Demand,
    assumptions: RoomAssumptions,
    targets: ServiceTargets,
    definitions: Definitions,
    rules: SeatRules,
    *,
    seed: int = 1,  # noqa: ARG001
    replications: int = 0,  # noqa: ARG001
    threads: int = 1,  # noqa: ARG001
    progress: Callable[[float, str], None] | None = None,
) -> Requirement:
    """Seats per interval and desk that meet both targets, and the heads to roster for them.

    Each interval takes the fewest seats, all dual-skilled, that meet both targets on average over the uncertain
    rate, each call counting once (``uncertainty.rate_factors``). Then as many seats as possible become 101 seats,
    which need not hold skill 999, at the same total. An interval without calls takes the floor. Shrinkage is applied
    once, to the total, rounded up; the 999 desk's part is rounded up first, so that the 101 desk gives the rounding.

    Parameters
    ----------
    demand : calls, their uncertainty and handling times
    assumptions : callers and room
    targets, definitions, rules : what must be reached, how it is counted, and the rules of seats
    seed, replications, threads : of the correction by simulation; 0 replications: none
    progress : called with the share done, 0..1, and a text

    Raises
    ------
    ValueError : an argument is out of range, a load exceeds ``MAX_LOAD``, or no room within the bounds meets the
        targets

    References
    ----------
    .. [1] Gans, Koole and Mandelbaum (2003), Telephone call centers. MSOM 5(2).
    .. [2] Whitt (2006), Staffing a call center with uncertain arrival rate and absenteeism. POMS 15(1).
    """
    calls, aht, n_intervals = demand.mean_calls, demand.aht_s, demand.intervals
    shrinkage = rules.shrinkage_of(n_intervals)
    _check(demand)
    factors, weights = rate_factors(demand.rate_cv)
    per_s = lagged_per_s(calls, aht, demand.interval_s)
    rooms: list[Room] = []
    for i in range(n_intervals):
        search = Search(
            per_s=np.ascontiguousarray((per_s[:, i, None] * factors[:, i]).T),
            weights=np.ascontiguousarray((weights * factors[:, i]).T),
            aht_s=np.ascontiguousarray(aht[:, i]),
            gives_up=np.array([1.0 / queue.patience_s for queue in assumptions.queues]),
            targets=targets,
            in_use=calls[:, i] > 0.0,
            floor=rules.min_seats_999,
            interval=i,
            interval_s=demand.interval_s,
            threshold_s=definitions.threshold_999_s,
        )
        rooms.append(smallest_room(search, rooms[-1] if rooms else None))
        if progress is not None and (i % 16 == 15 or i == n_intervals - 1):
            progress((i + 1) / n_intervals, f"seats of {i + 1} of {n_intervals} intervals")
    seats_999 = np.array([room.seats_999 for room in rooms])
    seats_101 = np.array([room.seats_101 for room in rooms])
    measures = np.array([room.measures for room in rooms]).T
    rostered_999, rostered_101 = rostered(seats_999, seats_101, shrinkage)
    return Requirement(
        start=demand.start,
        interval_s=demand.interval_s,
        seats_999=seats_999,
        seats_101=seats_101,
        rostered_999=rostered_999,
        rostered_101=rostered_101,
        seats_minimum=np.full(n_intervals, rules.min_seats_999),
        seats_chance=seats_999 + seats_101,
        reserve=np.zeros(n_intervals, dtype=np.int64),
        switchboard_seats=np.zeros(n_intervals, dtype=np.int64),
        service_level_999=measures[SERVICE_LEVEL][0],
        service_level_999_published=measures[SERVICE_LEVEL][0],
        abandonment_101=measures[P_ABANDON][1],
        occupancy=measures[OCCUPANCY],
        mean_wait_s=measures[MEAN_WAIT_S],
        mean_answer_s=measures[MEAN_WAIT_S],
        offered_calls=calls,
        first_attempts=calls,
    )


def rostered(seats_999: Ints, seats_101: Ints, shrinkage: Floats | float) -> tuple[Ints, Ints]:
    """Heads to roster for each desk: ceil(total / (1 - shrinkage)), of which the 999 desk's own part rounded up."""
    total = _heads(seats_999 + seats_101, shrinkage)
    on_999 = np.minimum(_heads(seats_999, shrinkage), total)
    return on_999, total - on_999


def _heads(seats: Ints, shrinkage: Floats | float) -> Ints:
    # 7 / 0.7 is a hair above 10 in binary: a billionth of a head is not rostered.
    return np.ceil(seats / (1.0 - shrinkage) - 1e-9).astype(np.int64)


def _check(demand: Demand) -> None:
    """The size of the largest load."""
    load = demand.load
    if (load > MAX_LOAD).any():
        worst = int(load.argmax())
        raise ValueError(
            f"interval {worst} offers {load[worst]:.0f} erlangs, above the {MAX_LOAD:.0f} that a room is computed for: "
            "check the units of mean_calls (per interval) and aht_s (seconds)"
        )
