"""The control room as its users write it in SimPy: a priority resource, a process for each call, patience as a timeout.

Called as ``python room_simpy.py MODEL.json``; one JSON line with CPU seconds and each replication's figures.
"""

import json
import random
import sys
import time
from pathlib import Path

import simpy


class Room:
    """One replication: rates (2, n) of calls an interval, 999 with non-preemptive priority over 101."""

    def __init__(self, model: dict, seed: int) -> None:
        self.model, self.rng, self.env = model, random.Random(seed), simpy.Environment()
        self.handlers = simpy.PriorityResource(self.env, capacity=model["seats"])
        self.offered, self.within, self.abandoned, self.wait_s = [0, 0], [0, 0], [0, 0], [0.0, 0.0]

    def run(self) -> list[float]:
        for queue in range(2):
            self.env.process(self.arrivals(queue))
        self.env.run()
        level = self.within[0] / self.offered[0]
        lost = self.abandoned[1] / self.offered[1]
        return [level, lost, self.wait_s[0] / self.offered[0], self.wait_s[1] / self.offered[1]]

    def arrivals(self, queue: int):
        """Poisson calls of each interval's rate: exponential gaps, begun anew at each interval, as they may be."""
        width_s = self.model["interval_s"]
        for interval, rate in enumerate(self.model["rates"][queue]):
            at = interval * width_s + self.rng.expovariate(rate / width_s)
            while at < (interval + 1) * width_s:
                yield self.env.timeout(at - self.env.now)
                self.env.process(self.call(queue))
                at += self.rng.expovariate(rate / width_s)

    def call(self, queue: int):
        arrived = self.env.now
        self.offered[queue] += 1
        with self.handlers.request(priority=queue) as request:
            yield request | self.env.timeout(self.rng.expovariate(1 / self.model["patience_s"][queue]))
            waited_s = self.env.now - arrived
            self.wait_s[queue] += waited_s
            if not request.triggered:
                self.abandoned[queue] += 1
                return
            self.within[queue] += waited_s <= self.model["threshold_s"][queue]
            yield self.env.timeout(self.rng.expovariate(1 / self.model["aht_s"][queue]))


def main() -> None:
    model = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    since = time.process_time()
    found = [Room(model, seed).run() for seed in range(model["weeks"])]
    print(json.dumps({"cpu_s": time.process_time() - since, "weeks": found}))


if __name__ == "__main__":
    main()
