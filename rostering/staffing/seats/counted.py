"""From waits and shares to what a force counts: definitions applied to predicted service."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats
from rostering.staffing.definitions import Counting, Definitions, Denominator, TransferDelay
from rostering.staffing.queueing.measures import (
    ANSWERED_WAIT_S,
    LEVEL_999,
    MEAN_WAIT_S,
    OCCUPANCY,
    P_ABANDON,
    P_WAIT,
    PUBLISHED_LEVEL,
)
from rostering.staffing.seats.targets import Clock, ServiceTargets

N_DELAYS = 12  # equally likely transfer delays that stand for their distribution


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """Expected calls and call-seconds of an interval; fields share one shape, (...)."""

    offered_999: Floats
    offered_101: Floats
    within: Floats  # 999 calls answered within the threshold by the force's clock
    within_published: Floats
    abandoned_999: Floats
    abandoned_101: Floats
    uncounted_999: Floats  # abandoned calls that leave the figures
    uncounted_101: Floats
    wait_999_s: Floats  # summed waits of all offered calls, ring time not included [s]
    wait_101_s: Floats
    answered_wait_999_s: Floats  # the same of answered calls [s]
    answered_wait_101_s: Floats
    occupancy: Floats  # handling time / time available


def counted(measures: Floats, offered: Floats, definitions: Definitions, assumptions: RoomAssumptions) -> Service:
    """Service, fields (...), of measures per offered call (..., N_MEASURES) and offered calls (..., 2)."""
    p_wait, p_abandon, wait_s = measures[..., P_WAIT], measures[..., P_ABANDON], measures[..., MEAN_WAIT_S]
    uncounted = uncounted_shares(p_wait, wait_s, definitions, assumptions)
    on_999, on_101 = offered[..., 0], offered[..., 1]
    return Service(
        offered_999=on_999,
        offered_101=on_101,
        within=on_999 * measures[..., LEVEL_999],
        within_published=on_999 * measures[..., PUBLISHED_LEVEL],
        abandoned_999=on_999 * p_abandon[..., 0],
        abandoned_101=on_101 * p_abandon[..., 1],
        uncounted_999=on_999 * np.minimum(uncounted[0], p_abandon[..., 0]),
        uncounted_101=on_101 * np.minimum(uncounted[1], p_abandon[..., 1]),
        wait_999_s=on_999 * wait_s[..., 0],
        wait_101_s=on_101 * wait_s[..., 1],
        answered_wait_999_s=on_999 * measures[..., ANSWERED_WAIT_S][..., 0],
        answered_wait_101_s=on_101 * measures[..., ANSWERED_WAIT_S][..., 1],
        occupancy=measures[..., OCCUPANCY],
    )


def lacks(service: Service, targets: ServiceTargets, definitions: Definitions, *, floor: bool = False) -> Floats:
    """What is missing to each target, (..., 3): 999 calls that had to be answered in time, 101 calls that gave up too
    many, and seconds of waiting too many [s]. A target is met where its lack is at most 0.

    Lacks of intervals, days or rates add up to those of a span, each call counting once.
    """
    level, abandonment, answer_s = targets.service_level, targets.abandonment, targets.mean_answer_999_s
    if floor:
        level, abandonment, answer_s = targets.floor_service_level, targets.floor_abandonment, None
    within = service.within if targets.clock is Clock.FORCE else service.within_published
    counted = service.offered_999 - service.uncounted_999
    answered = service.offered_999 - service.abandoned_999
    out = np.empty((*np.shape(service.within), 3))
    out[..., 0] = level * (counted if definitions.service_level_of is Denominator.OFFERED else answered) - within
    out[..., 1] = (
        service.abandoned_101 - service.uncounted_101 - abandonment * (service.offered_101 - service.uncounted_101)
    )
    if level == 0.0:
        out[..., 0] = 0.0
    if abandonment == 1.0:
        out[..., 1] = 0.0
    out[..., 2] = (
        0.0 if answer_s is None else (service.answered_wait_999_s - (answer_s - definitions.ring_s) * answered)
    )
    return out


def clocks_of(definitions: Definitions) -> Floats:
    """Waits [s] within which a 999 call is in time, and the weight of each in the force's and in the published clock,
    (3, waits): the threshold less ring time, and less each transfer delay."""
    limit_s = definitions.threshold_999_s - definitions.ring_s
    if definitions.transfer.mean_s == 0.0:
        return np.array([[limit_s], [1.0], [1.0]])
    left_s = limit_s - transfer_delays(definitions.transfer)
    in_time = left_s[left_s >= 0.0]
    published = np.full(in_time.size, 1.0 / N_DELAYS)
    return np.array([[limit_s, *in_time], [1.0, *np.zeros(in_time.size)], [0.0, *published]])


def transfer_delays(transfer: TransferDelay) -> Floats:
    """Equally likely delays (``N_DELAYS``,) [s] of the lognormal transfer."""
    variance = np.log1p(transfer.cv**2)
    z = ndtri((np.arange(N_DELAYS) + 0.5) / N_DELAYS)
    delays: Floats = transfer.mean_s * np.exp(np.sqrt(variance) * z - variance / 2.0)
    return delays


def uncounted_shares(
    p_wait: Floats, mean_wait_s: Floats, definitions: Definitions, assumptions: RoomAssumptions
) -> tuple[Floats, Floats]:
    """Shares of offered 999 and 101 calls that are given up so soon that they leave the figures.

    Giving up at the rate 1 / patience over waits that fall exponentially from P(wait): within t, mean wait / patience
    x (1 - exp(-t P(wait) / mean wait)). Arrays are (..., 2), 999 first. Callers who balk are gone at once.
    """
    emergency, other = assumptions.queues
    short = definitions.short_abandon_s if definitions.short_abandons is Counting.EXCLUDED else 0.0
    message = definitions.message_s if definitions.message_leavers is Counting.EXCLUDED else 0.0
    shares = []
    for queue, (caller, until_s) in enumerate(((emergency, short), (other, max(short, message)))):
        wait_s = np.maximum(mean_wait_s[..., queue], 1e-300)
        soon = wait_s / caller.patience_s * -np.expm1(-until_s * p_wait[..., queue] / wait_s)
        shares.append(soon + (caller.balking * p_wait[..., queue] if until_s > 0.0 else 0.0))
    return shares[0], shares[1]
