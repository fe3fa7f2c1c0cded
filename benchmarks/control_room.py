"""A control-room instance solved and proven: python -m benchmarks.control_room FILE --seconds S --seed N --out FILE.

The product's search and bounds on the instance's options and costs. The solution holds its duties and the prices that
prove the bound; the last line of stdout is one JSON object with objective, bound, gap, net_gap and seconds. The seconds
start when everything is compiled, which is kept on disk.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.control_room_instance import force_of, read
from benchmarks.control_room_recount import bound, prices_of, unavoidable
from rostering.model.annealing import Cooling, cooled
from rostering.model.bound import ALL, Bounds
from rostering.model.start import greedy_start
from rostering.model.state import Force, State, tiers_of, weighted
from rostering.model.watch import Watch
from rostering.roster import SolveBudget

_PROVING_S, _PER_PERSON_S = 1.0, 0.03  # kept for the last steps of the bound and for recounting it
_SEARCH_SHARE = 0.75  # of the time of a single worker, the rest proves


def main() -> None:
    """Solve the given instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    instance = read(given.file)
    _compile(instance)
    began = time.monotonic()
    force = force_of(instance)
    kept_s = min(_PROVING_S + _PER_PERSON_S * len(force.people), 0.5 * given.seconds)
    budget = SolveBudget(given.seconds - kept_s, given.seed, given.workers)
    state, bounds = solve(force, budget, began)
    prices = prices_of(instance, bounds.proof(ALL, (0, 0, 0)).price)
    given.out.write_text(json.dumps({"duties": duties(force, state), "prices": prices}))
    print(json.dumps(result(instance, force, state, prices) | {"seconds": round(time.monotonic() - began, 2)}))


def _compile(instance: dict[str, Any]) -> None:
    """Two people solved for a moment: what is compiled at first use is compiled before the clock starts."""
    few = instance | {"people": instance["people"][:2]}
    force = force_of(few)
    _, bounds = solve(force, SolveBudget(0.5), time.monotonic())
    bound(few, force.week, force.need, prices_of(few, bounds.proof(ALL, (0, 0, 0)).price))


def solve(force: Force, budget: SolveBudget, began: float) -> tuple[State, Bounds]:
    """Best roster and bounds within ``budget``: the bounds climb beside the search, or after it with one worker."""
    bounds, stop = Bounds(force, anywhere=True), threading.Event()
    watch = Watch(budget, began=began)
    climber = threading.Thread(target=_climb, args=(bounds, stop), daemon=True)
    start = greedy_start(force)
    if start is None:
        raise ValueError("somebody has no legal week")
    if budget.workers > 1:
        climber.start()
    until = 1.0 if budget.workers > 1 else _SEARCH_SHARE
    state, _ = cooled(force, start, watch, until, lambda _state, _tiers: False, Cooling(seed=(budget.seed,)))
    while budget.workers == 1 and watch.ended() is None:
        bounds.climb(ALL, (0, 0, 0))
    stop.set()
    if budget.workers > 1:
        climber.join()
    return state, bounds


def _climb(bounds: Bounds, stop: threading.Event) -> None:
    while not stop.is_set():
        bounds.climb(ALL, (0, 0, 0))


def result(instance: dict[str, Any], force: Force, state: State, prices: dict[str, list[float]]) -> dict[str, float]:
    """Cost of the roster, bound that the prices prove, gap, and gap net of what nobody could cover."""
    objective = round(weighted(force, tiers_of(force, state)))
    proven = bound(instance, force.week, force.need, prices)
    net = objective - unavoidable(instance)
    return {
        "objective": objective,
        "bound": round(proven, 2),
        "gap": round(1 - proven / objective, 5) if objective else 0.0,
        "net_gap": round((objective - proven) / net, 5) if net else 0.0,
    }


def duties(force: Force, state: State) -> list[dict[str, Any]]:
    """Chosen duties in the instance's words, minutes from midnight of their day."""
    written = []
    for person, who in enumerate(force.people):
        for slot, duty in enumerate(who.duties, start=int(force.week.slot_from[person])):
            option, midnight = int(state.choice[slot]), 96 * duty.day
            start, end = int(force.week.start[option]), int(force.week.end[option])
            written.append(
                {
                    "id": who.handler.ref,
                    "day": duty.day,
                    "start_min": 15 * (start - midnight),
                    "length_min": 15 * (end - start),
                    "meal_start_min": 15 * (int(state.breaks[slot, 0]) - midnight),
                }
            )
    return written


if __name__ == "__main__":
    main()
