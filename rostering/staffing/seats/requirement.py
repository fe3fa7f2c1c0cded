"""How many seats: the smallest room, interval by interval, that meets both targets under an uncertain rate."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike

from rostering.staffing.assumptions import QueueAssumptions
from rostering.staffing.checks import Floats, Ints, per_queue_intervals, require_count
from rostering.staffing.queueing.priority import MEAN_WAIT_S, OCCUPANCY, P_ABANDON, SERVICE_LEVEL
from rostering.staffing.seats.seat_search import Room, Search, smallest_room
from rostering.staffing.seats.targets import Requirement, ServiceTargets
from rostering.staffing.seats.uncertainty import lagged_per_s, rate_factors

MAX_LOAD = 300.0  # erlangs of one interval; its search takes some ten seconds there and grows with the cube


def requirement(
    start: datetime,
    interval_s: int,
    mean_calls: ArrayLike,
    rate_cv: ArrayLike,
    aht_s: ArrayLike,
    assumptions: tuple[QueueAssumptions, QueueAssumptions],
    targets: ServiceTargets,
    *,
    shrinkage: float,
    min_seats_999: int = 2,
    progress: Callable[[float, str], None] | None = None,
) -> Requirement:
    """Seats per interval and desk that meet both targets, and the heads to roster for them.

    Each interval takes the fewest seats, all dual-skilled, that meet both targets on average over the uncertain
    rate, each call counting once (``uncertainty.rate_factors``). Then as many seats as possible become 101 seats,
    which need not hold skill 999, at the same total. An interval without calls takes the floor. Shrinkage is applied
    once, to the total, rounded up; the 999 desk's part is rounded up first, so that the 101 desk gives the rounding.

    Parameters
    ----------
    start : first interval, with time zone
    interval_s : width of an interval [s], >= 60
    mean_calls : expected offered calls per interval, (2, intervals), 999 first, >= 0
    rate_cv : coefficient of variation of the rate around that mean, (2, intervals), 0..2
    aht_s : mean handling times, talk plus wrap-up, (2, intervals) [s], > 0
    assumptions : patience of 999 and 101 callers
    targets : service level of 999 and abandonment of 101
    shrinkage : share of rostered time not available for calls, 0 <= shrinkage < 1; without what is rostered as
        activity
    min_seats_999 : floor of the 999 seats, >= 1
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
    calls = per_queue_intervals("mean_calls", mean_calls, above_zero=False)
    cv = per_queue_intervals("rate_cv", rate_cv, above_zero=False)
    aht = per_queue_intervals("aht_s", aht_s, above_zero=True)
    if not calls.shape == cv.shape == aht.shape:
        raise ValueError(
            f"mean_calls, rate_cv and aht_s must agree in shape, got {calls.shape}, {cv.shape}, {aht.shape}"
        )
    _check(interval_s, calls, cv, aht, shrinkage, min_seats_999)
    factors, weights = rate_factors(cv)
    per_s = lagged_per_s(calls, aht, interval_s)
    rooms: list[Room] = []
    n_intervals = calls.shape[1]
    for i in range(n_intervals):
        search = Search(
            per_s=np.ascontiguousarray((per_s[:, i, None] * factors[:, i]).T),
            weights=np.ascontiguousarray((weights * factors[:, i]).T),
            aht_s=np.ascontiguousarray(aht[:, i]),
            gives_up=np.array([1.0 / assumptions[0].patience_s, 1.0 / assumptions[1].patience_s]),
            targets=targets,
            in_use=calls[:, i] > 0.0,
            floor=min_seats_999,
            interval=i,
            interval_s=interval_s,
        )
        rooms.append(smallest_room(search, rooms[-1] if rooms else None))
        if progress is not None and (i % 16 == 15 or i == n_intervals - 1):
            progress((i + 1) / n_intervals, f"seats of {i + 1} of {n_intervals} intervals")
    seats_999 = np.array([room.seats_999 for room in rooms])
    seats_101 = np.array([room.seats_101 for room in rooms])
    measures = np.array([room.measures for room in rooms]).T
    rostered_999, rostered_101 = rostered(seats_999, seats_101, shrinkage)
    return Requirement(
        start=start,
        interval_s=interval_s,
        seats_999=seats_999,
        seats_101=seats_101,
        rostered_999=rostered_999,
        rostered_101=rostered_101,
        service_level_999=measures[SERVICE_LEVEL][0],
        abandonment_101=measures[P_ABANDON][1],
        occupancy=measures[OCCUPANCY],
        mean_wait_s=measures[MEAN_WAIT_S],
    )


def rostered(seats_999: Ints, seats_101: Ints, shrinkage: float) -> tuple[Ints, Ints]:
    """Heads to roster for each desk: ceil(total / (1 - shrinkage)), of which the 999 desk's own part rounded up."""
    total = _heads(seats_999 + seats_101, shrinkage)
    on_999 = np.minimum(_heads(seats_999, shrinkage), total)
    return on_999, total - on_999


def _heads(seats: Ints, shrinkage: float) -> Ints:
    # 7 / 0.7 is a hair above 10 in binary: a billionth of a head is not rostered.
    return np.ceil(seats / (1.0 - shrinkage) - 1e-9).astype(np.int64)


def _check(
    interval_s: int,
    calls: Floats,
    cv: Floats,
    aht_s: Floats,
    shrinkage: float,
    min_seats_999: int,
) -> None:
    """Ranges of the arguments that are not arrays of calls, and the size of the largest load."""
    require_count(60, interval_s=interval_s)
    require_count(1, min_seats_999=min_seats_999)
    if not 0.0 <= shrinkage < 1.0:
        raise ValueError(f"shrinkage must be at least 0 and below 1, got {shrinkage}")
    if (cv > 2.0).any():
        raise ValueError(f"rate_cv must be at most 2, got {cv.max()}")
    load = (calls / interval_s * aht_s).sum(axis=0)
    if (load > MAX_LOAD).any():
        worst = int(load.argmax())
        raise ValueError(
            f"interval {worst} offers {load[worst]:.0f} erlangs, above the {MAX_LOAD:.0f} that a room is computed for: "
            "check the units of mean_calls (per interval) and aht_s (seconds)"
        )
