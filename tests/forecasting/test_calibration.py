"""Spreads that cover as often as they say, and what past days tell: against scipy, by hand and by simulation."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecasting import calibration
from forecasting.calibration import carry_over, coverage, interval_variance, intraday_strength, recalibrated
from forecasting.days import DayTable
from forecasting.dispersion import DayFactor, Residuals
from tests.forecasting.synthetic import LONDON, assert_mean

NOMINAL = (0.8 + 0.95) / 2
ORIGINS, DAYS = 13, 14


# --- coverage


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.floats(0.05, 40.0), st.floats(0.001, 1.0), st.floats(0.1, 3.0)),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_coverage_is_that_of_the_randomised_pit(days):
    """Brute force: the share of ten thousand random parts for which the transform falls inside."""
    calls, mean, variance, weight = (np.array(column, dtype=float) for column in zip(*days, strict=True))
    law = stats.nbinom(1 / variance, 1 / (1 + variance * mean))
    part = (np.arange(10_000) + 0.5)[:, None] / 10_000
    pit = law.cdf(calls - 1) + part * law.pmf(calls)
    inside = np.mean([(np.abs(pit - 0.5) <= level / 2).mean(axis=0) for level in (0.8, 0.95)], axis=0)
    # Where a far tail leaves no mass at `calls` in double precision, nothing is inside.
    assert coverage(calls, mean, variance, weight) == pytest.approx(np.average(inside, weights=weight), abs=3e-4)


@pytest.mark.parametrize("mean", [0.3, 5.0, 400.0])
def test_the_true_law_covers_at_its_level_however_low_the_counts(mean):
    rng = np.random.default_rng(1)
    ones = np.ones(500)
    found = []
    for _ in range(40):
        calls = rng.poisson(mean * rng.gamma(1 / 0.04, 0.04, 500)).astype(float)
        found.append(coverage(calls, mean * ones, 0.04 * ones, ones))
    assert_mean(found, NOMINAL, detectable=0.01)
    wide = coverage(calls, mean * ones, 1.0 * ones, ones)
    assert wide > NOMINAL + (0.05 if mean > 1 else 0.01)


# --- spreads


def past_of(variance: float, seed: int, mean: float = 900.0) -> Residuals:
    """Misses of thirteen origins of two weeks whose days vary by a gamma factor of ``variance``."""
    rng = np.random.default_rng(seed)
    shape = (ORIGINS, DAYS)
    factor = rng.gamma(1 / variance, variance, shape) if variance else np.ones(shape)
    calls = rng.poisson(mean * factor)
    return Residuals(calls / mean - 1, np.full(shape, mean), is_rolling=True)


def covers(variance: float, truth: float, mean: float = 900.0) -> float:
    calls = np.random.default_rng(7).poisson(mean * np.random.default_rng(8).gamma(1 / truth, truth, 20_000))
    ones = np.ones(calls.size)
    return coverage(calls.astype(float), mean * ones, variance * ones, ones)


@pytest.mark.parametrize("stated", [0.0036, 0.04])
def test_days_that_vary_otherwise_than_stated_bring_coverage_back(stated):
    truth = 0.12**2
    before = covers(stated, truth)
    after = np.mean(
        [
            covers(float(recalibrated(DayFactor(np.full(DAYS, stated), 0.3), past_of(truth, seed)).variance[0]), truth)
            for seed in range(12)
        ]
    )
    assert abs(before - NOMINAL) > 0.08
    # Half a year of days counts for two thirds: of a factor of e on the standard deviation a third is left.
    assert abs(after - NOMINAL) < 0.5 * abs(before - NOMINAL)
    assert (after < NOMINAL) == (before < NOMINAL), "shrunk: the statement moves towards the days, not past them"


def test_days_that_vary_as_stated_leave_the_statement():
    truth = 0.12**2
    ratios = [
        float(np.log(recalibrated(DayFactor(np.full(DAYS, truth), 0.3), past_of(truth, seed)).variance[0] / truth))
        for seed in range(40)
    ]
    assert_mean(ratios, 0.0, detectable=0.2)


def test_scaling_keeps_the_shape_over_leads_and_is_bounded():
    factor = DayFactor(np.linspace(0.01, 0.02, DAYS), 0.4)
    wild = Residuals(np.full((ORIGINS, DAYS), 3.0), np.full((ORIGINS, DAYS), 900.0), is_rolling=True)
    wider = recalibrated(factor, wild)
    assert wider.persistence == 0.4
    ratio = wider.variance / factor.variance
    assert ratio == pytest.approx(ratio[0])
    assert 1 < ratio[0] <= 4
    for nothing in (
        Residuals(wild.misses, wild.means, is_rolling=False),
        Residuals(wild.misses * np.nan, wild.means * np.nan, is_rolling=True),
    ):
        assert (recalibrated(factor, nothing).variance == factor.variance).all()


def days_table(calls: np.ndarray) -> DayTable:
    """Ordinary days of (days, slots) calls, all observed."""
    dates = np.arange(np.datetime64(date(2023, 1, 2)), np.datetime64(date(2023, 1, 2)) + calls.shape[0])
    return DayTable(dates, calls, np.ones_like(calls), tuple(LONDON.kinds(dates)))


def table_of(day: np.ndarray, within: np.ndarray, seed: int, per_slot: float = 10.0) -> tuple[DayTable, Residuals]:
    """Days of 96 slots whose rate is ``day`` (days,) times ``within`` (days, 96), and their misses at past origins."""
    calls = np.random.default_rng(seed).poisson(per_slot * day[:, None] * within).astype(float)
    totals = calls.sum(axis=1)
    rows = [totals[totals.size - DAYS * (row + 1) :][:DAYS] for row in range(ORIGINS)]
    return days_table(calls), Residuals(
        np.array(rows) / (96 * per_slot) - 1, np.full((ORIGINS, DAYS), 96 * per_slot), is_rolling=True
    )


def test_the_interval_factor_is_brought_to_its_coverage():
    rng = np.random.default_rng(3)
    truth = 0.2**2
    within = rng.gamma(1 / truth, truth, (200, 96))
    table, residuals = table_of(np.ones(200), within, seed=4)
    shares = np.full((200, 96), 1 / 96)
    factor = DayFactor(np.full(DAYS, 1e-4), 0.0)
    for start in (truth / 3, 3 * truth):
        found = interval_variance(table, shares, residuals, factor, start)
        assert abs(np.log(found / truth)) < 0.7 * abs(np.log(start / truth))
    assert interval_variance(table, shares, residuals, factor, truth) == pytest.approx(truth, rel=0.3)
    in_sample = Residuals(residuals.misses, residuals.means, is_rolling=False)
    assert interval_variance(table, shares, in_sample, factor, 0.123) == 0.123


# --- what a day so far tells


def strength_of(day: np.ndarray, within: np.ndarray, seed: int = 1, variance: float = 0.04) -> float:
    table, residuals = table_of(day, within, seed)
    shares = np.full(table.counts.shape, 1 / 96)
    return intraday_strength(table, shares, residuals, DayFactor(np.full(DAYS, variance), 0.0), 0.0)


def test_mornings_count_where_they_tell_and_not_where_they_mislead():
    rng = np.random.default_rng(5)
    day = rng.gamma(25, 0.04, 200)
    assert strength_of(day, np.ones((200, 96))) > 0
    # Calls that come in the morning are missing in the evening.
    early = rng.gamma(25, 0.04, 200)[:, None]
    seesaw = np.hstack([np.repeat(early, 48, axis=1), np.repeat(np.maximum(2 - early, 0.1), 48, axis=1)])
    assert strength_of(np.ones(200), seesaw) == 0


def test_strength_without_a_past_and_with_one_interval_a_day():
    table, residuals = table_of(np.ones(200), np.ones((200, 96)), 1)
    shares, factor = np.full((200, 96), 1 / 96), DayFactor(np.full(DAYS, 0.04), 0.0)
    in_sample = Residuals(residuals.misses[:1], residuals.means[:1], is_rolling=False)
    assert 0 < intraday_strength(table, shares, in_sample, factor, 0.0) <= 1
    daily = days_table(table.counts.sum(axis=1, keepdims=True))
    assert intraday_strength(daily, np.ones((200, 1)), residuals, factor, 0.0) == 0


def test_days_that_follow_each_other_carry_over_and_independent_ones_do_not():
    shape, mean = (ORIGINS, DAYS), 2000.0

    def found(persistence: float, seed: int) -> float:
        rng = np.random.default_rng(seed)
        noise = rng.normal(0, 0.1, shape)
        misses = noise.copy()
        for day in range(1, DAYS):
            misses[:, day] = persistence * misses[:, day - 1] + (1 - persistence**2) ** 0.5 * noise[:, day]
        return carry_over(Residuals(misses, np.full(shape, mean), is_rolling=True))

    following, independent = ([found(persistence, seed) for seed in range(12)] for persistence in (0.8, 0.0))
    assert np.mean(following) > 0.4
    assert np.mean(independent) < 0.1
    assert 0 <= min(independent) <= max(following) <= 1
    alternating = np.tile([0.1, -0.1], (ORIGINS, DAYS // 2))
    assert carry_over(Residuals(alternating, np.full(shape, mean), is_rolling=True)) == 0
    assert carry_over(Residuals(alternating, np.full(shape, mean), is_rolling=False)) == 0
    assert carry_over(Residuals(np.zeros(shape), np.full(shape, mean), is_rolling=True)) == 0


def test_past_days_are_those_that_were_forecast():
    table, residuals = table_of(np.ones(200), np.ones((200, 96)), 1)
    residuals.means[2, 5] = residuals.misses[2, 5] = np.nan
    past = calibration._past_days(table, np.full((200, 96), 1 / 96), residuals)
    assert past is not None
    day, lead, expected, weight = past
    assert day.size == np.unique(day).size == ORIGINS * DAYS - 1
    assert 200 - 3 * DAYS + 5 not in day
    assert expected.sum(axis=1) == pytest.approx(960)
    assert weight[day >= 200 - DAYS] == pytest.approx(1)
    assert (lead == (day - 200) % DAYS).all()
