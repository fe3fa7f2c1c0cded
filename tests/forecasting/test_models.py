"""The level and the shape, each against a truth that was put in."""

from datetime import date

import numpy as np
import pytest

from forecasting.calendar import DayKind
from forecasting.days import DailyTotals, DayFeatures, fold
from forecasting.models import daily_glm, four_week_mean, profile, seasonal_naive
from tests.forecasting.synthetic import INTERVAL_S, LONDON, bare_days, synthetic_history, true_means


def daily(first: date, totals: np.ndarray) -> DailyTotals:
    dates = np.arange(np.datetime64(first), np.datetime64(first) + totals.size)
    return DailyTotals(bare_days(dates), totals, np.ones(totals.size))


def ordinary_days(first: date, days: int) -> DayFeatures:
    dates = np.arange(np.datetime64(first), np.datetime64(first) + days)
    return bare_days(dates, (DayKind.ORDINARY,) * days)


def test_level_learns_weekdays_without_noise():
    weekly = np.array([400.0, 380, 390, 400, 450, 500, 420])
    fitted = daily_glm.fit(daily(date(2024, 1, 8), np.tile(weekly, 12)))
    # 12 weeks of about 400 calls a day against priors worth phi / 0.5**2 = 4 calls: shrinkage is far below 1%.
    assert fitted.forecast(ordinary_days(date(2024, 4, 1), 7)) == pytest.approx(weekly, rel=0.01)


def test_exposure_scales_calls_to_a_full_day():
    history = daily(date(2024, 1, 8), np.full(84, 300.0))
    half = DailyTotals(history.features, history.totals / 2, history.exposure / 2)
    expected = daily_glm.fit(history).forecast(ordinary_days(date(2024, 4, 1), 7))
    assert daily_glm.fit(half).forecast(ordinary_days(date(2024, 4, 1), 7)) == pytest.approx(expected, rel=0.01)


