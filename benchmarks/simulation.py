"""The simulator measured: ``python -m benchmarks.simulation [--only SECTION...]`` prints one JSON line.

Ratios are taken side by side in one run by CPU time on one core; `scaling_2` and `whatif_s` by wall time.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import peer_runs
from benchmarks.simulation_rooms import PER_H, TWO_CLOCKS, CommonModel, medium_room, week_rates
from benchmarks.whatif import whatif
from rostering.staffing import (
    ControlRoom,
    Count,
    Definitions,
    QueueAssumptions,
    RoomAssumptions,
    SimulationResult,
    seat_rows,
    simulate,
)

Floats = NDArray[np.float64]
Found = dict[str, float]
_PEERS = Path(__file__).resolve().parent / "peers"
_REPEATS = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="some sections alone")
    chosen = parser.parse_args().only
    found: Found = {}
    for name in chosen:
        measured = SECTIONS[name]()
        tell(f"{name}: {measured}")
        found |= measured
    print(json.dumps({key: round(value, 5) for key, value in found.items()}))


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def speed() -> Found:
    """Medium weeks a second with every feature on, and what two threads make of it."""
    room, weeks = medium_room(), 200
    calls = np.broadcast_to(week_rates(), (weeks, 2, week_rates().shape[1]))

    def run(threads: int) -> SimulationResult:
        return simulate(room, calls, definitions=TWO_CLOCKS, seed=1, threads=threads)

    run(1)
    cpu_s = median_s(lambda: run(1), time.process_time)
    wall_s = [median_s(lambda n=n: run(n), time.perf_counter) for n in (1, 2)]
    return {"weeks_per_s": weeks / cpu_s, "scaling_2": wall_s[0] / wall_s[1]}


def growth() -> Found:
    """CPU time per call of a force sixteen times as large in calls and handlers, over the medium force's."""
    per_call_s = []
    for size, weeks in ((1, 64), (16, 4)):
        room = medium_room(size)
        calls = np.broadcast_to(week_rates((PER_H[0] * size, PER_H[1] * size)), (weeks, 2, 672))
        offered = simulate(room, calls, definitions=TWO_CLOCKS, seed=1).counts[:, Count.OFFERED].sum(dtype=float)
        cpu_s = median_s(
            lambda room=room, calls=calls: simulate(room, calls, definitions=TWO_CLOCKS, seed=1), time.process_time
        )
        per_call_s.append(cpu_s / offered)
    return {"growth_16x": float(per_call_s[1] / per_call_s[0])}


def common_numbers() -> Found:
    """Variance of the change in a week's 999 service level at +5% demand: independent weeks over common numbers.

    Without absence and the other features, whose draws are the same at both demands and would flatter the ratio.
    """
    room, weeks = medium_room(full=False), 600
    calls = np.broadcast_to(week_rates(), (weeks, 2, 672))

    def levels(factor: float, seed: int) -> Floats:
        return simulate(room, calls * factor, seed=seed).measures()["service_level_999"]

    base = levels(1.0, 1)
    independent, common = (np.var(levels(1.05, seed) - base, ddof=1) for seed in (2, 1))
    return {"crn_ratio": float(independent / common)}


def published() -> Found:
    """SSJ's CallCenter (Universite de Montreal), 10,000 days: value, and its distance in combined standard errors."""
    per_h = np.array([100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60], dtype=float)
    seats = np.array([4, 6, 8, 8, 8, 7, 8, 8, 6, 6, 4, 4, 4])
    n, expected = 10_000, per_h.sum()
    calls = np.zeros((n, 2, per_h.size))
    calls[:, 0] = per_h * np.random.default_rng(1).gamma(400, 1 / 400, size=(n, 1))
    callers = QueueAssumptions(1000.0, balking=0.1)
    room = ControlRoom(3600, seat_rows(seats, 0 * seats), np.full((2, per_h.size), 100.0),
                       RoomAssumptions(callers, callers), exponential=True, interchangeable=True)  # fmt: skip
    definitions = Definitions(threshold_999_s=20.0, short_abandon_s=20.0)
    counts = simulate(room, calls, definitions=definitions, seed=1).counts[:, :, 0].sum(axis=2, dtype=float)
    waits_s = counts[:, Count.ANSWERED_WAIT_S] + counts[:, Count.ABANDONED_WAIT_S]
    in_time = counts[:, Count.WITHIN] + counts[:, Count.ABANDONED_SHORT]  # the source counts an early end as in time
    found: Found = {}
    for name, values, mean, sd in (
        ("ssj_wait_s", waits_s, 4.713, 1.997),
        ("ssj_service_level", in_time, 0.925, 0.040),
        ("ssj_lost", counts[:, Count.ABANDONED], 0.020, 0.0067),
    ):
        each = values / expected
        found[name] = float(each.mean())
        found[f"{name}_z"] = (found[name] - mean) / math.hypot(each.std(ddof=1), sd) * math.sqrt(n)
    return found


def peers() -> Found:
    """The same model in SimPy and Ciw: CPU seconds of a week over the product's, and whether all three agree."""
    model, weeks = CommonModel(), 400
    calls = np.broadcast_to(week_rates(), (weeks, 2, 672))
    own = simulate(model.room(), calls, seed=1).measures()
    names = ("service_level_999", "abandonment_101", "mean_wait_999_s", "mean_wait_101_s")
    found: Found = {}
    for peer, peer_weeks in (("simpy", 24), ("ciw", 12)):
        before_s = median_s(lambda: simulate(model.room(), calls, seed=1), time.process_time)
        answer = run_peer(peer, model, peer_weeks)
        after_s = median_s(lambda: simulate(model.room(), calls, seed=1), time.process_time)
        found[f"x_{peer}"] = answer["cpu_s"] / peer_weeks / ((before_s + after_s) / 2 / weeks)
        for column, name in enumerate(names):
            theirs = np.array([week[column] for week in answer["weeks"]])
            se = math.hypot(theirs.std(ddof=1) / math.sqrt(peer_weeks), own[name].std(ddof=1) / math.sqrt(weeks))
            z = float((own[name].mean() - theirs.mean()) / se)
            tell(f"{peer} {name}: {theirs.mean():.4f}, product {own[name].mean():.4f}, {z:+.1f} standard errors")
            if abs(z) > 4:
                raise SystemExit(f"{peer} and the product disagree on {name}: {z:.1f} standard errors")
    return found


def run_peer(peer: str, model: CommonModel, weeks: int) -> dict[str, float | list[list[float]]]:
    """CPU seconds and each week's figures of a peer, in the peers' environment on one thread."""
    request = {**asdict(model), "rates": week_rates().tolist(), "interval_s": 900, "weeks": weeks}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(json.dumps(request), encoding="utf-8")
        command = [str(peer_runs.environment(tell)), str(_PEERS / f"room_{peer}.py"), str(path)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    found: dict[str, float | list[list[float]]] = json.loads(answer.stdout)
    return found


def median_s(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """Median seconds of several runs."""
    seconds = []
    for _ in range(_REPEATS):
        since = clock()
        run()
        seconds.append(clock() - since)
    return float(np.median(seconds))


SECTIONS: dict[str, Callable[[], Found]] = {
    "speed": speed,
    "growth": growth,
    "common_numbers": common_numbers,
    "published": published,
    "peers": peers,
    "whatif": whatif,
}

if __name__ == "__main__":
    main()
