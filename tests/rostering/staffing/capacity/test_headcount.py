"""Headcount by month against expectations worked out by hand, and laws that hold in every future."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rostering.staffing.capacity.headcount import (
    WEEKS_A_MONTH,
    Attrition,
    Intake,
    Pipeline,
    Ramp,
    chance_short,
    first_month,
    project,
)

DRAWS = 4000


def pipeline(months: int = 12, **changes: object) -> Pipeline:
    fields: dict = {
        "people": 100,
        "attrition": Attrition(1000.0, 10_000.0),  # a tenth a year, known well
        "intakes": (),
        "retirements": (0,) * months,
        "releases": (0.0,) * months,
    }
    return Pipeline(**(fields | changes))


def test_attrition_takes_what_its_rate_says():
    found = project(pipeline(), DRAWS, seed=1)
    left = 100 - found.in_post[:, -1]
    # Thinning by exp(-rate / 12) twelve times is exp(-rate); the rate's own spread is a thirtieth of it.
    expected = 100 * (1 - math.exp(-0.1))
    se = left.std(ddof=1) / DRAWS**0.5
    assert 4 * se < 0.5
    assert abs(left.mean() - expected) <= 4 * se + 0.02
    assert (found.leavers.sum(axis=1) == left).all()


def test_a_rate_that_few_leavers_tell_is_unsure_and_a_certain_one_is_not():
    rng = np.random.default_rng(2)
    few, many = (Attrition(n, 10.0 * n).rates(DRAWS, rng) for n in (5, 5000))
    # Gamma of shape n + 1/2: its deviation over its mean is 1 / sqrt(n + 1/2).
    for rates, n in ((few, 5), (many, 5000)):
        assert rates.std() / rates.mean() == pytest.approx((n + 0.5) ** -0.5, rel=0.1)


def test_recruits_give_nothing_in_induction_then_a_trainees_share_then_all():
    ramp = Ramp(induction_weeks=2 * WEEKS_A_MONTH, trainee_weeks=WEEKS_A_MONTH, trainee_speed=0.5)
    assert [ramp.gives(month) for month in range(5)] == [0, 0, 0.5, 1, 1]
    assert Ramp(6.0, 12.0, 0.7).gives(1) == pytest.approx(0.7 * (2 - 6 / WEEKS_A_MONTH), abs=0.7 / 64)
    nobody_leaves = Attrition(0.0, 1e9)
    found = project(pipeline(5, attrition=nobody_leaves, intakes=(Intake(1, 10),), ramp=ramp), 50, seed=1)
    assert found.effective[0].tolist() == [100, 100, 100, 105, 110]
    assert found.in_post[0].tolist() == [100, 110, 110, 110, 110]


def test_known_departures_and_training_are_taken_in_their_month():
    nobody_leaves = Attrition(0.0, 1e9)
    found = project(pipeline(3, attrition=nobody_leaves, retirements=(0, 4, 0), releases=(0.0, 0.0, 2.5)), 20, seed=1)
    assert found.in_post[0].tolist() == [100, 96, 96]
    assert found.effective[0].tolist() == [100, 98, 93.5]  # half of the month's leavers still count


def test_more_leave_at_a_higher_rate_and_nobody_is_created():
    low, high = (
        project(pipeline(attrition=Attrition(n, 1000.0), intakes=(Intake(2, 5),)), DRAWS, seed=3) for n in (50, 200)
    )
    assert high.effective[:, -1].mean() < low.effective[:, -1].mean() - 5
    for found in (low, high):
        assert (found.in_post <= 105).all()
        assert (found.effective <= found.in_post + found.leavers).all()
        assert (np.diff(found.in_post, axis=1)[:, 2:] <= 0).all()


def test_the_chance_of_falling_short_and_its_month():
    found = project(pipeline(3, attrition=Attrition(0.0, 1e9), retirements=(0, 3, 3)), 100, seed=1)
    # Effective: 100, 98.5, 95.5 in every future.
    chance = chance_short(found, [100.0, 98.0, 96.0])
    assert chance.tolist() == [0, 0, 1]
    assert (first_month(chance, 0.5), first_month(chance[:2], 0.5)) == (2, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people": -1}, "people"),
        ({"retirements": (-1,) + (0,) * 11}, "retirements"),
        ({"releases": (0.0,)}, "releases of 1"),
        ({"intakes": (Intake(12, 1),)}, "month 12"),
    ],
)
def test_what_is_no_pipeline_is_named(changes, words):
    with pytest.raises(ValueError, match=words):
        pipeline(**changes)
