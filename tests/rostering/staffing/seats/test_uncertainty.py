"""Quantiles of uncertain loads, rates behind sampled counts, and loads that lag."""

import numpy as np
import pytest

from rostering.staffing.seats.uncertainty import lagged_per_s, load_nodes, quantile_rates, rate_factors, rates_behind


@pytest.mark.parametrize("cv", [0.0, 0.1, 0.3])
def test_rate_factors_have_mean_and_spread(cv):
    factors, weights = rate_factors(np.full((2, 1), cv))
    assert factors[0, 0] @ weights == pytest.approx(1.0)
    assert factors[0, 0] ** 2 @ weights == pytest.approx(1.0 + cv**2, rel=3e-3)


def test_nodes_of_a_load_keep_the_rate_apart_from_the_handling_time():
    nodes = load_nodes(np.full((2, 1), 0.1), np.full((2, 1), 0.2), 0.8)
    average = nodes.weights
    assert average[-1] == 0.0
    for factor in (nodes.load, nodes.calls):
        assert factor[0, 0] @ average == pytest.approx(1.0)
    assert nodes.load[0, 0] ** 2 @ average == pytest.approx(1.01 * 1.04, rel=3e-3)
    # A regression: the calls explain their share of the load's spread, no more.
    assert nodes.calls[0, 0] ** 2 @ average - 1.0 == pytest.approx(0.01 * 0.01 / 0.0504, rel=0.08)
    certain = load_nodes(np.full((2, 1), 0.1), np.zeros((2, 1)), 0.8)
    assert certain.calls == pytest.approx(certain.load)


def test_quantile_rates_average_to_the_mean():
    rates = quantile_rates(np.array([[8.0], [12.0]]), np.array([[0.1], [0.0]]))
    assert rates.mean(axis=0) == pytest.approx(np.array([[8.0], [12.0]]))
    assert rates[:, 0, 0].std() / 8.0 == pytest.approx(0.1, rel=0.02)


def test_rates_behind_counts_are_free_of_poisson_noise():
    rng = np.random.default_rng(1)
    paths, days, day_cv, rate_cv = 4000, np.repeat([4, 5], 96), 0.1, 0.15
    mean = np.tile([[8.0], [12.0]], 192)
    common = rng.gamma(100.0, 0.01, (paths, 1, 2))
    own = rng.gamma(1.0 / 0.0124, 0.0124, (paths, 2, 192))
    counts = rng.poisson(mean * common[:, :, days - 4] * own)
    found = rates_behind(counts, mean, np.full(mean.shape, day_cv), np.full(mean.shape, rate_cv), days, 7)
    by_day = found.reshape(paths, 2, 2, 96).sum(axis=3) / mean.reshape(2, 2, 96).sum(axis=2)
    # The standard error of a standard deviation is its value / sqrt(2 n).
    interval_part = (rate_cv**2 - day_cv**2) / 96
    expected = (day_cv**2 + interval_part) ** 0.5
    assert by_day.std(axis=0) == pytest.approx(np.full((2, 2), expected), abs=4 * expected / (2 * paths) ** 0.5)
    assert found.mean(axis=0) == pytest.approx(mean, rel=4 * rate_cv / paths**0.5)
    assert found.std(axis=0).mean() / mean.mean() == pytest.approx(rate_cv, rel=0.03)
    correlation = np.corrcoef(by_day[:, 0, 0], by_day[:, 1, 0])[0, 1]
    # One factor for both queues, diluted in the counts by interval factors and Poisson noise, and by those drawn anew.
    counted = [day_cv**2 + interval_part + 1 / calls for calls in (768, 1152)]
    diluted = day_cv**2 / (counted[0] * counted[1]) ** 0.5 * day_cv**2 / expected**2
    assert correlation == pytest.approx(diluted, abs=4 * (1 - diluted**2) / paths**0.5)
    assert abs(np.corrcoef(by_day[:, 0, 0], by_day[:, 0, 1])[0, 1]) < 4 / paths**0.5


def test_rates_behind_counts_check_their_shapes():
    mean = np.ones((2, 4))
    with pytest.raises(ValueError, match="paths must have the shape"):
        rates_behind(np.ones((3, 2, 5), dtype=int), mean, mean, mean, np.zeros(4, dtype=int), 1)


def test_load_lags_behind_the_rate():
    calls = np.array([[9.0] * 4 + [18.0] * 40, [9.0] * 44])
    aht_s = np.full((2, 44), 450.0)
    lagged = lagged_per_s(calls, aht_s, 900)
    assert lagged[1] == pytest.approx(np.full(44, 0.01))
    assert 0.01 < lagged[0, 4] < 0.02
    assert lagged[0, -1] == pytest.approx(0.02)
    # Area lost on the way up is one AHT of the step.
    assert (0.02 - lagged[0, 4:]).sum() * 900 == pytest.approx(0.01 * 450, rel=1e-6)
