"""Seconds from telling an absence over HTTP to ranked options, and to options with their simulated effect.

The demonstration's force, from its history to a published roster, in a service of its own; then people of duties drawn
at random fall sick two hours before they begin. Wall time as whoever waits for it sees it, the longest of them.
"""

import contextlib
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.database import utc_now
from app.demonstration.client import Client
from app.demonstration.demo import run_demo
from app.demonstration.settings import demonstration_force
from app.server.supervisor import make_admin_key, running_service
from app.settings import Settings

_ABSENCES = 6
_ROSTER_S = 20  # of search for the roster: what is timed does not depend on how good it is
_TOLD, _POLL_S, _PATIENCE_S = timedelta(hours=2), 0.1, 120.0


def measure(seed: int) -> dict[str, Any]:
    """The longest waits over some absences, their medians, and how many options there were."""
    with (
        tempfile.TemporaryDirectory(prefix="living-") as folder,
        contextlib.redirect_stdout(sys.stderr),
        running_service(Settings(data_dir=Path(folder), port=0)) as service,
    ):
        run_demo(service, calls=None, timezone="Europe/London", seconds=_ROSTER_S)
        key = make_admin_key(service.database_url, "bench", utc_now() + timedelta(days=1))
        with Client(service.address, key) as client:
            return timed(client, f"/v1/forces/{demonstration_force().slug}", seed)


def timed(client: Client, base: str, seed: int) -> dict[str, Any]:
    """Tell absences one after another and wait for their options."""
    roster = published(client, base)
    duties = [duty for duty in roster["duties"] if duty["handler"]]
    drawn = np.random.default_rng(seed).choice(len(duties), _ABSENCES, replace=False).tolist()
    ranked, simulated, options = [], [], []
    for number in drawn:
        duty = duties[number]
        now = datetime.fromisoformat(duty["start"]) - _TOLD
        body = {"handler": duty["handler"], "from": duty["start"], "until": duty["end"], "now": now.isoformat()}
        first, last, seen = waited(client, base, body)
        ranked.append(first)
        simulated.append(last)
        options.append(len(seen["options"]["options"]))
        client.call("POST", f"{base}/absences/{seen['id']}/withdraw")
        best = seen["options"]["options"][0]
        print(f"{duty['handler']} {duty['start']}: {first:.2f} s, {last:.2f} s, {best['what']}", flush=True)
    return {
        "absence_options_s": round(max(ranked), 2),
        "absence_simulated_s": round(max(simulated), 2),
        "absence_options_median_s": round(float(np.median(ranked)), 2),
        "absence_simulated_median_s": round(float(np.median(simulated)), 2),
        "absence_options": options,
    }


def published(client: Client, base: str) -> Any:
    """The newest roster, published."""
    roster = client.get(f"{base}/rosters/latest")
    for step in ("approve", "publish"):
        tag = client.call("GET", f"{base}/rosters/{roster['id']}").headers["ETag"]
        client.call("POST", f"{base}/rosters/{roster['id']}/{step}", json={}, headers={"If-Match": tag})
    return client.get(f"{base}/rosters/{roster['id']}")


def waited(client: Client, base: str, body: dict[str, Any]) -> tuple[float, float, Any]:
    """Seconds to the first options and to the simulated ones, and the absence as it is then."""
    began, first = time.monotonic(), None
    told = client.call("POST", f"{base}/absences", json=body).json()
    while time.monotonic() - began < _PATIENCE_S:
        seen = client.get(f"{base}/absences/{told['id']}")
        stage, now = seen["options"]["stage"], time.monotonic() - began
        if stage in ("ranked", "simulated") and first is None:
            first = now
        if stage == "simulated":
            return first or now, now, seen
        if stage == "failed":
            raise SystemExit(f"options of {body} failed: {seen['options']['notes']}")
        time.sleep(_POLL_S)
    raise SystemExit(f"no options of {body} within {_PATIENCE_S} s")


if __name__ == "__main__":
    print(measure(1))
