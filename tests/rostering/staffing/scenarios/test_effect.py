"""Late and lost calls of two plans: nothing differs where nothing was changed, and an absence costs what it must."""

from dataclasses import replace

import numpy as np
import pytest

from rostering.staffing.scenarios.compare import compare
from rostering.staffing.scenarios.effect import effect
from tests.rostering.staffing.scenarios.plans import small_plan

PLAN = small_plan(is_roster=True)


def test_a_plan_against_its_twin_differs_by_exactly_nothing():
    found = effect(PLAN, small_plan(is_roster=True), replications=16)
    assert {float(one.difference[0]) for one in found.figures.values()} == {0.0}


def test_fewer_people_make_more_late_and_lost_calls_as_the_comparison_of_plans_has_it():
    """Five rows stay empty: more late 999 and lost 101 calls beyond the interval; levels as `compare` finds them."""
    desks = PLAN.room.desks.copy()
    desks[::9] = 0
    fewer = replace(PLAN, room=replace(PLAN.room, desks=desks))
    found = effect(PLAN, fewer, replications=64).figures
    for name in ("late_999", "lost_101"):
        assert found[name].difference[0] > found[name].difference_half[0] > 0
    other = compare(PLAN, fewer, replications=64).service["whole"]
    for name in ("service_level_999", "abandonment_101"):
        assert np.allclose(found[name].changed, other[name].changed)
    assert found["lost_101"].base[0] == pytest.approx(other["abandoned_101"].base[0])


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="replications is 8"):
        effect(PLAN, PLAN, replications=8)
    with pytest.raises(ValueError, match="same intervals"):
        effect(PLAN, small_plan(paths=3, is_roster=True), replications=16)
