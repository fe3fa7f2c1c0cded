"""pyworkforce's MinHoursRoster on a named-shift problem: ``python min_hours.py REQUEST.json ANSWER.json``.

The request names, beside the problem, what that class wants to be told in words of its own.
"""

import json
import sys
import time
from pathlib import Path

from pyworkforce.rostering.binary_programming import MinHoursRoster


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    began = time.monotonic()
    found = MinHoursRoster(
        **request["min_hours"],
        max_search_time=request["seconds"],
        num_search_workers=request["workers"],
    ).solve()
    is_found = found["status"] in ("OPTIMAL", "FEASIBLE")
    answer = {
        "status": found["status"],
        "days": rows(request["problem"], found["resource_shifts"]) if is_found else None,
        "says": found["cost"] if is_found else None,
        "seconds": time.monotonic() - began,
    }
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


def rows(problem: dict, duties: list) -> list:
    days = {handler["name"]: [None] * problem["n_days"] for handler in problem["handlers"]}
    for duty in duties:
        days[duty["resource"]][duty["day"]] = duty["shift"]
    return list(days.values())


if __name__ == "__main__":
    main()
