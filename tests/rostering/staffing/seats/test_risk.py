"""What cover risks: laws, and the chance of missing a target recounted by drawing rates."""

import numpy as np
import pytest

from rostering.staffing import Definitions, SeatRules, ServiceTargets
from rostering.staffing.queueing.erlang import erlang_a
from rostering.staffing.queueing.priority import two_class_performance
from rostering.staffing.seats.requirement import requirement
from rostering.staffing.seats.risk import MOST_SHORT, UNTOLD, cover_risk, weakest_first
from tests.rostering.staffing.seats.rooms import CALLERS, COME_BACK, demand

TARGETS, PLAIN = ServiceTargets(), Definitions()
CALLS = np.array([[4.0, 8.0, 12.0], [6.0, 13.0, 20.0]])


def risk(calls, heads_999, heads_101=None, *, cv=0.1, callers=CALLERS, rules=None, weakest=None):
    on_999 = np.asarray(heads_999, dtype=np.int64)
    on_101 = np.zeros_like(on_999) if heads_101 is None else np.asarray(heads_101, dtype=np.int64)
    rules = rules or SeatRules()
    none = np.zeros_like(on_999)
    return cover_risk(demand(calls, cv), callers, TARGETS, PLAIN, rules, on_999, on_101, none, weakest=weakest)


def test_a_further_head_never_raises_chance_late_or_lost():
    found = [risk(CALLS, np.full(3, n), callers=COME_BACK) for n in range(8, 40, 4)]
    for name in ("chance", "late_999", "lost_101"):
        rows = np.array([getattr(one, name) for one in found])
        assert (np.diff(rows, axis=0) <= 1e-6).all(), name
    assert (found[0].chance.max(axis=0) > 0.9).any()
    assert (found[-1].chance < 0.05).all()


def test_the_requirements_own_seats_meet_its_targets_and_one_less_is_a_head_short():
    made = demand(CALLS, 0.1)
    needed = requirement(made, CALLERS, TARGETS, PLAIN, SeatRules(split=False))
    exact = risk(CALLS, needed.seats_999)
    assert (exact.heads_short == 0).all()
    assert (exact.chance.max(axis=0) < 0.5).all()
    assert (risk(CALLS, needed.seats_999 - 1).heads_short == 1).all()
    assert (risk(CALLS, np.maximum(needed.seats_999 - MOST_SHORT - 2, 1)).heads_short == MOST_SHORT + 1).any()


def test_heads_short_are_told_of_the_weakest_alone():
    needed = requirement(demand(CALLS, 0.1), CALLERS, TARGETS, PLAIN, SeatRules(split=False))
    heads = needed.seats_999 - np.array([1, 3, 1])
    whole, some = risk(CALLS, heads), risk(CALLS, heads, weakest=1)
    weakest = whole.chance.max(axis=0).argmax()
    assert some.heads_short[weakest] == whole.heads_short[weakest] > 0
    assert (np.delete(some.heads_short, weakest) == UNTOLD).all()
    assert weakest_first(whole.chance, whole.late_999[0])[0] == weakest
    assert weakest_first(np.ones((2, 3)), np.array([1.0, 3.0, 2.0])).tolist() == [1, 2, 0]


@pytest.mark.parametrize(("seats_999", "seats_101"), [(11, 0), (8, 5)])
def test_the_chance_is_the_share_of_drawn_rates_whose_service_misses_the_target(seats_999, seats_101):
    """Rates drawn from the gamma law, high and low together; each room by the queueing model at its own rate."""
    cv, calls, n = 0.2, np.array([[9.0], [7.0]]), 150
    factors = np.random.default_rng(3).gamma(cv**-2, cv**2, n)
    aht_s, patience_s = demand(calls).aht_s[:, 0], [queue.patience_s for queue in CALLERS.queues]
    missed = np.zeros((n, 2), dtype=bool)
    for row, factor in enumerate(factors):
        room = two_class_performance(factor * calls[:, 0] / 900, aht_s, patience_s, seats_999, seats_101)
        missed[row] = room.service_level[0] < TARGETS.service_level, room.p_abandon[1] > TARGETS.abandonment
    found = risk(calls, [seats_999], [seats_101], cv=cv)
    share = missed.mean(axis=0)
    assert 0.05 < share.max() < 0.95  # neither certain nor impossible, else this could not fail
    error = np.sqrt(share * (1 - share) / n)
    assert found.chance[:, 0] == pytest.approx(share, abs=float(4 * error.max()) + 0.03)


def test_one_queue_at_a_certain_rate_is_erlang_a():
    found = risk(np.array([[0.0], [20.0]]), [14], cv=0.0)
    lost = 20.0 * erlang_a(20.0 / 900, 600.0, 300.0, 14).p_abandon
    assert found.lost_101[:, 0] == pytest.approx([lost] * 3, rel=0.01)
    assert found.late_999[0, 0] == pytest.approx(0.0)
    assert found.chance[1, 0] == float(lost > 2.0)


def test_people_who_may_be_away_widen_what_may_come():
    sure, unsure = risk(CALLS, [14, 24, 34]), risk(CALLS, [20, 34, 48], rules=SeatRules(shrinkage=0.3))
    wide, narrow = (one.late_999[2] - one.late_999[1] for one in (unsure, sure))
    assert (wide > narrow).all()


def test_nobody_answers_where_nobody_is():
    found = risk(np.array([[8.0] * 3, [13.0] * 3]), [0, 0, 30], [0, 20, 0])
    assert found.chance[:, 0] == pytest.approx(1.0)
    assert found.late_999[0, :2] == pytest.approx(8.0, rel=0.02)
    assert found.lost_101[0, 0] == pytest.approx(13.0, rel=0.02)
    assert found.lost_101[0, 1] < 1.0
    assert found.chance[0, 1] == 1.0


def test_heads_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"heads_999 must be \(3,\)"):
        risk(CALLS, [4, 4])
