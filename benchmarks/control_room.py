"""A control-room instance solved and proven: python -m benchmarks.control_room FILE --seconds S --seed N --out FILE.

The product's search and bounds on the instance's options and costs. The solution holds its duties and the prices that
prove the bound; the last line of stdout is one JSON object with objective, bound, gap, net_gap and seconds.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.control_room_instance import force_of, read
from benchmarks.control_room_recount import bound, prices_of, unavoidable
from rostering.model.bound import ALL, Bounds
from rostering.model.search import anneal
from rostering.model.moves import make_trial

from rostering.model.state import Force, State, tiers_of, weighted

_PROVING_S = 1.0  # kept for writing and recounting


def main() -> None:
    """Solve the given instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    began = time.monotonic()
    instance = read(given.file)
    force = force_of(instance)
    state, bounds = solve(force, given.seconds - _PROVING_S, began, given.seed, given.workers)
    prices = prices_of(instance, bounds.proof(ALL, (0, 0, 0)).price)
    given.out.write_text(json.dumps({"duties": duties(force, state), "prices": prices}))
    print(json.dumps(result(instance, force, state, prices) | {"seconds": round(time.monotonic() - began, 2)}))


def solve(force: Force, seconds: float, began: float, seed: int, workers: int) -> tuple[State, Bounds]:
    """Best roster and bounds by ``seconds`` after ``began``, the bounds climbing beside the search."""
    bounds, stop = Bounds(force), threading.Event()
    climber = threading.Thread(target=_climb, args=(bounds, stop), daemon=True)
    climber.start()
    from rostering.model.state import empty_state
    from rostering.model.search import construct
    state = empty_state(force)
    construct(force.week,force.need,np.arange(len(force.people)),state.choice,state.breaks,state.count,force.weights)
    assert state is not None
    rng=np.random.default_rng(seed)
    trial=make_trial(*force.need.present.shape)
    best,bv=state.copy(),weighted(force,tiers_of(force,state))
    t0=time.monotonic()-began
    while (now := time.monotonic() - began) < seconds:
        heat=HEAT*(0.02)**((now-t0)/(seconds-t0))
        anneal(force.week,force.need,force.moves,trial,state.choice,state.breaks,state.count,force.weights,heat,20000,rng)
        v=weighted(force,tiers_of(force,state))
        if v<bv: best,bv=state.copy(),v
    stop.set()
    climber.join()
    return best, bounds

HEAT=10.0
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
        for slot, duty in zip(force.slots(person), who.duties, strict=True):
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
