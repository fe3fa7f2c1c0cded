"""What nobody can cover, and what an interval without a seat short costs, against every roster of a tiny force."""

from __future__ import annotations

import numpy as np

from rostering.model.shortfall import short_proof, unavoidable
from tests.rostering.model.test_bounds import force_of, plans, rosters, tiny


def test_no_roster_is_less_short_anywhere_than_nobody_can_avoid() -> None:
    force = force_of(tiny())
    (dual, _), (single, _) = (plans(force, person) for person in range(2))
    nines, ones = force.need.need
    least = np.full(nines.size, 99)
    for on in dual:
        heads = on + single
        short_999 = np.maximum(nines - on, 0)
        short = np.maximum(np.maximum(nines + ones - heads, short_999), short_999 + ones - heads)
        least = np.minimum(least, short.min(axis=0))
    found = unavoidable(force)
    assert (found.short <= least).all()
    assert (found.short[28:34] == 1).all()
    assert 0 < found.service.sum() <= rosters(force)[:, 0].min()


def test_an_interval_without_a_seat_short_is_proven_to_cost_at_most_what_it_does() -> None:
    force = force_of(tiny())
    here = 40  # both seats are wanted, two people could be there
    (dual, _), (single, _) = (plans(force, person) for person in range(2))
    filled = (dual[:, here][:, None] & single[:, here][None, :]).astype(bool).ravel()
    least = rosters(force)[filled, 0].min()
    proven = short_proof(force, here, rounds=100)
    assert (proven.unavoidable, proven.unavoidable_999) == (0, 0)
    assert proven.service is not None
    assert 0 < proven.service <= least


def test_an_interval_that_nobody_reaches_cannot_be_filled() -> None:
    proven = short_proof(force_of(tiny()), 30)  # both queues want somebody, one person may be there
    assert (proven.unavoidable, proven.unavoidable_999) == (1, 0)
    assert proven.service is None
