"""Posts and service: monotone whatever the noise, and found where a formula says they are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rostering.staffing import ControlRoom, Definitions, QueueAssumptions, RoomAssumptions, ServiceTargets
from rostering.staffing.capacity.curve import MEASURES, PostsModel, curve, monotone, posts_needed
from rostering.staffing.queueing.erlang import erlang_c
from rostering.staffing.scenarios.plan import Plan

N, CALLS, AHT_S = 96, 30.0, 300.0  # a day of quarter-hours, 10 erlangs


@pytest.fixture(scope="module")
def model() -> PostsModel:
    """999 calls alone, patient for ever: Erlang C at every number of heads."""
    callers = QueueAssumptions(float("inf"))
    room = ControlRoom(
        900,
        np.zeros((1, N), dtype=np.int8),
        np.full((2, N), AHT_S),
        RoomAssumptions(callers, callers),
        exponential=True,
    )
    rates = np.zeros((1, 2, N))
    rates[:, 0] = CALLS
    plan = Plan(room, rates, np.zeros(N, dtype=int), Definitions(), ServiceTargets(0.9, 0.1), np.zeros(1),
                np.ones(1, dtype=bool), 18.0, is_roster=False)  # fmt: skip
    return PostsModel(plan, rates[0] * AHT_S / 900, hours_per_post=6.0, replications=64)


def test_heads_rise_with_posts_and_never_use_more_hours(model):
    heads = [model.heads_of(posts) for posts in (30.0, 45.0, 60.0, 75.0)]
    for posts, row in zip((30.0, 45.0, 60.0, 75.0), heads, strict=True):
        assert row.sum() / 4 <= posts * 6.0 + 1e-9
    assert all((after >= before).all() for before, after in pairwise(heads))
    assert heads[-1].sum() > heads[0].sum()


def test_the_fewest_posts_are_those_of_erlang_c(model):
    """Constant load: 90% within 10 s takes so many heads at all hours, and a post fills six of their hours."""
    fewest = next(n for n in range(11, 30) if erlang_c(CALLS / 900, AHT_S, n).service_level >= 0.9)
    found = posts_needed(model, most=90.0)
    assert found.posts is not None
    # Below the whole head at all hours the rule gives one head fewer at all hours.
    assert found.posts == pytest.approx(fewest * 24 / 6.0, abs=0.1)
    assert found.lower is not None
    assert found.lower <= found.posts <= (found.upper or np.inf)
    assert posts_needed(model, most=(fewest - 1) * 4.0).posts is None


def test_the_curve_is_monotone_and_inside_its_bounds(model):
    found = curve(model, [44.0, 48.0, 52.0, 56.0, 64.0])
    level = found.mean[MEASURES[0]]
    assert (np.diff(level) >= 0).all()
    assert (found.lower[MEASURES[0]] <= found.upper[MEASURES[0]] + 1e-12).all()
    assert np.isnan(found.mean[MEASURES[1]]).all()  # nobody calls 101
    # 14 heads at all hours are 56 posts.
    exact = erlang_c(CALLS / 900, AHT_S, 14).service_level
    assert found.lower[MEASURES[0]][3] - 0.01 <= exact <= found.upper[MEASURES[0]][3] + 0.01
    with pytest.raises(ValueError, match="rising"):
        curve(model, [50.0, 50.0])


def test_monotone_bounds_use_their_neighbours():
    mean, half = np.array([0.7, 0.9, 0.85]), np.array([0.05, 0.02, 0.2])
    fitted, lower, upper = monotone(mean, half, rises=True)
    assert fitted.tolist() == pytest.approx([0.7, 0.875, 0.875])
    assert lower.tolist() == pytest.approx([0.65, 0.88, 0.88])  # more posts are no worse than fewer surely are
    assert upper.tolist() == pytest.approx([0.75, 0.92, 1.05])
    falling = monotone(np.array([0.2, 0.05, 0.08]), np.array([0.02, 0.01, 0.01]), rises=False)
    assert falling[0].tolist() == pytest.approx([0.2, 0.065, 0.065])
    assert falling[2].tolist() == pytest.approx([0.22, 0.06, 0.06])  # crossed by noise: both bounds meet
