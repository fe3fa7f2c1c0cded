"""The table's rows over all given series, from the reported figures."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.results import PRODUCT

BASE = "prophet"
LEAST_EXCESS = 0.02  # a peer this close to the floor leaves no excess to divide by
Figures = Mapping[str, Any]


def summary(series: Mapping[str, Figures]) -> dict[str, Any]:
    """Ratios of the product to its peers; a series where either failed is named in ``without``."""
    both = {name: found for name, found in series.items() if _ok(found, PRODUCT) and _ok(found, BASE)}
    excess = {name: _excess(found, BASE) for name, found in both.items()}
    ratios = {name: _excess(both[name], PRODUCT) / value for name, value in excess.items() if value > LEAST_EXCESS}
    multiples = {
        name: found["models"][PRODUCT]["wape"] / found["floor"] for name, found in series.items() if _has(found)
    }
    around = [multiples[name] for name in multiples if series[name]["is_round_the_clock"]]
    over_best = {name: _over_best(found) for name, found in series.items() if _has(found)}
    return {
        "excess_over_prophet": ratios,
        "excess_over_prophet_gm": geometric_mean(ratios.values()),
        "excess_excluded": [name for name, value in excess.items() if value <= LEAST_EXCESS],
        "bias_beyond_prophet": {n: abs(_of(f, PRODUCT, "bias")) - abs(_of(f, BASE, "bias")) for n, f in both.items()},
        "wape_over_prophet": _over_base(both, "wape"),
        "wape_over_prophet_gm": geometric_mean(_over_base(both, "wape").values()),
        "wape_over_best_peer": {name: ratio for name, (ratio, _) in over_best.items()},
        "best_peer": {name: peer for name, (_, peer) in over_best.items()},
        "worst_over_best_peer": max((ratio for ratio, _ in over_best.values() if ratio is not None), default=None),
        "multiple_of_floor": multiples,
        "multiple_of_floor_round_the_clock_gm": geometric_mean(around),
        "wape_daily_over_prophet": _over_base(both, "wape_daily"),
        "wape_daily_over_prophet_gm": geometric_mean(_over_base(both, "wape_daily").values()),
        "crps_over_prophet": _over_base(both, "crps"),
        "crps_over_prophet_gm": geometric_mean(_over_base(both, "crps").values()),
        "day80_pooled": _mean([found["models"][PRODUCT]["day80"] for found in series.values() if _has(found)]),
        "without": [name for name in series if name not in both],
    }


def daily(series: Mapping[str, Figures]) -> dict[str, Any]:
    """MASE of each model, the mean over series (the published benchmark's regions), of both halves of the origins and
    of all; and the core rows that a daily series has."""
    models = list(next(iter(series.values()))["models"])
    select = [found.get("select", {}) for found in series.values()]
    report = {model: _mase(series.values(), model) for model in models}
    chosen = {model: _mase(select, model) for model in models}
    every = {model: _mean_of_both(report[model], chosen[model]) for model in models}
    return {"mase": report, "mase_select": chosen, "mase_all": every, **summary(series)}


def _mase(found: Iterable[Figures], model: str) -> float | None:
    """Mean over series; None where the model failed in one, so that no figure leaves out the hard ones."""
    values = [part.get("models", {}).get(model, {}).get("mase") for part in found]
    return None if None in values else _mean(values)


def _mean_of_both(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else (first + second) / 2


def ratios(series: Mapping[str, Figures]) -> dict[str, Any]:
    """Of suites whose figures are themselves ratios or seconds: each number by series, the largest, and
    the series ``without`` some, whose own entry says why."""
    keys = sorted({key for found in series.values() for key, value in found.items() if isinstance(value, float)})
    rows = {key: {name: found[key] for name, found in series.items() if found.get(key) is not None} for key in keys}
    without = [name for name, found in series.items() if "error" in found or "errors" in found]
    return {**rows, "worst": {key: max(row.values()) for key, row in rows.items()}, "without": without}


def geometric_mean(values: Iterable[float]) -> float | None:
    """None without values, or where one is not positive: a product at or under the floor is no factor."""
    found = list(values)
    if not found or any(value <= 0 for value in found):
        return None
    return math.exp(sum(math.log(value) for value in found) / len(found))


def _ok(found: Figures, model: str) -> bool:
    return found["models"].get(model, {}).get("wape") is not None


def _has(found: Figures) -> bool:
    return _ok(found, PRODUCT) and bool(found["floor"])


def _of(found: Figures, model: str, key: str) -> float:
    return float(found["models"][model][key])


def _excess(found: Figures, model: str) -> float:
    """How far a model's WAPE lies above the Poisson floor, as a share of the floor."""
    return _of(found, model, "wape") - float(found["floor"])


def _over_base(both: Mapping[str, Figures], key: str) -> dict[str, float]:
    return {
        name: _of(found, PRODUCT, key) / _of(found, BASE, key)
        for name, found in both.items()
        if found["models"][BASE][key]
    }


def _over_best(found: Figures) -> tuple[float | None, str | None]:
    peers = {model: _of(found, model, "wape") for model in found["models"] if model != PRODUCT and _ok(found, model)}
    best = min(peers, key=lambda model: peers[model], default=None)
    if best is None or not peers[best]:
        return None, best
    return _of(found, PRODUCT, "wape") / peers[best], best


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def table(series: Mapping[str, Figures]) -> str:
    """The figures for reading, a block for each series."""
    keys = ("wape", "wape_daily", "bias", "crps", "pit80", "pit95", "day80", "cpu_s")
    lines = []
    for name, found in series.items():
        for block, part in (("report", found), ("select", found.get("select"))):
            if part is None:
                continue
            lines.append(f"{name}  {block}: mean {part['mean']}, floor {part['floor']}, {part['intervals']} intervals")
            lines.append(f"  {'':16}{'x floor':>9}" + "".join(f"{key:>11}" for key in keys))
            for model, figures in part["models"].items():
                if "error" in figures:
                    lines.append(f"  {model:16} failed at {figures['n_failed']} origins: {figures['error']}")
                    continue
                cells = [figures["wape"] / part["floor"] if part["floor"] else None]
                cells += [figures[key] for key in keys]
                widths = (9, *(11,) * len(keys))
                lines.append(f"  {model:16}" + "".join(_cell(c).rjust(w) for c, w in zip(cells, widths, strict=True)))
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
