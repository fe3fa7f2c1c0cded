"""Runs peers in their own environment: a file of tasks in, one file of means for each task out.

Called as ``python run.py TASKS.json``; tells each task's end as one JSON line on stdout, in order.
"""

import importlib
import json
import os
import resource
import sys
import traceback
from datetime import datetime
from pathlib import Path

import numpy as np
from wall import Task

MODULES = {
    "seasonal_naive": "simple",
    "four_week_mean": "simple",
    "mstl": "mstl",
    "prophet": "prophets",
    "prophet_shapes": "prophets",
    "swast": "swast",
}


def main() -> None:
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a package prints goes to stderr
    tasks = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for task in tasks["tasks"]:
        told.write(json.dumps({"out": task["out"], **_run(tasks, task)}) + "\n")
        told.flush()


def _run(tasks: dict, task: dict) -> dict:
    arrays = np.load(tasks["arrays"])
    given = Task(
        start=datetime.fromisoformat(tasks["start"]),
        interval_s=tasks["interval_s"],
        history=arrays["values"][: task["origin"]],
        horizon=task["horizon"],
        is_open=arrays["is_open"],
        weekend=tuple(tasks["weekend"]),
    )
    try:
        model = getattr(importlib.import_module(MODULES[task["peer"]]), task["peer"])
        since = _cpu_s()
        mean = np.asarray(model(given), dtype=np.float64)
        cpu_s = _cpu_s() - since
        if mean.shape != (given.horizon,) or not np.isfinite(mean).all():
            raise ValueError(f"forecast of shape {mean.shape} holds {(~np.isfinite(mean)).sum()} values not finite")
    except Exception as error:  # a peer may fail in its own way: it is told, never hidden
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    unfinished = Path(task["out"] + ".part")
    with unfinished.open("wb") as file:
        np.savez(file, mean=np.maximum(mean, 0.0), cpu_s=cpu_s)  # no call count is negative: a gift to the peer
    unfinished.rename(task["out"])
    return {"cpu_s": cpu_s}


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
