"""The hash's random numbers against the distributions that they are drawn from."""

import numpy as np
import pytest
from numba import njit
from scipy import stats

from rostering.staffing.simulation.randomness import exponential, lognormal, uniform

N = 1_000_000


@njit
def drawn(key, sigma):
    """(3, N): uniform, exponential and lognormal numbers, each with a key of its own."""
    found = np.empty((3, N))
    for i in range(N):
        found[0, i] = uniform(key, i)
        found[1, i] = exponential(key + 1, i)
        found[2, i] = lognormal(key + 2, i, sigma)
    return found


@pytest.fixture(scope="module")
def numbers():
    found = drawn(7, 0.5)
    return {"uniform": found[0], "exponential": found[1], "normal": (np.log(found[2]) + 0.125) / 0.5}


@pytest.mark.parametrize("name", ["uniform", "exponential", "normal"])
def test_numbers_follow_their_distribution(numbers, name):
    law = {"uniform": stats.uniform, "exponential": stats.expon, "normal": stats.norm}[name]
    assert stats.kstest(numbers[name], law.cdf).pvalue > 1e-4
    # It would see an error of 0.003 in any probability.
    assert stats.kstest(numbers[name] * 1.01, law.cdf).pvalue < 1e-4


@pytest.mark.parametrize(
    ("name", "beyond"), [("exponential", 7.69711747), ("exponential", 9.0), ("normal", 3.44261986)]
)
def test_tails_are_as_heavy_as_they_should_be(numbers, name, beyond):
    """Numbers beyond a ziggurat's base come from another formula; they are 1 in 2,000 or fewer."""
    law = {"exponential": stats.expon, "normal": stats.norm}[name]
    seen, expected = (numbers[name] > beyond).sum(), N * law.sf(beyond)
    assert expected > 100
    assert abs(seen - expected) < 4 * expected**0.5
