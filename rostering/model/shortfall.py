"""What no roster of these people can avoid: seats short with everybody there who could be, and what it costs elsewhere
to leave an interval without any."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rostering.model.arrays import Ints
from rostering.model.bound import Bounds, Proof, most_heads
from rostering.model.need import seats_short, table_at
from rostering.model.state import Force


@dataclass(frozen=True, slots=True, eq=False)
class Shortfall:
    """Per interval of the cover, (n,): 999 seats and seats in all that stay short, and their service cost."""

    short_999: Ints
    short: Ints
    service: Ints


@dataclass(frozen=True, slots=True, eq=False)
class ShortProof:
    """What is proven of one interval.

    unavoidable_999, unavoidable : seats that no roster fills there
    service : every roster that leaves nobody short there has at least this service tier; None: there is none
    proof : the prices that prove it, where the interval's first seat short costs ``forbidden``
    """

    unavoidable_999: int
    unavoidable: int
    service: int | None
    proof: Proof | None
    forbidden: int


def unavoidable(force: Force) -> Shortfall:
    """Seats that stay short with everybody present wherever one option of a slot could place them.

    What people do in other intervals, and rules between duties, are left out, so that it is never too much.
    """
    need, (rows, n) = force.need, force.need.present.shape
    heads = need.present + most_heads(force.week, rows, n)
    short = np.zeros((n, 2), dtype=np.int64)
    for t in range(n):
        only_999, only_101, both = (int(number) for number in heads[:3, t])
        short[t] = seats_short(need.need, t, only_999, only_101, both, need.pooled)
    service = [
        (table_at(need.service, t, int(total)) if total else 0)
        + (table_at(need.service_999, t, int(nines)) if nines else 0)
        for t, (nines, total) in enumerate(short)
    ]
    return Shortfall(short[:, 0].copy(), short[:, 1].copy(), np.array(service, dtype=np.int64))


def short_proof(force: Force, interval: int, rounds: int = 200) -> ShortProof:
    """What is proven of ``interval``, with so many steps of ascent.

    The bound of rosters without a seat short there is the service tier's bound where such a seat costs more than the
    whole roster does at its worst: those rosters pay nothing for it.
    """
    nobody = unavoidable(force)
    here = int(nobody.short_999[interval]), int(nobody.short[interval])
    need = force.need
    worst = int(sum(table_at(need.service, t, int(total)) for t, total in enumerate(need.need.sum(axis=0))))
    worst += int(sum(table_at(need.service_999, t, int(nines)) for t, nines in enumerate(need.need[0])))
    forbidden = worst + 1
    if any(here):
        return ShortProof(*here, None, None, forbidden)
    service, service_999 = need.service.copy(), need.service_999.copy()
    service[interval] += forbidden * np.arange(service.shape[1])
    service_999[interval] += forbidden * np.arange(service_999.shape[1])
    bounds = Bounds(replace(force, need=need._replace(service=service, service_999=service_999)), rounds)
    for _ in range(0, rounds, bounds.chunk):
        bounds.climb(0, (0, 0, 0))
    proof = bounds.proof(0, (0, 0, 0))
    bound = max(proof.bound(0, (0, 0, 0)), 0)
    return ShortProof(*here, bound if bound < forbidden else None, proof, forbidden)