def test_trend_fades_instead_of_running_on():
    growing = 1000 * np.exp(0.5 * np.arange(350) / 365.25)  # half again in a year
    fitted = daily_glm.fit(daily(date(2023, 1, 9), growing))
    ahead = fitted.forecast(ordinary_days(date(2023, 12, 25), 10 * 365))
    weekly = ahead[: ahead.size // 7 * 7].reshape(-1, 7).mean(axis=1)
    assert weekly[0] == pytest.approx(growing[-1], rel=0.05)
    assert weekly[0] < weekly[8] < weekly[-1]
    # A quarter of a year's growth is all that is ever added.
    assert weekly[-1] / weekly[0] < np.exp(0.5 * 0.25) + 0.01


def test_a_kind_seen_once_moves_part_of_the_way_and_more_with_more_calls():
    def effect(level: float) -> float:
        totals = np.random.default_rng(3).poisson(level, 112).astype(float)
        history = daily(date(2023, 11, 6), totals)
        at = history.features.kinds.index(DayKind.NEW_YEARS_EVE)
        totals[at] = 2 * level
        fitted = daily_glm.fit(history)
        dates = np.array(["2024-03-05", "2024-03-05"], dtype="datetime64[D]")
        usual, special = fitted.forecast(bare_days(dates, (DayKind.ORDINARY, DayKind.NEW_YEARS_EVE)))
        return special / usual

    few, many = effect(20), effect(2000)
    # 40 calls where 20 are usual, against a prior worth phi / 0.3**2 = 11 calls; 4000 calls leave it no say.
    assert few == pytest.approx((40 + 11) / (20 + 11), rel=0.1)
    assert many == pytest.approx(2.0, rel=0.05)


def test_a_refit_is_the_fit_of_the_same_days():
    """Newton's steps of our own against statsmodels, on the part of a history that rolling origins see."""
    rng = np.random.default_rng(5)
    history = daily(date(2023, 1, 9), rng.poisson(600 * (1 + 0.1 * np.sin(np.arange(500) / 30)), 500).astype(float))
    whole, part = daily_glm.fit(history), history.until(420)
    again = daily_glm.refit(whole, part)
    seen = daily_glm._seen(part, again.terms)
    assert again.coefficients == pytest.approx(daily_glm._fit_poisson(seen, whole.pseudo_calls), abs=1e-5)
    assert again.coefficients != pytest.approx(whole.coefficients, abs=1e-3), "a shorter history says something else"


def test_profile_recovers_the_shape():
    first, weeks = date(2023, 1, 9), 20
    series = synthetic_history(weeks, seed=5, first=first, per_day=(800.0,), day_cv=0.15)["999"]
    grid = LONDON.grid(series.start, INTERVAL_S, series.values.size)
    fitted = profile.fit(fold(series.values, grid, LONDON))
    assert fitted.shares.sum(axis=1) == pytest.approx(1.0)
    means, _ = true_means(LONDON, date(2023, 6, 5), 1, per_day=800.0)
    truth = means.reshape(7, 96)
    truth = truth / truth.sum(axis=1, keepdims=True)
    error = np.abs(fitted.shares - truth).sum() / 7
    # Raw means of 20 weeks of about 8 calls: 0.8 / sqrt(8 * 20) = 6%. Smoothing must do much better.
    raw = seasonal_error(fold(series.values, grid, LONDON), truth)
    assert raw == pytest.approx(0.06, abs=0.01)
    assert error < raw / 2


def seasonal_error(table, truth: np.ndarray) -> float:
    calls = np.zeros((7, 96))
    np.add.at(calls, table.weekdays, table.counts)
    return float(np.abs(calls / calls.sum(axis=1, keepdims=True) - truth).sum() / 7)


def test_new_years_night_bends_the_shape_on_both_sides_of_midnight():
    first = date(2023, 10, 2)
    means, _ = true_means(LONDON, first, 20, per_day=900.0)
    start = LONDON.midnight(first)
    grid = LONDON.grid(start, INTERVAL_S, means.size)
    eve = (grid.dates == np.datetime64("2023-12-31")) & (grid.slots >= 80)
    day = (grid.dates == np.datetime64("2024-01-01")) & (grid.slots < 20)
    busy = np.where(eve | day, 3 * means, means)
    table = fold(np.random.default_rng(7).poisson(busy).astype(float), grid, LONDON)
    fitted = profile.fit(table)
    dates = np.array(["2024-12-31", "2025-01-01"], dtype="datetime64[D]")
    special = fitted.of_days(dates, (DayKind.NEW_YEARS_EVE, DayKind.NEW_YEARS_DAY))
    usual = fitted.of_days(dates, (DayKind.ORDINARY, DayKind.ORDINARY))
    assert special.sum(axis=1) == pytest.approx(usual.sum(axis=1))
    assert (special[0, 84:] / usual[0, 84:]).min() > 1.3
    assert (special[1, :16] / usual[1, :16]).min() > 1.3
    assert (special[0, 8:64] < usual[0, 8:64]).all()
    assert (special[1, 32:88] < usual[1, 32:88]).all()


def test_never_observed_slots_are_closed():
    grid = LONDON.grid(LONDON.midnight(date(2024, 1, 8)), INTERVAL_S, 8 * 7 * 96)
    is_open = (grid.weekdays < 5) & (grid.slots >= 28) & (grid.slots < 84)
    values = np.where(is_open, np.random.default_rng(1).poisson(20, is_open.size), np.nan)
    shares = profile.fit(fold(values, grid, LONDON)).shares
    assert (shares[5:] == 0).all()
    assert (shares[:5, :28] == 0).all()
    assert (shares[:5, 28:84] > 0).all()


def test_peers_repeat_what_they_say():
    calls = np.arange(6 * 7)[:, None] + np.zeros(96)  # day k has k calls in every interval
    grid = LONDON.grid(LONDON.midnight(date(2024, 1, 8)), INTERVAL_S, calls.size)
    table = fold(calls.ravel(), grid, LONDON)
    ahead = LONDON.grid(LONDON.midnight(date(2024, 2, 19)), INTERVAL_S, 7 * 96)
    assert seasonal_naive.fit(table).forecast(ahead)[::96].tolist() == list(range(35, 42))
    assert four_week_mean.fit(table).forecast(ahead)[0] == np.mean([14, 21, 28, 35])
