"""How many seats: the smallest room, interval by interval, that meets the targets under an uncertain rate."""

from collections.abc import Callable

import numpy as np

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats, Ints, require_count
from rostering.staffing.definitions import Definitions
from rostering.staffing.seats.correction import FrontRoom, corrected
from rostering.staffing.seats.demand import Demand
from rostering.staffing.seats.plan import known_service, plan_seats, scope_spans
from rostering.staffing.seats.prediction import abandoned_shares, predict
from rostering.staffing.seats.repeats import with_repeats
from rostering.staffing.seats.spans import sampled_paths
from rostering.staffing.seats.switchboard import behind_switchboard
from rostering.staffing.seats.targets import Requirement, Scope, SeatRules, ServiceTargets

MAX_LOAD = 5000.0  # erlangs of one interval; a day of such intervals takes a second

Progress = Callable[[float, str], None]


def requirement(
    demand: Demand,
    assumptions: RoomAssumptions,
    targets: ServiceTargets,
    definitions: Definitions,
    rules: SeatRules,
    *,
    seed: int = 1,
    replications: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
) -> Requirement:
    """Seats per interval and desk that meet the targets, and the heads to roster for them.

    First the total, as if all seats were dual-skilled. At the scope of an interval it is the fewest seats that meet
    the targets on average over the uncertain load, each call counting once; the chance total is the fewest that meet
    them at the quantile ``confidence`` of the load. An interval without calls takes the floor. Calls that are given
    up come back as redials and spill (``repeats``); seats and repeats are found together. Then as many seats as
    possible become 101 seats, which need not hold skill 999, at the same total. Shrinkage is applied once, to the
    total, rounded up; the 999 desk's part is rounded up first, so that the 101 desk gives the rounding.

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
    n = demand.intervals
    shrinkage = rules.shrinkage_of(n)
    check(demand, definitions, targets)
    require_count(0, seed=seed, replications=replications)
    tell: Progress = progress or _silent
    queues, callers, stage = behind_switchboard(demand, assumptions, rules)
    prediction = predict(queues, callers, targets, definitions, rules.lending_of(n))
    spanned = targets.scope is not Scope.INTERVAL
    paths = sampled_paths(prediction, seed) if spanned or replications > 0 else None
    tell(0.0, "seats and the calls that they bring back")
    known = np.zeros((len(scope_spans(prediction)), 3))
    plan = plan_seats(prediction, rules, paths if spanned else None, known)
    correction = None
    if replications > 0 and paths is not None:
        tell(0.3, "simulating the seats")
        plan, correction = corrected(
            prediction,
            rules,
            paths,
            plan,
            FrontRoom(assumptions, stage),
            seed=seed,
            replications=replications,
            threads=threads,
            tell=lambda share, text: tell(0.3 + 0.7 * share, text),
        )
    split = plan.split
    service = known_service(prediction, plan)
    shares = abandoned_shares(service)
    answered_wait_s = np.stack([service.answered_wait_999_s, service.answered_wait_101_s])
    offered = np.stack([service.offered_999, service.offered_101])
    rostered_999, rostered_101 = rostered(split.seats_999, split.seats_101, shrinkage)
    tell(1.0, "done")
    return Requirement(
        start=demand.start,
        interval_s=demand.interval_s,
        seats_999=split.seats_999,
        seats_101=split.seats_101,
        rostered_999=rostered_999,
        rostered_101=rostered_101,
        seats_minimum=plan.totals.minimum,
        seats_chance=plan.totals.chance,
        reserve=split.reserve,
        switchboard_seats=np.zeros(n, dtype=np.int64) if stage is None else stage.seats,
        service_level_999=_per(service.within, service.offered_999, 1.0),
        service_level_999_published=_per(service.within_published, service.offered_999, 1.0),
        abandonment_101=shares[1],
        occupancy=service.occupancy,
        mean_wait_s=_per(np.stack([service.wait_999_s, service.wait_101_s]), offered, 0.0),
        mean_answer_s=_per(answered_wait_s, offered * (1.0 - shares), 0.0) + definitions.ring_s,
        offered_calls=with_repeats(prediction.first, shares, callers, demand.interval_s),
        first_attempts=prediction.first if stage is None else stage.dialled(prediction.first),
        correction=correction,
    )


def rostered(seats_999: Ints, seats_101: Ints, shrinkage: Floats | float) -> tuple[Ints, Ints]:
    """Heads to roster for each desk: ceil(total / (1 - shrinkage)), of which the 999 desk's own part rounded up."""
    total = _heads(seats_999 + seats_101, shrinkage)
    on_999 = np.minimum(_heads(seats_999, shrinkage), total)
    return on_999, total - on_999


def _heads(seats: Ints, shrinkage: Floats | float) -> Ints:
    # 7 / 0.7 is a hair above 10 in binary: a billionth of a head is not rostered.
    heads: Ints = np.ceil(seats / (1.0 - shrinkage) - 1e-9).astype(np.int64)
    return heads


def _silent(_share: float, _text: str) -> None:
    return None


def _per(part: Floats, of: Floats, without: float) -> Floats:
    """A ratio, ``without`` where there is nothing to divide by."""
    ratio: Floats = np.divide(part, of, out=np.full_like(part, without), where=of > 0.0)
    return ratio


def check(demand: Demand, definitions: Definitions, targets: ServiceTargets) -> None:
    """The size of the largest load, and a threshold that somebody can meet.

    Raises
    ------
    ValueError : a load is above ``MAX_LOAD``, or 999 is to be answered within less than its phone rings
    """
    load = demand.load
    if (load > MAX_LOAD).any():
        worst = int(load.argmax())
        raise ValueError(
            f"interval {worst} offers {load[worst]:.6g} erlangs, above the {MAX_LOAD:g} that a room is computed for: "
            "check the units of mean_calls (per interval) and aht_s (seconds)"
        )
    if targets.service_level > 0.0 and definitions.threshold_999_s < definitions.ring_s:
        raise ValueError(
            f"threshold_999_s is {definitions.threshold_999_s} s and ring_s {definitions.ring_s} s: nobody is answered "
            "before the phone rings, give a longer threshold"
        )
