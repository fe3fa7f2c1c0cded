"""The formulas measured: ``python -m benchmarks.queueing [SECTION...]`` prints one JSON line.

Seconds are CPU seconds of one thread, medians of five; ratios are taken side by side in one run.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peer_runs, queueing_targets
from benchmarks.queueing_rooms import AHT_S, CHAIN_ROOMS, LONG_ROOMS, WEEK, week_goals, week_loads, week_per_s
from rostering.staffing import erlang_a, erlang_b, erlang_c
from rostering.staffing.queueing.fewest import erlang_c_handlers
from rostering.staffing.seats.seat_search import smallest_rooms, split_rooms

Found = dict[str, Any]
_ROOT = Path(__file__).resolve().parent
_PUBLISHED = _ROOT.parent.parent / "shared" / "data" / "queueing" / "published.csv"
_REPEATS = 5
_LEAST = Fraction(1, 10**200)  # relative errors count for values above it


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queueing", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], help="default: all")
    chosen = parser.parse_args().sections or list(SECTIONS)
    found: Found = {}
    for name in chosen:
        measured = SECTIONS[name]()
        tell(f"{name}: {measured}")
        found |= measured
    print(json.dumps(found))


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def erlang() -> Found:
    """Largest relative error of Erlang B, C and A against sixty digits, from 1 to 10,000 handlers."""
    cases = [
        {"model": model, "offered_per_s": load * n / 300.0, "aht_s": 300.0, "patience_s": patience_s, "handlers": n,
         "threshold_s": 20.0}
        for n in (1, 2, 5, 14, 100, 1000, 10_000)
        for load in (0.05, 0.3, 0.7, 0.9, 0.97, 0.999, 1.0, 1.05, 1.5)
        for model, patience_s in (("Erlang B", None), ("Erlang C", None), ("Erlang A", 30.0), ("Erlang A", 300.0),
                                  ("Erlang A", 3000.0))
        if (model != "Erlang C" or load < 1.0) and (n < 10_000 or load < 1.1 or patience_s != 3000.0)
    ]  # fmt: skip
    worst = Fraction(0)
    for case, exact in zip(cases, run_peer("erlang_reference", cases), strict=True):
        per_s, aht_s, n = case["offered_per_s"], case["aht_s"], case["handlers"]
        if case["model"] == "Erlang B":
            # The loss formula takes a load: its own rounding of rate x AHT is not the formula's error.
            own = {"loss": erlang_b(per_s * aht_s, n)} if Fraction(per_s) * 300 == Fraction(per_s * aht_s) else {}
        elif case["model"] == "Erlang C":
            own = vars_of(erlang_c(per_s, aht_s, n, threshold_s=case["threshold_s"]))
        else:
            own = vars_of(erlang_a(per_s, aht_s, case["patience_s"], n, threshold_s=case["threshold_s"]))
        for name, value in own.items():
            expected = Fraction(exact.get(name, 0))
            if expected > _LEAST:
                worst = max(worst, abs(Fraction(value) - expected) / expected)
    return {"erlang_rel_error": float(worst)}


def vars_of(performance: Any) -> dict[str, float]:
    return {name: getattr(performance, name) for name in performance.__dataclass_fields__}


def published() -> Found:
    """Published values that are missed by more than one unit of their last digit."""
    if not _PUBLISHED.exists():
        raise SystemExit(f"{_PUBLISHED.name} is not in the folder shared beside this checkout")
    failures = 0
    for row in csv.DictReader(_PUBLISHED.open()):
        per_s, aht_s, n = float(row["arrivals_per_h"]) / 3600, float(row["aht_s"]), int(row["handlers"])
        threshold_s = float(row["threshold_s"] or 20)
        if row["model"] == "Erlang C":
            found = erlang_c(per_s, aht_s, n, threshold_s=threshold_s)
        else:
            found = erlang_a(per_s, aht_s, float(row["patience_s"]), n, threshold_s=threshold_s)
        miss = abs(getattr(found, row["quantity"]) - float(row["value"]))
        failures += miss > 10.0 ** -int(row["digits"])  # some sources cut, some round
    return {"published_failures": failures}


def erlang_week() -> Found:
    """CPU time of pyworkforce over the product's for a week's Erlang C seats of both queues, with the same answers."""
    per_s = week_per_s((25.0, 35.0))
    aht_s = np.repeat(np.array(AHT_S)[:, None], per_s.shape[1], axis=1)
    week = {
        "intervals": np.stack([per_s.ravel() * 900.0, aht_s.ravel()], axis=1).tolist(),
        "interval_s": 900.0, "threshold_s": 10.0, "service_level": 0.9,
    }  # fmt: skip
    erlang_c_handlers(per_s, aht_s, 0.9)

    def hundred() -> None:  # one week is too short for the clock
        for _ in range(100):
            erlang_c_handlers(per_s, aht_s, 0.9)

    before_s = median_s(hundred) / 100
    answers = [run_peer("erlang_week", week) for _ in range(_REPEATS)]
    own_s = (before_s + median_s(hundred) / 100) / 2
    if answers[0]["seats"] != erlang_c_handlers(per_s, aht_s, 0.9).ravel().tolist():
        raise SystemExit("pyworkforce and the product disagree on the seats of Erlang C")
    return {"erlang_c_x_pyworkforce": float(np.median([answer["cpu_s"] for answer in answers]) / own_s)}


def two_class_weeks() -> Found:
    """A week of requirements, two classes in one pool, rates known; and the medium week split by skill."""
    found: Found = {}
    goals, floor = week_goals(), np.full(WEEK, 2)
    for name, per_h in (("medium", (25.0, 35.0)), ("large", (100.0, 140.0))):
        loads = week_loads(per_h)
        fewest = partial(smallest_rooms, loads, goals, floor)
        seats = fewest().seats
        found[f"two_class_week_{name}_s"] = median_s(fewest)
        if name == "medium":
            split = partial(split_rooms, loads, goals, seats, floor)
            split()
            found["two_pool_week_s"] = found["two_class_week_medium_s"] + median_s(split)
    return found


def chain() -> Found:
    """Largest error against the exact chain, of the 999 service level and the 101 abandonment [points]: one pool, and
    two with a reserve."""
    found: Found = {}
    for key, rooms in CHAIN_ROOMS.items():
        errors = []
        for room in rooms:
            level, abandonment = room.by_chain()
            own = room.by_formula()
            errors.append([100 * (own[0] - level), 100 * (own[1] - abandonment)])
            tell(f"{room}: service level {level:.4f}, abandonment {abandonment:.4f}, errors {np.round(errors[-1], 3)}")
        found[key] = float(np.abs(errors).max())
    return found


def long_simulations() -> Found:
    """Largest error against long simulations with exponential times [points], and the largest standard error."""
    errors, standard_errors = [], []
    for room in LONG_ROOMS:
        means, se = room.by_simulation()
        errors.append(100 * (np.array(room.by_formula()) - means))
        standard_errors.append(100 * se)
        tell(f"{room}: simulated {np.round(means, 4)}, errors {np.round(errors[-1], 3)} +- {np.round(100 * se, 3)}")
    return {
        "simulation_error_points": float(np.abs(errors).max()),
        "simulation_error_se": float(np.max(standard_errors)),
    }


def run_peer(script: str, request: Any) -> Any:
    """What a script of the peers' environment answers, on one thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "request.json"
        path.write_text(json.dumps(request), encoding="utf-8")
        command = [str(peer_runs.environment(tell)), str(_ROOT / "peers" / f"{script}.py"), str(path)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    return json.loads(answer.stdout)


def median_s(run: Callable[[], object]) -> float:
    """Median CPU seconds of several runs."""
    seconds = []
    for _ in range(_REPEATS):
        since = time.process_time()
        run()
        seconds.append(time.process_time() - since)
    return float(np.median(seconds))


SECTIONS: dict[str, Callable[[], Found]] = {
    "erlang": erlang,
    "published": published,
    "erlang_week": erlang_week,
    "two_class_weeks": two_class_weeks,
    "chain": chain,
    "long_simulations": long_simulations,
    "targets": queueing_targets.targets,
    "practice": queueing_targets.practice,
}

if __name__ == "__main__":
    main()
