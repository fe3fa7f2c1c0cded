"""The core suite: product and peers on the same rolling origins of every series."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import peer_runs, product, scoring
from benchmarks.files import Counts
from benchmarks.origins import Origin, blocks, positions, rolling
from benchmarks.results import PRODUCT, Failed, Made
from forecasting.series import DAY_S

Tell = Callable[[str], None]
Figures = dict[str, Any]
# A set is round the clock when no hour of its week is nearly silent.
_QUIETEST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was asked for; ``peers`` by name, ``jobs`` processes of the product at once."""

    n_origins: int
    weeks: int
    spacing_days: int
    peers: tuple[str, ...]
    jobs: int
    is_cached: bool


def run(series: Sequence[Counts], options: Options, tell: Tell) -> dict[str, Figures]:
    """Figures of every series: those of the reported origins, and ``select`` with the same of the others.

    A daily series has ``mase`` besides, the mean over origins.
    """
    origins = {
        counts.name: rolling(counts, options.n_origins, weeks=options.weeks, spacing_days=options.spacing_days)
        for counts in series
    }
    calls = [(counts, origin, options.weeks) for counts in series for origin in origins[counts.name]]
    own = product.each(
        product.at_origin, calls, options.jobs, lambda n: tell(f"{PRODUCT}: {n} of {len(calls)} origins")
    )
    made = {(counts.name, origin): result for (counts, origin, _), result in zip(calls, own, strict=True)}

    def figures(counts: Counts) -> Figures:
        asked = origins[counts.name]
        results = peer_runs.run(counts, asked, options.peers, is_cached=options.is_cached, tell=tell)
        results |= {(PRODUCT, origin): made[counts.name, origin] for origin in asked}
        models = (PRODUCT, *options.peers)
        parts = {
            name: score(counts, part, {model: [results[model, origin] for origin in part] for model in models})
            for name, part in blocks(asked).items()
            if part
        }
        return parts.pop("report") | parts

    with ThreadPoolExecutor(options.jobs) as pool:  # the peers' processes do the work
        return {counts.name: found for counts, found in zip(series, pool.map(figures, series), strict=True)}


def score(counts: Counts, origins: Sequence[Origin], results: dict[str, list[Made | Failed]]) -> Figures:
    """Floor and every model's scores over the known intervals of ``origins``, pooled."""
    span = Span(counts, origins)
    return {
        "origins": [_moment(counts, origin.first) for origin in origins],
        "end": _moment(counts, origins[-1].last),
        "intervals": int((~np.isnan(span.actual)).sum()),
        "mean": _rounded(span.mean),
        "is_round_the_clock": span.is_round_the_clock,
        "floor": _rounded(span.floor),
        "models": {model: _model_figures(counts, span, origins, made) for model, made in results.items()},
    }


class Span:
    """Pooled scored intervals: ``actual`` (n,), NaN where missing; ``day`` (n,), one number per origin and date."""

    def __init__(self, counts: Counts, origins: Sequence[Origin]) -> None:
        at = positions(list(origins))
        grid = counts.grid
        self.actual: NDArray[np.float64] = counts.series.values[at]
        changes = np.concatenate([np.arange(o.first, o.last) == o.first for o in origins])
        changes[1:] |= grid.dates[at][1:] != grid.dates[at][:-1]
        self.day: NDArray[np.int64] = np.cumsum(changes) - 1
        known = self.actual[~np.isnan(self.actual)]
        self.mean = float(known.mean()) if known.size else float("nan")
        where = (grid.weekdays[at], grid.slots[at], grid.interval_s)
        self.floor = scoring.floor(self.actual, *where)
        means = scoring.week_means(self.actual, *where)
        quietest = np.nan_to_num(means).reshape(7, -1, max(3600 // grid.interval_s, 1)).mean(axis=-1).min()
        self.is_round_the_clock = bool(quietest > _QUIETEST_SHARE * self.mean)


def _model_figures(counts: Counts, span: Span, origins: Sequence[Origin], made: list[Made | Failed]) -> Figures:
    failures = [result.error for result in made if isinstance(result, Failed)]
    if failures:
        return {"error": failures[0], "n_failed": len(failures)}
    if np.isnan(span.actual).all():
        return {"error": "no known interval in the scored span", "n_failed": len(made)}
    results = [result for result in made if isinstance(result, Made)]
    mean = np.concatenate([result.mean for result in results])
    actual, day = span.actual, span.day
    figures = {
        "wape": scoring.wape(actual, mean),
        "wape_daily": scoring.wape(day_totals(actual, actual, day), day_totals(actual, mean, day)),
        "bias": scoring.bias(actual, mean),
        **_distribution(actual, mean, day, results),
        "cpu_s": float(np.mean([result.cpu_s for result in results])),
    }
    if counts.series.interval_s == DAY_S:
        figures["mase"] = float(np.mean([_mase(counts, *pair) for pair in zip(origins, results, strict=True)]))
    return {key: _rounded(value) for key, value in figures.items()}


def _mase(counts: Counts, origin: Origin, made: Made) -> float:
    values = counts.series.values
    return scoring.mase(values[: origin.first], values[origin.scored], made.mean)


def day_totals(actual: NDArray[np.float64], values: NDArray[np.float64], day: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums of ``values`` (n,) by day over known intervals, (days,); NaN on days with none."""
    return np.where(scoring.known_days(actual, day), scoring.day_sums(actual, values, day), np.nan)


def _distribution(
    actual: NDArray[np.float64], mean: NDArray[np.float64], day: NDArray[np.int64], results: list[Made]
) -> Figures:
    """CRPS and coverage: of the product's paths; of a peer's mean as a calibrated negative binomial, no day totals."""
    known = ~np.isnan(actual)
    if results[0].paths is None:
        lower, upper, each = scoring.calibrated(actual[known], mean[known])
        crps, day80 = float(each.mean()), None
    else:
        paths = np.concatenate([result.paths for result in results if result.paths is not None], axis=1)
        lower, upper = scoring.path_pit(actual, paths)
        crps = scoring.path_crps(actual, paths)
        totals = scoring.path_pit(day_totals(actual, actual, day), scoring.day_sums(actual, paths, day))
        day80 = scoring.pit_coverage(*totals, 0.8)
    coverage = {f"pit{level:.0%}".rstrip("%"): scoring.pit_coverage(lower, upper, level) for level in (0.8, 0.95)}
    return {"crps": crps, **coverage, "day80": day80}


def _moment(counts: Counts, position: int) -> str:
    seconds = int(counts.series.start.timestamp()) + position * counts.series.interval_s
    return f"{np.datetime64(seconds, 's')}Z"


def _rounded(value: float | None) -> float | None:
    """Six significant digits; what is not finite has no place in JSON."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
