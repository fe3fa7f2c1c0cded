"""Runs the product on origins, as its users do: one call."""

import resource
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from benchmarks.files import Counts
from benchmarks.origins import Origin, known_until
from benchmarks.results import Failed, Made
from forecasting import demand
from forecasting.errors import ForecastingError
from forecasting.forecast import Forecast
from forecasting.series import IntervalSeries

N_PATHS = 500
SEED = 1
_QUEUE = "calls"


def forecast(history: IntervalSeries, counts: Counts, *, weeks: int, **options: Any) -> Forecast:
    """The product's own call, on one series."""
    return demand.forecast({_QUEUE: history}, counts.calendar, weeks=weeks, n_paths=N_PATHS, seed=SEED, **options)


def make(history: IntervalSeries, counts: Counts, *, weeks: int, **options: Any) -> Made | Failed:
    """The product's forecast of the ``weeks`` after ``history``; an error is a result, never hidden."""
    since = cpu_s()
    try:
        made = forecast(history, counts, weeks=weeks, **options)
    except ForecastingError as error:
        return Failed(f"{type(error).__name__}: {error}")
    except Exception as error:  # what the product should never raise must be seen beside the figures
        traceback.print_exc(limit=-3)
        return Failed(f"{type(error).__name__}: {error}")
    return Made(made.mean[0], cpu_s() - since, made.paths[:, 0])


def at_origin(counts: Counts, origin: Origin, weeks: int) -> Made | Failed:
    """The product's forecast from one origin."""
    return make(known_until(counts, origin), counts, weeks=weeks)


def each(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], jobs: int, tell: Callable[[int], None]
) -> list[Any]:
    """``function`` of each of ``calls``, in order, in ``jobs`` processes; ``tell`` hears how many are done."""
    results = []
    if jobs == 1:
        for arguments in calls:
            results.append(function(*arguments))
            tell(len(results))
        return results
    with ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool:
        for future in [pool.submit(function, *arguments) for arguments in calls]:
            results.append(future.result())
            tell(len(results))
    return results


def cpu_s() -> float:
    """CPU seconds of this process and its ended children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
