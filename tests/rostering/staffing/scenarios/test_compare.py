"""Comparisons: the same plan differs by nothing, common random numbers, the estimator over paths, sweeps, restoring."""

from dataclasses import replace

import numpy as np
import pytest

from rostering.staffing import Definitions, ServiceTargets
from rostering.staffing.scenarios.apply import apply
from rostering.staffing.scenarios.compare import MOST, compare
from rostering.staffing.scenarios.demand import DemandChange
from rostering.staffing.scenarios.estimate import path_mean, simulated
from rostering.staffing.scenarios.levers import known
from rostering.staffing.scenarios.people import AbsenceChange, TargetsChange
from rostering.staffing.scenarios.restore import restore
from rostering.staffing.scenarios.sweep import WORSE, Grid, sweep
from tests.rostering.staffing.scenarios.plans import N, small_plan

PLAN = small_plan()
MORE = apply(PLAN, [DemandChange(known(1.1))])


@pytest.fixture(scope="module")
def compared():
    return compare(PLAN, MORE, replications=160)


def test_a_plan_against_itself_differs_by_exactly_nothing():
    twin = small_plan()  # another value, so that nothing is shared but what it says
    same = compare(PLAN, twin, replications=16)
    blocks = [*same.service.values(), same.people, same.cost]
    for paired in (figure for block in blocks for figure in block.values()):
        assert set(np.nan_to_num(paired.difference)) == {0.0}
        assert set(np.nan_to_num(paired.difference_half)) == {0.0}


def test_more_calls_worsen_service_and_the_interval_excludes_nothing_happening(compared):
    whole = compared.service["whole"]
    for name, sign in (("service_level_999", -1), ("abandonment_101", 1), ("mean_wait_101_s", 1)):
        assert sign * whole[name].difference[0] > whole[name].difference_half[0] > 0
    calls = whole["first_attempts_999"]
    assert calls.difference[0] / calls.base[0] == pytest.approx(0.1, abs=0.01)
    assert compared.cost["pay"].difference[0] == 0


def test_common_random_numbers_make_the_difference_surer_than_the_sides(compared):
    level = compared.service["whole"]["service_level_999"]
    apart = np.hypot(level.base_half, level.changed_half)[0]
    assert level.difference_half[0] < apart / 1.5


def test_spans_are_local_days_and_weeks_from_monday(compared):
    assert {width: firsts.tolist() for width, firsts in compared.firsts.items() if width != "interval"} == {
        "whole": [0],
        "week": [0, 96],  # Sunday, and Monday of the next week
        "day": [0, 96],
    }
    offered = {width: figures["offered_calls_101"].base for width, figures in compared.service.items()}
    assert offered["day"].sum() == pytest.approx(offered["whole"][0], rel=1e-9)
    # Intervals count each call once, the whole each path once.
    assert offered["interval"].sum() == pytest.approx(offered["whole"][0], rel=0.02)
    assert compared.service["interval"]["service_level_999"].base.shape == (N,)


def test_the_mean_over_all_paths_is_found_from_some_of_them_within_its_error():
    """Truth: every path many times. The estimator's intervals must hold it as often as they say."""
    everything = simulated(PLAN, 1200, seed=77).measures()["service_level_999"]
    truth, se = everything.mean(), everything.std(ddof=1) / 1200**0.5
    inside = 0
    errors = []
    for seed in range(20):
        level = simulated(PLAN, 40, seed=seed).measures()["service_level_999"][:, None]
        mean, half = path_mean(PLAN, 40).mean_and_half(level)
        errors.append(mean[0] - truth)
        inside += abs(mean[0] - truth) <= half[0] + 2 * se
    assert inside >= 16  # of 20 at 95%: fewer have a chance of one in 2,000
    assert abs(np.mean(errors)) <= 4 * (np.std(errors, ddof=1) ** 2 / 20 + se**2) ** 0.5


def test_replications_follow_the_precision_asked_for():
    rough, fine = (compare(PLAN, PLAN, half_width=half) for half in (0.02, 0.005))
    assert rough.replications < fine.replications <= MOST
    assert fine.service["whole"]["service_level_999"].base_half[0] <= 0.0055


def test_a_sweep_is_reproducible_and_names_the_worst_case_for_each_measure():
    first, again = (sweep(PLAN, Grid(), seed=4, replications=20) for _ in range(2))
    assert len(first.cells) == 27
    for one, other in zip(first.cells, again.cells, strict=True):
        assert {n: p.changed[0] for n, p in one.service.items()} == {n: p.changed[0] for n, p in other.service.items()}
    for name, number in first.worst.items():
        values = [WORSE[name] * cell.service[name].changed[0] for cell in first.cells]
        assert values[number] == max(values)
    worst = first.cells[first.worst["service_level_999"]]
    assert (worst.volume, worst.handling_time) == (1.1, 1.1)
    # The cell that changes nothing is the plan itself: its absence is the plan's.
    assert [c.service["service_level_999"].difference[0] for c in first.cells
            if (c.volume, c.handling_time, c.absence_rate) == (1.0, 1.0, 0.04)] == [0.0]  # fmt: skip


@pytest.mark.parametrize("values", [{"volume": ()}, {"volume": (1.0, 1.0)}, {"volume": tuple(range(1, 20))}])
def test_a_grid_that_is_none_or_too_large_is_refused(values):
    with pytest.raises(ValueError, match=r"volume|cells"):
        Grid(**values)


def test_what_restores_both_targets_does_so_on_new_random_numbers():
    tight = apply(PLAN, [DemandChange(known(1.25)), AbsenceChange(0.1)])
    found = restore(tight, replications=60, seed=2)
    assert 0 < found.lower_h <= found.seats_h <= found.upper_h
    assert sum(found.seats_by_interval) / 4 == found.seats_h
    posts = np.arange(max(found.seats_by_interval))[:, None] < np.array(found.seats_by_interval)
    for seats, holds in ((posts, True), (posts[:0], False)):
        room = tight.with_posts(seats.astype(np.int8))
        level = simulated(room, 80, seed=91).measures()["service_level_999"][:, None]
        mean, half = path_mean(tight, 80).mean_and_half(level)
        assert half[0] < 0.02
        assert bool(mean[0] + 2 * half[0] >= 0.9) is holds


def test_nothing_is_added_where_nothing_is_missed_and_no_search_is_endless():
    easy = apply(PLAN, [TargetsChange(ServiceTargets(service_level=0.1, abandonment=0.9))])
    assert restore(easy, replications=20).seats_h == 0
    never = replace(PLAN, definitions=Definitions(threshold_999_s=1.0, ring_s=5.0))
    found = restore(never, replications=20)
    assert found.seats_h is None
    assert "standard deviations" in found.reason


def test_plans_of_different_spans_or_too_few_replications_are_refused():
    with pytest.raises(ValueError, match="paths"):
        compare(PLAN, small_plan(paths=3))
    with pytest.raises(ValueError, match="replications is 2"):
        compare(PLAN, PLAN, replications=2)
