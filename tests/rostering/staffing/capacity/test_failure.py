"""Failure demand: sums by hand where shares are known, intervals where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from rostering.staffing.capacity.failure import Kind, Triangle, failure_demand

CALLS, HOURS = np.array([1000.0, 4000.0]), np.array([100.0, 600.0])
NONE = Triangle(0, 0, 0)


def known(share: float) -> Triangle:
    return Triangle(share, share, share)


def test_known_shares_are_plain_products_and_a_call_counts_once():
    kind = Kind("progress", 1, known(0.25), repeat=known(0.4), preventable=known(0.5), handling=0.8)
    one, everything = failure_demand([kind], CALLS, HOURS, 100, seed=1)
    # A quarter of 600 h, each taking 0.8 of the mean: 120 h. Repeat 48 h; of the other 72 h half is preventable.
    assert (one.repeat_h.mean, one.preventable_h.mean, one.total_h.mean) == pytest.approx((48, 36, 84))
    assert one.total_h.lower == pytest.approx(84) == one.total_h.upper
    assert one.calls.mean == pytest.approx(4000 * 0.25 * 0.7)
    assert [share.mean for share in everything.share] == pytest.approx([0, 0.175])


def test_kinds_of_both_queues_add_up():
    kinds = [
        Kind("silent", 0, known(0.1), NONE, known(1.0)),
        Kind("progress", 1, known(0.2), known(0.5), NONE),
        Kind("lost", 1, known(0.1), NONE, known(0.2)),
    ]
    *each, everything = failure_demand(kinds, CALLS, HOURS, 100, seed=1)
    assert everything.total_h.mean == pytest.approx(sum(one.total_h.mean for one in each)) == pytest.approx(82)
    assert [share.mean for share in everything.share] == pytest.approx([0.1, 0.12])


def test_what_is_not_known_has_an_interval_around_the_mean():
    kind = Kind("progress", 1, Triangle(0.2, 0.25, 0.3), Triangle(0.3, 0.5, 0.7), NONE)
    one, _ = failure_demand([kind], CALLS, HOURS, 20_000, seed=1)
    # Means of triangles: the mean of their three corners; independent, so that means multiply.
    assert one.total_h.mean == pytest.approx(600 * 0.25 * 0.5, rel=0.01)
    assert 600 * 0.2 * 0.3 < one.total_h.lower < one.total_h.mean < one.total_h.upper < 600 * 0.3 * 0.7


def test_what_cannot_be_is_named():
    with pytest.raises(ValueError, match="each once"):
        failure_demand([Kind("a", 0, NONE, NONE, NONE)] * 2, CALLS, HOURS, 100, seed=1)
    with pytest.raises(ValueError, match=r"make 1\.1 of its calls"):
        failure_demand([Kind(n, 0, known(0.55), NONE, NONE) for n in "ab"], CALLS, HOURS, 100, seed=1)
    assert len(failure_demand([Kind(n, 0, known(0.5), NONE, NONE) for n in "ab"], CALLS, HOURS, 100, seed=1)) == 3
    with pytest.raises(ValueError, match="in this order"):
        Triangle(0.3, 0.2, 0.4)
    with pytest.raises(ValueError, match="queue 2"):
        Kind("a", 2, NONE, NONE, NONE)
