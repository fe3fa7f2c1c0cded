"""Patience from counts: right on simulated callers, where the mean wait of those who gave up is far too short."""

import math

import numpy as np
import pytest

from rostering.staffing import estimate_patience


def test_finds_the_patience_of_censored_callers():
    rng = np.random.default_rng(3)
    patience, wait = rng.exponential(300, 60_000), rng.exponential(40, 60_000)
    gave_up = patience < wait
    found = estimate_patience(wait[~gave_up].sum(), patience[gave_up].sum(), int(gave_up.sum()))
    se = found.patience_s / math.sqrt(gave_up.sum())
    assert 4 * se <= 20  # an error of 20 s would show
    assert abs(found.patience_s - 300) <= 4 * se
    assert found.lower_s < 300 < found.upper_s
    assert patience[gave_up].mean() < 50  # what must not be taken for patience


def test_interval_covers_as_often_as_stated():
    rng = np.random.default_rng(5)
    n, covered = 2000, 0
    for _ in range(n):
        abandoned = rng.poisson(8)
        found = estimate_patience(8 * 200.0, 0.0, int(abandoned))  # total waiting time fixed: Poisson abandonments
        covered += found.lower_s <= 200 <= found.upper_s
    assert covered / n >= 0.90 - 3 * math.sqrt(0.09 / n)  # exact for counts: at least its level


def test_nobody_gave_up():
    found = estimate_patience(1000.0, 0.0, 0)
    assert (found.patience_s, found.upper_s) == (math.inf, math.inf)
    assert found.lower_s == pytest.approx(1000 / -math.log(0.05))  # P(no abandonment) is 5% there


@pytest.mark.parametrize(
    ("arguments", "named"), [((0, 0, 3), "waiting time"), ((-1, 0, 3), "answered_wait_s"), ((1, 1, -1), "abandoned")]
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        estimate_patience(*arguments)
