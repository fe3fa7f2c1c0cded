"""The two-class model against an exact chain that keeps both handling rates, and its limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from rostering.staffing import erlang_a, erlang_b, erlang_c, two_class_performance
from tests.rostering.staffing.queueing.exact_chain import Room

AHT_S = (340.0, 600.0)

# calls per hour of both queues, patience, 999 seats, 101 seats
ROOMS = [
    ((11.2, 18.2), (300.0, 300.0), 6, 0),
    ((11.2, 18.2), (math.inf, 300.0), 7, 0),
    ((11.2, 18.2), (math.inf, 300.0), 5, 2),
    ((11.2, 18.2), (math.inf, 300.0), 4, 3),
    ((4.8, 7.8), (math.inf, 300.0), 3, 2),
    ((19.2, 31.2), (math.inf, 120.0), 9, 0),
]


@pytest.mark.parametrize(("per_h", "patience_s", "d", "s"), ROOMS)
def test_close_to_the_exact_chain(per_h, patience_s, d, s):
    per_s = np.array(per_h) / 3600
    exact = Room(per_s, AHT_S, patience_s, d, s, (12, 28))
    found = two_class_performance(per_s, AHT_S, patience_s, d, s)
    assert found.service_level[0] == pytest.approx(exact.service_level_999(10.0), abs=0.0010)
    abandoned = exact.mean(lambda _i, _j, _k, _q1, q2: q2) / patience_s[1] / per_s[1]
    assert found.p_abandon[1] == pytest.approx(abandoned, abs=0.0010)
    occupancy = exact.mean(lambda i, j, k, _q1, _q2: i + j + k) / (d + s)
    assert found.occupancy == pytest.approx(occupancy, abs=0.0005)


# Handling times far apart: which calls are held is less independent, up to 0.45 points (one in five waits too long).
@pytest.mark.parametrize("aht_s", [(240.0, 700.0), (180.0, 600.0), (700.0, 240.0), (150.0, 750.0)])
@pytest.mark.parametrize(
    ("load", "patience_s", "d", "s"),
    [((1.1, 3.0), (600.0, 300.0), 6, 0), ((1.1, 3.3), (600.0, 300.0), 4, 3), ((1.6, 2.2), (math.inf, 300.0), 5, 1)],
)
def test_close_to_the_exact_chain_at_any_ratio(aht_s, load, patience_s, d, s):
    per_s = np.array(load) / aht_s
    exact = Room(per_s, aht_s, patience_s, d, s, (12, 26))
    found = two_class_performance(per_s, aht_s, patience_s, d, s)
    assert found.service_level[0] == pytest.approx(exact.service_level_999(10.0), abs=0.0035)
    abandoned = exact.mean(lambda _i, _j, _k, _q1, q2: q2) / patience_s[1] / per_s[1]
    assert found.p_abandon[1] == pytest.approx(abandoned, abs=0.0045)
    occupancy = exact.mean(lambda i, j, k, _q1, _q2: i + j + k) / (d + s)
    assert found.occupancy == pytest.approx(occupancy, abs=0.003)


# calls per hour, patience, 999 seats, 101 seats, reserve, balking
RESERVES = [
    ((25.0, 35.0), (600.0, 300.0), 10, 0, 1, (0.0, 0.0)),
    ((11.2, 18.2), (300.0, 200.0), 7, 0, 2, (0.2, 0.1)),
    ((11.2, 18.2), (math.inf, 300.0), 5, 3, 1, (0.0, 0.0)),
    ((25.0, 35.0), (600.0, 300.0), 6, 6, 2, (0.0, 0.0)),
    ((11.2, 18.2), (300.0, 300.0), 4, 4, 1, (0.1, 0.3)),
]


@pytest.mark.parametrize(("per_h", "patience_s", "d", "s", "reserve", "balking"), RESERVES)
def test_close_to_the_exact_chain_with_a_reserve_and_balking(per_h, patience_s, d, s, reserve, balking):
    per_s = np.array(per_h) / 3600
    exact = Room(per_s, AHT_S, patience_s, d, s, (12, 26), reserve, balking)
    found = two_class_performance(per_s, AHT_S, patience_s, d, s, reserve=reserve, balking=balking)
    assert found.service_level[0] == pytest.approx(exact.service_level_999(10.0), abs=0.001)
    waiting = exact.mean(lambda _i, _j, _k, _q1, q2: q2) / per_s[1]
    assert found.mean_wait_s[1] == pytest.approx(waiting, abs=0.0012 * patience_s[1])
    late = exact.mean(lambda i, j, k, _q1, _q2: k == s and d - i - j <= reserve)
    assert found.p_wait[1] == pytest.approx(late, abs=0.0015)
    assert found.p_abandon[1] == pytest.approx(waiting / patience_s[1] + balking[1] * late, abs=0.0015)


@pytest.mark.parametrize(("d", "s", "reserve"), [(6, 0, 0), (7, 0, 2), (5, 2, 0), (5, 3, 1)])
def test_exact_with_a_reserve_where_both_handling_times_agree(d, s, reserve):
    per_s, balking = np.array([11.2, 18.2]) / 3600, (0.15, 0.25)
    exact = Room(per_s, (400.0, 400.0), (200.0, 300.0), d, s, (14, 30), reserve, balking)
    found = two_class_performance(
        per_s, (400.0, 400.0), (200.0, 300.0), d, s, reserve=reserve, balking=balking, threshold_s=(25.0, 60.0)
    )
    assert found.service_level[0] == pytest.approx(exact.service_level_999(25.0), abs=1e-6)
    waiting = [exact.mean(lambda _i, _j, _k, q1, _q2: q1), exact.mean(lambda _i, _j, _k, _q1, q2: q2)]
    assert found.mean_wait_s == pytest.approx(np.array(waiting) / per_s, rel=2e-5)


@pytest.mark.parametrize(("load", "n"), [((1.0, 2.0), 4), ((3.0, 4.0), 8), ((30.0, 50.0), 86)])
def test_endless_patience_is_the_published_priority_queue(load, n):
    """Kella and Yechiali (1985): W1 = C / (n mu (1 - rho1)), W2 = W1 / (1 - rho) with one handling time."""
    aht_s = 300.0
    per_s = np.array(load) / aht_s
    p_wait = erlang_c(per_s.sum(), aht_s, n).p_wait
    first = p_wait * aht_s / n / (1 - load[0] / n)
    found = two_class_performance(per_s, (aht_s, aht_s), (math.inf, math.inf), n)
    assert found.p_wait == pytest.approx([p_wait, p_wait], rel=1e-5)
    assert found.mean_wait_s == pytest.approx([first, first / (1 - sum(load) / n)], rel=1e-5)
    patient = two_class_performance(per_s, (aht_s, aht_s), (1e7, 1e7), n)
    assert patient.mean_wait_s == pytest.approx(found.mean_wait_s, rel=1e-3)


def test_patience_equal_to_aht_is_poisson_for_both_queues():
    per_s = np.array([20.0, 40.0]) / 3600
    found = two_class_performance(per_s, (300.0, 300.0), (300.0, 300.0), 6)
    assert found.p_wait == pytest.approx([poisson.sf(5, 5.0)] * 2, rel=1e-7)


@given(
    load=st.tuples(st.floats(0.2, 40.0), st.floats(0.2, 40.0)),
    ratio=st.floats(0.2, 5.0),
    patience_s=st.floats(20.0, 3000.0),
    reserve=st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_one_more_handler_never_hurts(load, ratio, patience_s, reserve):
    aht_s = np.array([400.0, 400.0 * ratio])
    d = max(4, math.ceil(sum(load)))
    fewer, more = (
        two_class_performance(np.array(load) / aht_s, aht_s, (600.0, patience_s), n, reserve=reserve)
        for n in (d, d + 1)
    )
    assert more.service_level[0] >= fewer.service_level[0] - 1e-6
    assert (more.p_abandon <= fewer.p_abandon + 1e-6).all()


def test_whoever_balks_is_lost_and_a_full_reserve_leaves_101_alone():
    per_s = np.array([20.0, 30.0]) / 3600
    found = two_class_performance(per_s, (300.0, 300.0), (300.0, 300.0), 5, balking=(1.0, 1.0))
    loss = erlang_b(per_s.sum() * 300.0, 5)
    assert found.p_abandon == pytest.approx([loss, loss], rel=1e-7)
    assert found.mean_wait_s == pytest.approx([0.0, 0.0], abs=1e-9)
    kept = two_class_performance(per_s, AHT_S, (300.0, 300.0), 5, reserve=5)
    assert kept.p_abandon[1] == pytest.approx(1.0, abs=1e-6)
    alone = erlang_a(per_s[0], AHT_S[0], 300.0, 5)
    assert kept.p_abandon[0] == pytest.approx(alone.p_abandon, rel=1e-4)


def test_rooms_of_any_size_are_bounded():
    aht_s = np.array(AHT_S)
    half = two_class_performance(np.array([4e4, 6e4]) / aht_s, aht_s, (600.0, 300.0), 50_000)
    carried = (np.array([4e4, 6e4]) * (1 - half.p_abandon)).sum()
    assert half.occupancy == pytest.approx(1.0, abs=1e-6)
    assert carried == pytest.approx(50_000, rel=1e-6)  # fluid limit: every seat is busy
    assert half.p_abandon[0] < 2e-4  # and 999 goes first
    ample = two_class_performance(np.array([1.0, 1.0]) / aht_s, aht_s, (600.0, 300.0), 100_000)
    assert ample.p_wait.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("two_pools", [False, True])
def test_seats_carry_the_answered_load_at_any_ratio(two_pools):
    """Occupancy x seats = answered load: states of a weight of 1e-9 are left out, which leaves under 1e-6 a seat."""
    rng = np.random.default_rng(5)
    for _ in range(250):
        ratio = np.exp(rng.uniform(-np.log(5), np.log(5)))
        aht_s = rng.uniform(150, 600) * np.array([ratio**-0.5, ratio**0.5])
        patience_s = rng.uniform((120, 60), (900, 600))
        patience_s[0] = rng.choice([patience_s[0], math.inf])
        load = rng.uniform((0.5, 0.5), (8, 12))
        seats = math.ceil(load.sum() * rng.uniform(0.8, 1.6) + 1)
        s = int(rng.integers(1, max(2, seats // 2))) if two_pools else 0
        if load[0] >= 0.9 * (seats - s):
            continue  # nearer to the limit the line of 999 callers who never give up outgrows the chain
        found = two_class_performance(load / aht_s, aht_s, patience_s, seats - s, s)
        carried = (load * (1 - found.p_abandon)).sum() / seats
        room = f"{seats - s} + {s} seats, {load} erlangs, {aht_s} s, patience {patience_s} s"
        assert found.occupancy == pytest.approx(carried, abs=1e-6), room


@pytest.mark.parametrize(("d", "s"), [(6, 0), (4, 2)])
def test_exact_where_both_handling_times_agree(d, s):
    per_s = np.array([11.2, 18.2]) / 3600
    exact = Room(per_s, (400.0, 400.0), (200.0, 300.0), d, s, (14, 30))
    found = two_class_performance(per_s, (400.0, 400.0), (200.0, 300.0), d, s)
    assert found.service_level[0] == pytest.approx(exact.service_level_999(10.0), abs=1e-6)
    waiting = [exact.mean(lambda _i, _j, _k, q1, _q2: q1), exact.mean(lambda _i, _j, _k, _q1, q2: q2)]
    assert found.mean_wait_s == pytest.approx(np.array(waiting) / per_s, rel=1e-5)


@pytest.mark.parametrize("queue", [0, 1])
def test_one_silent_queue_leaves_erlang_a(queue):
    per_s = [0.0, 0.0]
    per_s[queue] = 30 / 3600
    found = two_class_performance(per_s, AHT_S, (300, 200), 5, threshold_s=(10, 30))
    alone = erlang_a(30 / 3600, AHT_S[queue], (300, 200)[queue], 5, threshold_s=(10, 30)[queue])
    assert found.p_abandon[queue] == pytest.approx(alone.p_abandon, abs=1e-7)
    assert found.service_level[queue] == pytest.approx(alone.service_level, abs=1e-7)
    assert found.mean_wait_s[queue] == pytest.approx(alone.mean_wait_s, abs=1e-5)
    assert found.occupancy == pytest.approx(alone.occupancy, abs=1e-7)


def test_calls_are_conserved():
    per_s = np.array([40.0, 70.0]) / 3600
    found = two_class_performance(per_s, AHT_S, (600, 300), 12, 4, threshold_s=(1e4, 1e4))
    assert found.service_level + found.p_abandon == pytest.approx([1.0, 1.0], abs=1e-5)
    answered_load = per_s * AHT_S * (1 - found.p_abandon)
    assert found.occupancy == pytest.approx(answered_load.sum() / 16, abs=1e-6)


def test_more_999_seats_help_999_and_priority_shows():
    per_s = np.array([32.0, 52.0]) / 3600
    rooms = [two_class_performance(per_s, AHT_S, (math.inf, 300), d, 20 - d) for d in range(8, 21)]
    levels = [room.service_level[0] for room in rooms]
    assert levels == sorted(levels)
    pooled = rooms[-1]
    assert pooled.mean_wait_s[0] < pooled.mean_wait_s[1]


def test_silence_and_limits():
    silent = two_class_performance((0, 0), AHT_S, (300, 300), 2)
    assert silent.service_level.tolist() == [1.0, 1.0]
    assert silent.occupancy == 0.0
    with pytest.raises(ValueError, match="no steady state"):
        two_class_performance((1.0, 1.0), AHT_S, (math.inf, math.inf), 5)
    with pytest.raises(ValueError, match="no steady state within reach"):
        two_class_performance((1e4, 1e4), AHT_S, (1e6, 1e6), 5, 5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (((-1, 0), AHT_S, (300, 300), 2), "offered_per_s"),
        (((1, math.nan), AHT_S, (300, 300), 2), "offered_per_s"),
        (((1, 1), (0, 600), (300, 300), 2), "aht_s"),
        (((1, 1), AHT_S, (0, 300), 2), "patience_s"),
        (((1, 1), AHT_S, (300, 300), 0), "seats_999"),
        (((1, 1), AHT_S, (300, 300), 2, -1), "seats_101"),
        (((1, 1, 1), AHT_S, (300, 300), 2), "offered_per_s"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        two_class_performance(*arguments)
