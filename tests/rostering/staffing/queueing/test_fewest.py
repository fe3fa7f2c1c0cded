"""The fewest handlers by Erlang C against the formula itself, either side of the answer."""

import math

import numpy as np
import pytest

from rostering.staffing import erlang_c
from rostering.staffing.queueing.fewest import erlang_c_handlers


@pytest.mark.parametrize("service_level", [0.0, 0.8, 0.95, 0.9999])
def test_the_answer_meets_the_target_and_one_fewer_does_not(service_level):
    rng = np.random.default_rng(3)
    per_s, aht_s = rng.uniform(1e-4, 0.4, 60), rng.uniform(60, 900, 60)
    found = erlang_c_handlers(per_s, aht_s, service_level, threshold_s=15.0)
    for rate, aht, n in zip(per_s, aht_s, found.tolist(), strict=True):
        assert erlang_c(rate, aht, n, threshold_s=15.0).service_level >= service_level - 1e-12
        fewer = erlang_c(rate, aht, n - 1, threshold_s=15.0).service_level if n > 1 else -1.0
        assert fewer < service_level or n - 1 <= rate * aht


def test_shapes_silence_and_great_loads():
    found = erlang_c_handlers([[0.0, 0.01], [1e6, 10.0]], 300.0, 0.9)
    assert found.shape == (2, 2)
    assert found[0, 0] == 0
    spare = (found[1, 0] - 3e8) / math.sqrt(3e8)
    assert 0.0 < spare < 2.0  # square-root staffing


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([0.1, -1.0], 300.0, 0.9), "interval 1: offered_per_s"),
        (([0.1, math.nan], 300.0, 0.9), "interval 1"),
        (([0.1], 0.0, 0.9), "interval 0"),
        (([1e9], 300.0, 0.9), "load"),
        (([0.1], 300.0, 1.0), "service_level"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        erlang_c_handlers(*arguments)
