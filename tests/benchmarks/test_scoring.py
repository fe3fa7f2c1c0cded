import numpy as np
import pytest
from scipy import stats

from benchmarks import scoring

HOUR_S = 3600


def test_wape_bias_and_mase_by_hand():
    actual, predicted = np.array([2.0, 0.0, 8.0, np.nan]), np.array([3.0, 1.0, 5.0, 99.0])
    assert scoring.wape(actual, predicted) == pytest.approx(5 / 10)
    assert scoring.bias(actual, predicted) == pytest.approx(-1 / 10)
    # Seven days apart the history differs by 1, 3 and, where one is missing, not at all: scale 2.
    history = np.array([1.0, 2, 3, 4, 5, 6, 7, 2, 5, np.nan])
    assert scoring.mase(history, np.array([10.0, np.nan]), np.array([13.0, 0.0])) == pytest.approx(3 / 2)


def test_floor_of_one_slot_by_hand():
    # Poisson with mean 1: E|X - 1| = 2 / e.
    assert scoring.poisson_floor(np.array([1.0, np.nan])) == pytest.approx(2 / np.e)
    assert scoring.poisson_floor(np.array([4.0])) == pytest.approx(0.39, abs=0.005)


def test_floor_takes_the_mean_of_each_weekday_and_slot():
    # From one hour on the kernel reaches no neighbour: Monday 00:00 has mean 1, Monday 01:00 mean 9.
    weekday, slot = np.zeros(4, dtype=int), np.array([0, 1, 0, 1])
    found = scoring.floor(np.array([0.0, 8.0, 2.0, 10.0]), weekday, slot, HOUR_S)
    assert found == pytest.approx((2 / np.e + 18 * stats.poisson.pmf(9, 9)) / 10)


def test_the_kernel_is_a_triangle_of_three_quarter_hours_and_runs_across_the_week():
    calls = np.zeros((7, 96))
    calls[6, 95] = 16.0
    weekday, slot = (at.ravel() for at in np.indices((7, 96)))
    means = scoring.week_means(calls.ravel(), weekday, slot, 900)
    np.testing.assert_allclose(means[6, 91:], [0, 1, 2, 3, 4])
    np.testing.assert_allclose(means[0, :4], [3, 2, 1, 0])


def test_closed_and_missing_intervals_weigh_nothing_in_the_kernel():
    weekday, slot = (at.ravel() for at in np.indices((7, 96)))
    actual = np.where((slot >= 28) & (slot < 84) & (weekday < 5), 10.0, np.nan)
    means = scoring.week_means(actual, weekday, slot, 900)
    np.testing.assert_allclose(means[:5, 28:84], 10.0)
    assert np.isnan(means[5:]).all()
    assert np.isnan(means[0, :28]).all()


def test_floor_of_poisson_counts_is_the_error_of_their_true_mean():
    rng = np.random.default_rng(5)
    weeks = 400
    weekday, slot = (np.tile(at.ravel(), weeks) for at in np.indices((7, 24)))
    mean = 4 + 3 * np.sin(2 * np.pi * slot / 24)
    actual = rng.poisson(mean).astype(float)
    errors = np.abs(actual - mean)
    se = errors.std() / errors.size**0.5 / mean.mean()
    assert 4 * se < 0.01
    assert abs(scoring.wape(actual, mean) - scoring.floor(actual, weekday, slot, HOUR_S)) < 4 * se + 0.001


def test_day_sums_count_known_intervals_alone():
    actual, day = np.array([1.0, np.nan, 3.0, np.nan]), np.array([0, 0, 1, 2])
    np.testing.assert_array_equal(scoring.day_sums(actual, np.array([2.0, 9.0, 4.0, 9.0]), day), [2, 4, 0])
    np.testing.assert_array_equal(scoring.known_days(actual, day), [True, True, False])


def test_pit_of_paths_by_hand():
    # One of three paths below the actual, one equal: from 1/4 to 3/4.
    lower, upper = scoring.path_pit(np.array([2.0, np.nan]), np.array([[1, 0], [2, 0], [5, 0]]))
    assert (lower.tolist(), upper.tolist()) == ([0.25], [0.75])
    assert scoring.pit_coverage(lower, upper, 0.5) == 1
    assert scoring.pit_coverage(lower, upper, 0.25) == pytest.approx(0.5)


@pytest.mark.parametrize("mean", [0.3, 4.0])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_true_forecast_covers_its_level_even_at_low_counts(mean, level):
    rng = np.random.default_rng(3)
    n = 20_000
    bounds = scoring.path_pit(rng.poisson(mean, n).astype(float), rng.poisson(mean, (99, n)))
    se = (level * (1 - level) / n) ** 0.5  # at most: the randomness of the PIT itself is integrated out
    assert 4 * se < 0.012
    assert abs(scoring.pit_coverage(*bounds, level) - level) < 4 * se


def test_crps_by_hand():
    # Paths 0 and 4, actual 1: mean distance 2, mean distance of different paths 4.
    assert scoring.path_crps(np.array([1.0, np.nan]), np.array([[0, 7], [4, 7]])) == pytest.approx(2 - 4 / 2)


@pytest.mark.parametrize("dispersion", [0.0, 0.05, 2.0])
@pytest.mark.parametrize("mean", [0.2, 3.0, 500.0])
def test_crps_of_a_negative_binomial_is_the_sum_over_counts(mean, dispersion):
    actual = np.array([0.0, 1.0, 4.0, 480.0])
    counts = np.arange(40_000)
    size = 1 / max(dispersion, 1e-9)
    below = stats.nbinom.cdf(counts, size, size / (size + mean))
    expected = np.mean([((below - (counts >= y)) ** 2).sum() for y in actual])
    found = scoring.NegativeBinomial(np.full(4, mean), dispersion).crps(actual).mean()
    assert found == pytest.approx(expected, rel=2e-3)


def test_a_peer_covers_its_level_in_each_fifth_of_its_means():
    rng = np.random.default_rng(2)
    mean = np.repeat([2.0, 20.0, 50.0, 80.0, 200.0], 1000)
    size = np.repeat([4.0, 9.0, 16.0, 25.0, 100.0], 1000)
    actual = rng.poisson(mean * rng.gamma(size, 1 / size)).astype(float)
    lower, upper, crps = scoring.calibrated(actual, mean)
    for first in range(0, mean.size, 1000):
        part = slice(first, first + 1000)
        assert scoring.pit_coverage(lower[part], upper[part], 0.8) == pytest.approx(0.8, abs=1e-4)
        true = scoring.NegativeBinomial(mean[part], 1 / size[first])
        assert crps[part].mean() == pytest.approx(true.crps(actual[part]).mean(), rel=0.01)


def test_a_peer_that_covers_more_than_its_level_stays_poisson():
    mean = np.full(100, 50.0)
    lower, upper, _ = scoring.calibrated(mean.copy(), mean)
    np.testing.assert_allclose(lower, stats.poisson.cdf(49, 50), rtol=1e-4)
    np.testing.assert_allclose(upper, stats.poisson.cdf(50, 50), rtol=1e-4)


def test_a_peer_that_no_dispersion_saves_is_given_the_best():
    # Half of what it forecasts as nothing happens: no spread of no calls covers that.
    mean, actual = np.array([0.0, 0.0] * 50), np.array([0.0, 4.0] * 50)
    lower, upper, crps = scoring.calibrated(actual, mean)
    assert scoring.pit_coverage(lower, upper, 0.8) == pytest.approx(0.4, abs=0.01)
    assert crps.mean() == pytest.approx(2, rel=0.01)
