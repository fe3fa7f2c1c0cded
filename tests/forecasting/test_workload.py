import numpy as np
import pytest

from forecasting.errors import ForecastingError
from forecasting.workload import workload_paths
from tests.forecasting.synthetic import assert_mean

MEAN_S = np.array([[300.0, 400.0, 500.0], [600.0, 600.0, 700.0]])
NO_CV = np.zeros(2)
UNKNOWN = np.full(2, np.nan)


def calls(n_paths: int, *, mean: float = 5.0, seed: int = 1):
    return np.random.default_rng(seed).poisson(mean, (n_paths, 2, 3)).astype(np.int32)


def test_without_uncertainty_it_is_calls_times_handling_time():
    paths = calls(20)
    assert workload_paths(paths, MEAN_S, NO_CV, UNKNOWN, seed=1) == pytest.approx(paths * MEAN_S)


def test_no_calls_no_workload_and_never_below_zero():
    paths = calls(400, mean=0.7)
    workload = workload_paths(paths, MEAN_S, np.full(2, 0.3), np.full(2, 1.5), seed=1)
    assert (workload[paths == 0] == 0).all()
    assert (workload[paths > 0] > 0).all()
    assert (paths == 0).any()


@pytest.mark.parametrize(("mean_cv", "call_cv"), [(0.0, 0.8), (0.2, np.nan), (0.3, 1.5)])
def test_the_mean_is_mean_calls_times_mean_handling_time(mean_cv, call_cv):
    paths = calls(20_000)
    workload = workload_paths(paths, MEAN_S, np.full((2, 3), mean_cv), np.full(2, call_cv), seed=2)
    for queue in range(2):
        for interval in range(3):
            expected = 5.0 * MEAN_S[queue, interval]
            assert_mean(list(workload[:, queue, interval]), expected, detectable=0.04 * expected)


@pytest.mark.parametrize("n", [1, 4, 25])
def test_a_sum_over_n_calls_varies_by_the_call_over_n(n):
    paths = np.full((20_000, 2, 3), n, dtype=np.int32)
    workload = workload_paths(paths, MEAN_S, NO_CV, np.array([0.8, 1.2]), seed=3)
    squares = (workload / (n * MEAN_S) - 1) ** 2
    for queue, cv in enumerate((0.8, 1.2)):
        for interval in range(3):
            assert_mean(list(squares[:, queue, interval]), cv**2 / n, detectable=0.2 * cv**2 / n)


def test_the_level_is_shared_by_a_queue_and_not_between_queues():
    paths = np.full((20_000, 2, 3), 5, dtype=np.int32)
    workload = workload_paths(paths, MEAN_S, np.full(2, 0.2), UNKNOWN, seed=4)
    factor = workload / (5 * MEAN_S)
    assert np.ptp(factor, axis=2) == pytest.approx(0, abs=1e-6)
    assert_mean(list((factor[:, 0, 0] - 1) ** 2), 0.04, detectable=0.004)
    # Standard error of a correlation of independent samples: 1 / sqrt(paths).
    assert abs(np.corrcoef(factor[:, 0, 0], factor[:, 1, 0])[0, 1]) < 4 / 20_000**0.5


def test_a_sum_over_the_day_is_as_unsure_as_the_level():
    paths = np.full((20_000, 2, 3), 50, dtype=np.int32)
    day = workload_paths(paths, MEAN_S, np.full(2, 0.1), np.full(2, 0.8), seed=5).sum(axis=2) / (
        50 * MEAN_S.sum(axis=1)
    )
    share = MEAN_S / MEAN_S.sum(axis=1, keepdims=True)
    for queue in range(2):
        # Level, then single calls, then both together.
        variance = 1.01 * (1 + 0.64 / 50 * float((share[queue] ** 2).sum())) - 1
        assert_mean(list((day[:, queue] - 1) ** 2), variance, detectable=0.1 * variance)


def test_same_seed_same_workload():
    paths = calls(50)
    once = workload_paths(paths, MEAN_S, np.full(2, 0.2), np.full(2, 0.8), seed=6)
    assert (once == workload_paths(paths, MEAN_S, np.full(2, 0.2), np.full(2, 0.8), seed=6)).all()
    assert (once != workload_paths(paths, MEAN_S, np.full(2, 0.2), np.full(2, 0.8), seed=7)).any()


def test_chance_is_apart_from_that_of_the_calls():
    # The calls' paths take the first children of the same seed.
    level = np.random.default_rng(np.random.SeedSequence(1).spawn(1)[0]).standard_normal((20_000, 1))
    paths = np.full((20_000, 2, 3), 5, dtype=np.int32)
    workload = workload_paths(paths, MEAN_S, np.full(2, 0.2), UNKNOWN, seed=1)
    assert abs(np.corrcoef(level[:, 0], np.log(workload[:, 0, 0]))[0, 1]) < 4 / 20_000**0.5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mean_handling_s": MEAN_S[:, :2]}, "disagree"),
        ({"mean_cv": np.zeros(3)}, "disagree"),
        ({"mean_cv": np.zeros((2, 2))}, "disagree"),
        ({"call_cv": np.zeros(3)}, "disagree"),
        ({"mean_handling_s": -MEAN_S}, "mean_handling_s holds -300"),
        ({"mean_cv": np.array([0.1, np.nan])}, "mean_cv holds nan"),
        ({"call_cv": np.array([0.1, np.inf])}, "call_cv holds inf"),
        ({"paths": -calls(5) - 1}, "paths holds -"),
    ],
)
def test_bad_input_is_named(change, words):
    given = {"paths": calls(5), "mean_handling_s": MEAN_S, "mean_cv": NO_CV, "call_cv": UNKNOWN} | change
    with pytest.raises(ForecastingError, match=words):
        workload_paths(**given, seed=1)
