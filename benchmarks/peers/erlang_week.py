"""pyworkforce's Erlang C requirement of a list of intervals: seats and CPU seconds.

Called as ``python erlang_week.py WEEK.json``: calls an interval and AHT [s] of each, the interval,
threshold and target.
"""

import json
import sys
import time
from pathlib import Path

from pyworkforce.queuing import ErlangC


def main() -> None:
    week = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    since = time.process_time()
    seats = []
    for calls, aht_s in week["intervals"]:
        queue = ErlangC(
            transactions=calls, aht=aht_s / 60, asa=week["threshold_s"] / 60, interval=week["interval_s"] / 60,
            shrinkage=0.0,
        )  # fmt: skip
        seats.append(queue.required_positions(service_level=week["service_level"], max_occupancy=1.0)["raw_positions"])
    print(json.dumps({"seats": seats, "cpu_s": time.process_time() - since}))


if __name__ == "__main__":
    main()
