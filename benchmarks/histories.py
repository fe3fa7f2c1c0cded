"""The dirty and the cold suite: what faults in a history cost, and what its shortness does."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from benchmarks import product, scoring
from benchmarks.files import Counts
from benchmarks.origins import Origin, blocks, known_until, positions, rolling
from benchmarks.results import Failed, Made
from forecasting.series import DAY_S, IntervalSeries

Figures = dict[str, Any]
Tell = Callable[[str], None]
_LAST_DAYS = 28  # the faults lie in the last four weeks, where they do most harm
_OUTAGE_HOURS = (10, 16)
_SPIKE = 3
_SHORT_DAYS, _LONG_DAYS = 14, 112


def dirty(series: Sequence[Counts], n_origins: int, weeks: int, jobs: int, tell: Tell) -> dict[str, Figures]:
    """``dirty_over_clean``: WAPE with faults in the history over WAPE without; ``cleaning_cost``: what cleaning does to
    a history without faults, relative to no cleaning; ``uncleaned_over_clean``: faults left in, for comparison."""

    def histories(counts: Counts, origin: Origin) -> dict[str, tuple[IntervalSeries, dict[str, bool]]]:
        clean = known_until(counts, origin)
        faulty = with_faults(counts, origin)
        return {
            "clean": (clean, {}),
            "dirty": (faulty, {}),
            "clean_uncleaned": (clean, {"cleaning": False}),
            "dirty_uncleaned": (faulty, {"cleaning": False}),
        }

    found = {}
    for name, figures in _compare(series, n_origins, weeks, jobs, tell, histories).items():
        wapes = figures["wape"]
        found[name] = {
            "dirty_over_clean": _ratio(wapes["dirty"], wapes["clean"]),
            "cleaning_cost": _ratio(wapes["clean"], wapes["clean_uncleaned"], minus=1),
            "uncleaned_over_clean": _ratio(wapes["dirty_uncleaned"], wapes["clean_uncleaned"]),
            **figures,
        }
    return found


def cold(series: Sequence[Counts], n_origins: int, weeks: int, jobs: int, tell: Tell) -> dict[str, Figures]:
    """``two_weeks_over_sixteen``: WAPE with the last two weeks of history over WAPE with the last sixteen."""

    def histories(counts: Counts, origin: Origin) -> dict[str, tuple[IntervalSeries, dict[str, bool]]]:
        return {
            "two_weeks": (_latest(known_until(counts, origin), _SHORT_DAYS), {}),
            "sixteen_weeks": (_latest(known_until(counts, origin), _LONG_DAYS), {}),
        }

    return {
        name: {
            "two_weeks_over_sixteen": _ratio(figures["wape"]["two_weeks"], figures["wape"]["sixteen_weeks"]),
            **figures,
        }
        for name, figures in _compare(series, n_origins, weeks, jobs, tell, histories).items()
    }


def with_faults(counts: Counts, origin: Origin) -> IntervalSeries:
    """The history of ``origin`` with three faults, each on a busy day of its own in the last four weeks.

    An outage (no calls from 10:00 to 16:00), a day of three times its calls, and a day without any; which days is drawn
    with the product's seed and the origin. Busy: at least the median of the days with calls. Missing stays missing.
    """
    known = known_until(counts, origin)
    values = known.values.copy()
    dates, slots = counts.grid.dates[: origin.first], counts.grid.slots[: origin.first]
    days, day_of = np.unique(dates, return_inverse=True)
    totals = np.bincount(day_of, np.nan_to_num(values))
    recent = np.flatnonzero((days >= dates[-1] - np.timedelta64(_LAST_DAYS, "D")) & (days < dates[-1]) & (totals > 0))
    busy = recent[totals[recent] >= np.median(totals[recent])]
    rng = np.random.default_rng([product.SEED, origin.first])
    outage, spike, dead = rng.choice(busy, 3, replace=False)
    hours = slots * counts.grid.interval_s / 3600
    is_out = (day_of == outage) & (hours >= _OUTAGE_HOURS[0]) & (hours < _OUTAGE_HOURS[1])
    factor = np.where(is_out | (day_of == dead), 0, np.where(day_of == spike, _SPIKE, 1))
    return IntervalSeries(known.start, known.interval_s, values * factor)


def _latest(series: IntervalSeries, days: int) -> IntervalSeries:
    dropped = max(series.values.size - days * DAY_S // series.interval_s, 0)
    start = series.start + timedelta(seconds=dropped * series.interval_s)
    return IntervalSeries(start, series.interval_s, series.values[dropped:])


def _compare(
    series: Sequence[Counts],
    n_origins: int,
    weeks: int,
    jobs: int,
    tell: Tell,
    histories: Callable[[Counts, Origin], dict[str, tuple[IntervalSeries, dict[str, bool]]]],
) -> dict[str, Figures]:
    """WAPE over the reported origins that every history could be forecast at, and what failed at the others."""
    cases = [
        (counts, origin, label, history, options)
        for counts in series
        for origin in blocks(rolling(counts, n_origins, weeks=weeks))["report"]
        for label, (history, options) in histories(counts, origin).items()
    ]
    calls = [(counts, history, weeks, options) for counts, _, _, history, options in cases]
    made = product.each(_make, calls, jobs, lambda n: tell(f"{n} of {len(calls)} forecasts"))
    results: dict[str, dict[Origin, dict[str, Made | Failed]]] = {}
    for (counts, origin, label, _, _), result in zip(cases, made, strict=True):
        results.setdefault(counts.name, {}).setdefault(origin, {})[label] = result
    return {counts.name: _pooled(counts, results[counts.name]) for counts in series}


def _make(counts: Counts, history: IntervalSeries, weeks: int, options: dict[str, bool]) -> Made | Failed:
    return product.make(history, counts, weeks=weeks, **options)


def _pooled(counts: Counts, results: dict[Origin, dict[str, Made | Failed]]) -> Figures:
    labels = next(iter(results.values())).keys()
    errors = [f"{label}: {r.error}" for made in results.values() for label, r in made.items() if isinstance(r, Failed)]
    good = {o: made for o, made in results.items() if not any(isinstance(r, Failed) for r in made.values())}
    wapes: dict[str, float | None] = dict.fromkeys(labels)
    if good:
        actual = counts.series.values[positions(list(good))]
        for label in labels:
            mean = np.concatenate([made[label].mean for made in good.values()])  # type: ignore[union-attr]
            wapes[label] = scoring.wape(actual, mean)
    return {"origins": len(good), "wape": wapes, **({"errors": errors} if errors else {})}


def _ratio(value: float | None, base: float | None, *, minus: float = 0) -> float | None:
    return value / base - minus if value is not None and base else None
