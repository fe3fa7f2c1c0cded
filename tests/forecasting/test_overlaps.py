"""One name in two lists, such as a match by rule and by its fixture: its hours are learned from and moved once."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from forecasting import effects
from forecasting.events import Event, occurrences
from tests.forecasting.synthetic import LONDON

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
GRID = LONDON.grid(MONDAY, 900, 96)
BASE = np.full(96, 5.0)


def happening(*spans):
    """Occurrences from hour to hour with a planner's multiplier, of one name."""
    events = [
        Event("home match", MONDAY + timedelta(hours=first), MONDAY + timedelta(hours=last), multiplier=multiplier)
        for first, last, multiplier in spans
    ]
    return occurrences(events, MONDAY, MONDAY + timedelta(days=1), "Europe/London")


@pytest.mark.parametrize("spans", [[(14, 18, 1.4)], [(14, 18, 1.4), (14, 18, 1.4)], [(14, 16, 1.4), (15, 18, 1.4)]])
def test_an_hour_is_moved_once(spans):
    mean = effects.apply(BASE, happening(*spans), None, GRID)
    assert mean[56:72] == pytest.approx(7.0)
    assert np.delete(mean, np.r_[56:72]) == pytest.approx(5.0)


@pytest.mark.parametrize("spans", [[(14, 18, None), (15, 16, 2.0)], [(15, 16, 2.0), (14, 18, None)]])
def test_a_planners_value_comes_before_the_learned_one(spans):
    learned = effects.Learned(3, 1.2, 1.1, 1.3, np.ones(4))
    mean = effects.apply(BASE, happening(*spans), learned, GRID)
    assert mean[60:64] == pytest.approx(10.0)
    assert np.r_[mean[56:60], mean[64:72]] == pytest.approx(6.0)


def test_an_hour_is_learned_from_once():
    calls = np.where((np.arange(96) >= 56) & (np.arange(96) < 72), 8.0, 5.0)
    outside = calls == 5
    once, twice = (effects.learn(happening(*[(14, 18, None)] * n), calls, BASE, outside, 0.01, GRID) for n in (1, 2))
    assert once is not None
    assert twice is not None
    assert (twice.n_occurrences, twice.multiplier, twice.upper) == (1, once.multiplier, once.upper)
    assert once.multiplier > 1.2
