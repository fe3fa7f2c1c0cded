"""Segmented regression: a known step is found within its errors, nothing is found where there is nothing."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, SeriesInvalid
from forecasting.interrupted import Effect, interrupted, paired_weeks

FIRST = date(2026, 1, 5)
WEEK = np.array([0.0, 1.0, 2.0, 1.0, 3.0, 5.0, 4.0])
SEEDS = 250
LEVEL = 0.90


def days(rng, n_before: int, n_after: int, *, step: float, likeness: float, drift: float = 0.0):
    """Days with weekdays, a step, and noise of variance 1 that is alike from one day to the next."""
    n = n_before + n_after
    noise = np.empty(n)
    noise[0] = rng.standard_normal()
    for i, shock in enumerate(rng.standard_normal(n - 1) * (1 - likeness**2) ** 0.5, start=1):
        noise[i] = likeness * noise[i - 1] + shock
    values = 10 + WEEK[np.arange(n) % 7] + drift * np.arange(n) + noise
    values[n_before:] += step
    return values


def found(rng, step: float, likeness: float, **options) -> Effect:
    return interrupted(days(rng, 84, 56, step=step, likeness=likeness), FIRST, FIRST + timedelta(days=84), **options)


@pytest.mark.parametrize("likeness", [0.0, 0.4])
def test_a_known_step_is_found_without_bias_and_its_interval_holds_it_as_often_as_it_says(likeness):
    rng = np.random.default_rng(int(10 * likeness) + 1)
    effects = [found(rng, 2.0, likeness) for _ in range(SEEDS)]
    misses = np.array([effect.estimate - 2.0 for effect in effects])
    se = misses.std(ddof=1) / SEEDS**0.5
    assert 4 * se < 0.2  # a bias of a tenth of the step would be seen
    assert abs(misses.mean()) <= 4 * se
    share = np.mean([effect.lower <= 2.0 <= effect.upper for effect in effects])
    at = (LEVEL * (1 - LEVEL) / SEEDS) ** 0.5
    assert LEVEL - 3 * at <= share <= LEVEL + 4 * at + 0.02  # careful rather than bold, by little


def test_errors_that_took_days_for_independent_would_fail():
    """What the correction is for: plain standard errors of alike days hold far less often than they say."""
    rng = np.random.default_rng(3)
    n_before, n = 84, 140
    inside = []
    for _ in range(SEEDS):
        values = days(rng, n_before, n - n_before, step=2.0, likeness=0.4) - WEEK[np.arange(n) % 7]
        before, after = values[:n_before], values[n_before:]
        error = (before.var(ddof=1) / before.size + after.var(ddof=1) / after.size) ** 0.5
        inside.append(abs(after.mean() - before.mean() - 2.0) <= 1.645 * error)
    assert np.mean(inside) < LEVEL - 4 * (LEVEL * (1 - LEVEL) / SEEDS) ** 0.5


def test_a_drift_is_no_step_once_it_is_asked_for():
    rng = np.random.default_rng(4)
    change = FIRST + timedelta(days=84)
    told = [
        [
            interrupted(series, FIRST, change, with_trend=with_trend).estimate
            for series in [days(rng, 84, 56, step=0.0, likeness=0.2, drift=0.02)]
            for with_trend in (False, True)
        ]
        for _ in range(64)
    ]
    without, with_it = np.mean(told, axis=0)
    assert without > 1.0  # half of 140 days of drift
    assert abs(with_it) <= 4 * np.std(told, axis=0)[1] / 8


def test_unknown_days_are_left_out_and_weekdays_are_not_taken_for_a_change():
    rng = np.random.default_rng(5)
    values = days(rng, 84, 56, step=0.0, likeness=0.0)
    values[[3, 40, 41, 100]] = np.nan
    effect = interrupted(values, FIRST, FIRST + timedelta(days=84))
    assert (effect.n_before, effect.n_after) == (81, 55)
    assert effect.lower < 0 < effect.upper
    # A span that ends after the busy days would, by plain means, seem busier.
    exact = np.concatenate([WEEK[np.arange(84) % 7], WEEK[np.arange(84, 132) % 7]]) + 1e-6 * rng.standard_normal(132)
    assert abs(interrupted(exact, FIRST, FIRST + timedelta(days=84)).estimate) < 1e-5


@pytest.mark.parametrize(("n_before", "n_after", "side"), [(27, 28, "before"), (28, 27, "from")])
def test_too_few_days_are_named(n_before, n_after, side):
    values = np.random.default_rng(6).standard_normal(n_before + n_after)
    with pytest.raises(HistoryTooShort, match=f"27 known days {side} 2026"):
        interrupted(values, FIRST, FIRST + timedelta(days=n_before))


def test_just_enough_days_do():
    values = np.random.default_rng(6).standard_normal(56)
    assert interrupted(values, FIRST, FIRST + timedelta(days=28)).n_after == 28


def test_what_is_no_series_is_refused():
    change = FIRST + timedelta(days=30)
    with pytest.raises(SeriesInvalid, match="the value 1"):
        interrupted(np.ones(60), FIRST, change)
    with pytest.raises(SeriesInvalid, match="finite"):
        interrupted([np.inf] * 60, FIRST, change)
    with pytest.raises(SeriesInvalid, match="level is 1"):
        interrupted(np.arange(60.0), FIRST, change, level=1.0)
    with pytest.raises(SeriesInvalid, match="one length"):
        paired_weeks([1, 2, 3, 4], [1, 2, 3])


def test_paired_weeks_are_a_t_interval_of_their_differences():
    before, after = np.array([10.0, 12.0, 9.0, 11.0, np.nan]), np.array([11.0, 12.5, 10.5, 11.0, 3.0])
    effect = paired_weeks(before, after)
    # Differences 1, 0.5, 1.5, 0: mean 0.75, deviation 0.6455; t(3) of 90% two-sided: 2.3534 (tables).
    assert (effect.estimate, effect.n_after) == (0.75, 4)
    assert effect.upper - effect.estimate == pytest.approx(2.3534 * 0.645497 / 2, rel=1e-4)
    with pytest.raises(HistoryTooShort, match="3 pairs"):
        paired_weeks(before[:3], after[:3])
