"""The runs of this room from request to stored roster, solver included."""

from __future__ import annotations

import json

import pytest

from app.certificates.recheck import recheck
from tests.helpers import FORCE, add_handlers, done, end_run, handler_body

ROSTERS = f"/v1/forces/{FORCE}/rosters"
CONSENT = dict.fromkeys(("start_earlier_min", "start_later_min", "finish_earlier_min", "finish_later_min"), 120)
LATE = {"anchor": "2026-03-02", "days": [{"start": "14:00", "length_min": 540}] * 4 + [None] * 3}


@pytest.fixture(scope="module")
def people(stocked):
    """Six handlers, early and late, one of them a supervisor, one who learns."""
    bodies = [handler_body(f"H00{i}", consent=CONSENT) for i in (1, 2, 3)]
    bodies += [handler_body(f"H00{i}", consent=CONSENT, pattern=LATE) for i in (4, 5, 6)]
    bodies[0] |= {"roles": [{"role": "supervisor"}]}
    bodies[1] |= {"learning": {"minutes": 240, "weeks": 4}}
    bodies[5] |= {"agreements": [{"weekdays": ["Monday"], "latest": "23:00", "earliest": "13:00"}]}
    done(add_handlers(stocked, *bodies))


def made(stocked, address: str, **asked):
    run = done(stocked.post(address, json=asked), 202)
    stored = end_run(stocked.app.state.engine, run["id"])
    assert stored.result is not None, stored
    return done(stocked.get(f"{ROSTERS}/{stored.result['roster_id']}")), stored


def holds(stocked, roster_id: str) -> None:
    certificate = done(stocked.get(f"{ROSTERS}/{roster_id}/certificate"))
    verdict = recheck(json.dumps(certificate).encode())
    assert verdict.holds, verdict.lines


@pytest.mark.usefixtures("people")
def test_a_week_is_priced_in_calls(stocked):
    roster, _ = made(stocked, ROSTERS, week_start="2026-03-23", seconds=5, effort=2)
    assert roster["certificate"]["rules"]["violations"] == []
    problem = done(stocked.get(f"{ROSTERS}/{roster['id']}/certificate"))["problem"]
    assert problem["cover"]["cost_short"][40][1] > 0
    assert {a["activity"] for d in roster["duties"] for a in d["activities"]} >= {"learning", "meal"}
    assert roster["by_week"]["2026-03-23"]["learning_min"] == {"H002": 60}
    assert roster["service"]["999"]["service_level"]["mean"] >= 0
    holds(stocked, roster["id"])
