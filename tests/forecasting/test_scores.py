import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecasting import scores
from tests.forecasting.synthetic import assert_mean


def test_wape_and_bias_by_hand():
    actual, predicted = np.array([2.0, 0.0, 8.0, np.nan]), np.array([3.0, 1.0, 6.0, 99.0])
    assert scores.wape(actual, predicted) == pytest.approx(4 / 10)
    assert scores.bias(actual, predicted) == 0
    assert scores.bias(actual, predicted + 1) == pytest.approx(3 / 10)


def test_no_calls_no_share():
    assert np.isnan(scores.wape(np.zeros(3), np.ones(3)))
    assert np.isnan(scores.noise_floor(np.zeros(3)))


@given(st.floats(0.01, 200))
def test_noise_floor_is_the_mean_absolute_deviation_of_poisson(mean):
    counts = np.arange(int(mean + 20 * mean**0.5 + 40))
    expected = (np.abs(counts - mean) * stats.poisson.pmf(counts, mean)).sum() / mean
    assert scores.noise_floor(np.array([mean])) == pytest.approx(expected, rel=1e-6)


def test_noise_floor_at_published_means():
    # About 0.8 / sqrt(mean): 39% at four calls an interval, 20% at fifteen.
    assert scores.noise_floor(np.array([4.0])) == pytest.approx(0.39, abs=0.005)
    assert scores.noise_floor(np.array([15.0])) == pytest.approx(0.205, abs=0.005)


def test_pinball_loss_by_hand():
    actual, quantiles = np.array([10.0]), np.array([[8.0], [13.0]])
    assert scores.pinball_loss(actual, quantiles, np.array([0.1, 0.9])) == pytest.approx([0.2, 0.3])


def test_interval_coverage_counts_its_edges():
    actual = np.array([1.0, 2.0, 5.0, 6.0, np.nan])
    assert scores.interval_coverage(actual, np.full(5, 2.0), np.full(5, 5.0)) == 0.5


def test_crps_by_hand():
    # Paths 0 and 4, actual 1: mean distance 2, mean distance of different paths 4.
    assert scores.crps(np.array([1.0]), np.array([[0], [4]])) == pytest.approx(2 - 4 / 2)
    assert scores.crps(np.array([3.0]), np.array([[3], [3]])) == 0


@pytest.mark.parametrize("mean", [0.3, 4.0])
def test_randomised_pit_of_a_true_forecast_is_uniform_even_at_low_counts(mean):
    rng = np.random.default_rng(11)
    actual = rng.poisson(mean, 20_000).astype(float)
    values = scores.pit(actual, rng.poisson(mean, (99, 20_000)), rng)
    assert_mean(list(values), 0.5, detectable=0.01)
    assert_mean(list((np.abs(values - 0.5) <= 0.4).astype(float)), 0.8, detectable=0.012)


def test_pit_sees_intervals_that_are_too_narrow():
    rng = np.random.default_rng(11)
    actual = rng.poisson(100 * rng.gamma(25, 1 / 25, 4000)).astype(float)
    values = scores.pit(actual, rng.poisson(100, (99, 4000)), rng)
    assert scores.pit_coverage(values, 0.8) < 0.55
    assert np.isnan(scores.pit(np.array([np.nan]), np.zeros((3, 1), dtype=int), rng)).all()
