"""Tables of what heads short cost: their laws, and the queueing model that they come from."""

import numpy as np
import pytest

from rostering.staffing import Definitions, SeatRules, ServiceTargets
from rostering.staffing.queueing.erlang import erlang_a
from rostering.staffing.seats.requirement import requirement
from rostering.staffing.seats.shortfall import LATE_WEIGHT, MOST_SHORT, MOST_SHORT_999, shortfall_tables
from tests.rostering.staffing.seats.rooms import CALLERS, COME_BACK, demand

CALLS = np.array([[2.0, 8.0, 12.0], [3.0, 13.0, 20.0]])


def tables(calls=CALLS, rules=None, callers=COME_BACK, cv=0.1):
    made = demand(calls, cv)
    rules = rules or SeatRules()
    needed = requirement(made, callers, ServiceTargets(), Definitions(), rules)
    found = shortfall_tables(
        made, callers, ServiceTargets(), Definitions(), rules, needed.seats_999, needed.seats_101, needed.reserve
    )
    return needed, found


def test_tables_rise_convex_from_nothing():
    needed, found = tables()
    assert needed.seats_101.any()
    for costs, most in ((found.short, MOST_SHORT), (found.short_999, MOST_SHORT_999)):
        assert costs.shape == (3, most + 1)
        steps = np.diff(costs, axis=1)
        assert (costs[:, 0] == 0).all()
        assert (steps >= 0).all()
        assert (np.diff(steps, axis=1) >= 0).all()
    assert (found.short[:, 1] > 0).all()


def test_a_head_short_costs_more_where_more_calls_come():
    _, found = tables()
    assert found.short[2, 3] > found.short[0, 3] / 3  # a small room loses a larger share of fewer calls
    _, quiet = tables(CALLS / 4)
    assert (quiet.short[:, 1] < found.short[:, 1]).all()


def test_shrinkage_makes_a_head_less_than_a_seat():
    _, whole = tables()
    _, shrunk = tables(rules=SeatRules(shrinkage=0.3))
    assert (shrunk.short[:, 1] < whole.short[:, 1]).all()


def test_one_queue_alone_loses_what_erlang_a_loses():
    calls = np.array([[0.0], [20.0]])
    needed, found = tables(calls, callers=CALLERS, cv=0.0)
    n = int(needed.seats_999[0] + needed.seats_101[0])
    short = [0, 1, 2, 4]  # between them the tables are interpolated
    lost = [20.0 * erlang_a(20.0 / 900, 600.0, 300.0, n - k).p_abandon for k in short]
    assert found.short[0, short] == pytest.approx(1000 * (np.array(lost) - lost[0]), rel=0.02)


def test_a_late_999_call_weighs_more_than_a_lost_101_call():
    _, on_999 = tables(np.array([[20.0], [0.0]]), callers=CALLERS)
    _, on_101 = tables(np.array([[0.0], [20.0]]), callers=CALLERS)
    assert on_999.short[0, 1] > LATE_WEIGHT / 2 * on_101.short[0, 1]


def test_seats_of_another_shape_are_refused():
    made = demand(CALLS)
    two = np.array([4, 4])
    with pytest.raises(ValueError, match=r"seats_999 must be \(3,\)"):
        shortfall_tables(made, CALLERS, ServiceTargets(), Definitions(), SeatRules(), two, two, two)
