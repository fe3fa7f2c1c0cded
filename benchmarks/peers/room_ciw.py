"""The control room in Ciw: two customer classes with priorities, reneging, Poisson arrivals by interval.

The number of servers does not change: at a change of its schedule Ciw replaces the whole set of servers while busy ones
finish, which adds capacity that is not there.

Called as ``python room_ciw.py MODEL.json``; one JSON line with CPU seconds and each replication's figures.
"""

import json
import sys
import time
from pathlib import Path

import ciw


def network(model: dict) -> "ciw.network.Network":
    names, width_s = ("999", "101"), model["interval_s"]
    n = len(model["rates"][0])
    ends = [width_s * (i + 1) for i in range(n)]

    def each(values: list[float]) -> dict:
        return {name: [ciw.dists.Exponential(1 / value)] for name, value in zip(names, values, strict=True)}

    arrivals = {
        name: [
            ciw.dists.PoissonIntervals(rates=[r / width_s for r in rates], endpoints=ends, max_sample_date=width_s * n)
        ]
        for name, rates in zip(names, model["rates"], strict=True)
    }
    return ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=each(model["aht_s"]),
        reneging_time_distributions=each(model["patience_s"]),
        number_of_servers=[model["seats"]],
        priority_classes={"999": 0, "101": 1},
    )


def week(model: dict, seed: int) -> list[float]:
    ciw.seed(seed)
    simulation = ciw.Simulation(network(model))
    span_s = model["interval_s"] * len(model["rates"][0])
    simulation.simulate_until_max_time(span_s + 6 * 3600.0)  # until everybody of the span is served
    offered, within, abandoned, wait_s = [0, 0], [0, 0], [0, 0], [0.0, 0.0]
    for record in simulation.get_all_records():
        queue = 0 if record.customer_class == "999" else 1
        offered[queue] += 1
        wait_s[queue] += record.waiting_time
        if record.record_type == "renege":
            abandoned[queue] += 1
        else:
            within[queue] += record.waiting_time <= model["threshold_s"][queue]
    level, lost = within[0] / offered[0], abandoned[1] / offered[1]
    return [level, lost, wait_s[0] / offered[0], wait_s[1] / offered[1]]


def main() -> None:
    model = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    since = time.process_time()
    found = [week(model, seed) for seed in range(model["weeks"])]
    print(json.dumps({"cpu_s": time.process_time() - since, "weeks": found}))


if __name__ == "__main__":
    main()
