"""Workload: the time that forecast calls take, from the same sample paths as the calls.

Light on purpose: numpy only, so that a process that merely shows forecasts can load it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.errors import ForecastingError

_CHILD = 1_000  # of the seed: far from the first children, which draw the calls' own paths


def workload_paths(
    paths: NDArray[np.integer],
    mean_handling_s: NDArray[np.float64],
    mean_cv: NDArray[np.float64],
    call_cv: ArrayLike,
    *,
    seed: int,
) -> NDArray[np.float32]:
    """Sample paths of the handling time of the calls that start in each interval: calls x handling time [s].

    The mean handling time is uncertain as a whole: each path and queue has one log-normal level factor of mean 1.
    The sum over n calls scatters besides: a gamma factor of mean 1 and variance ``call_cv``**2 / n. Sums over hours,
    days or queues, and quantiles of them, come from these paths as they do for calls.

    Parameters
    ----------
    paths : (paths, queues, intervals), sample paths of calls, >= 0
    mean_handling_s : (queues, intervals), expected handling time of a call [s], >= 0
    mean_cv : (queues, intervals) or (queues,), coefficient of variation of the true mean around it, >= 0
    call_cv : (queues,), coefficient of variation of single calls, >= 0; NaN where it is not known, as if it were 0
    seed : that of the calls' paths will do: each queue and source of chance has a stream of its own

    Returns
    -------
    workload : (paths, queues, intervals) [s]; 0 where there is no call

    Raises
    ------
    ForecastingError : shapes disagree, or a value is negative, infinite or, but for ``call_cv``, missing
    """
    given = np.asarray(call_cv, dtype=np.float64)
    single = np.where(np.isnan(given), 0.0, given)
    level_cv = mean_cv[:, None] if mean_cv.ndim == 1 else mean_cv
    _check(paths, mean_handling_s, level_cv, single)
    n_paths, n_queues, _ = paths.shape
    sigma = np.sqrt(np.log1p(level_cv**2))
    result = np.empty(paths.shape, dtype=np.float32)
    for queue, child in enumerate(np.random.SeedSequence(seed, spawn_key=(_CHILD,)).spawn(n_queues)):
        level, calls = (np.random.default_rng(stream) for stream in child.spawn(2))
        factor = np.exp(sigma[queue] * level.standard_normal((n_paths, 1)) - sigma[queue] ** 2 / 2)
        weighed = paths[:, queue].astype(np.float64)
        variance = single[queue] ** 2
        if variance > 0:
            weighed = calls.standard_gamma(weighed / variance) * variance
        result[:, queue] = weighed * mean_handling_s[queue] * factor
    return result


def _check(
    paths: NDArray[np.integer],
    mean_handling_s: NDArray[np.float64],
    level_cv: NDArray[np.float64],
    call_cv: NDArray[np.float64],
) -> None:
    shape = paths.shape[1:]
    fits = level_cv.ndim == 2 and level_cv.shape[0] == shape[0] and level_cv.shape[1] in (1, *shape[1:])
    if paths.ndim != 3 or mean_handling_s.shape != shape or not fits or call_cv.shape != shape[:1]:
        raise ForecastingError(
            f"paths {paths.shape}, mean_handling_s {mean_handling_s.shape}, mean_cv {level_cv.shape} and call_cv "
            f"{call_cv.shape} disagree: expected (paths, queues, intervals), (queues, intervals) twice and (queues,)"
        )
    named = {"paths": paths, "mean_handling_s": mean_handling_s, "mean_cv": level_cv, "call_cv": call_cv}
    for name, values in named.items():
        wrong = ~np.isfinite(values) | (values < 0)
        if wrong.any():
            raise ForecastingError(f"{name} holds {values[wrong][0]}: expected a finite number >= 0")
