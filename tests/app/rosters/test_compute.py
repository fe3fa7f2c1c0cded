"""The runs of this room from request to stored roster, solver included: a week, a repair of it, a week free."""

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
    bodies[0] |= {"roles": [{"role": "supervisor"}], "wishes": [{"date": "2026-03-24", "weight": 2}]}
    bodies[1] |= {"learning": {"minutes": 240, "weeks": 4}}
    bodies[5] |= {"agreements": [{"weekdays": ["Monday"], "latest": "23:00", "earliest": "13:00"}]}
    done(add_handlers(stocked, *bodies))
    settings = done(stocked.get(f"/v1/forces/{FORCE}/settings"))["settings"]
    wanted = {"briefing_min": 15, "role_cover": [{"role": "supervisor", "weekdays": ["Monday"], "from": "08:00",
                                                  "until": "16:00"}]}  # fmt: skip
    done(stocked.put(f"/v1/forces/{FORCE}/settings", json=settings | wanted))


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
def test_a_week_is_priced_in_calls_published_and_repaired(stocked):
    roster, _ = made(stocked, ROSTERS, week_start="2026-03-23", seconds=5, effort=2)
    assert roster["certificate"]["rules"]["violations"] == []
    problem = done(stocked.get(f"{ROSTERS}/{roster['id']}/certificate"))["problem"]
    assert problem["cover"]["cost_short"][40][1] > 0
    assert {a["activity"] for d in roster["duties"] for a in d["activities"]} >= {"briefing", "learning", "meal"}
    assert roster["by_week"]["2026-03-23"]["learning_min"] == {"H002": 60}
    assert roster["service"]["999"]["service_level"]["mean"] >= 0
    holds(stocked, roster["id"])
    for step in ("approve", "publish"):
        etag = stocked.get(f"{ROSTERS}/{roster['id']}").headers["ETag"]
        done(stocked.post(f"{ROSTERS}/{roster['id']}/{step}", json={}, headers={"If-Match": etag}))
    offer = {"handler": "H001", "kind": "rest_day", "date": "2026-03-27", "earliest": "2026-03-27T07:00:00Z",
             "latest": "2026-03-27T17:00:00Z", "most_min": 540}  # fmt: skip
    asked = {"now": "2026-03-24T12:00:00Z", "seconds": 5, "effort": 2, "offers": [offer],
             "absent": [{"handler": "H002", "first": "2026-03-24", "last": "2026-03-26"}]}  # fmt: skip
    repaired, stored = made(stocked, f"{ROSTERS}/{roster['id']}/repair", **asked)
    assert stored.result["options"][0]["roster_id"] == repaired["id"]
    changed = [option["changed_days"] for option in stored.result["options"]]
    assert all(option["recovered"] <= 1 for option in stored.result["options"])
    assert len(changed) == len(set(changed))
    for told in (done(stocked.get(f"{ROSTERS}/{o['roster_id']}")) for o in stored.result["options"]):
        tiers = told["certificate"]["solver"].values()
        assert all(tier["gap"] == pytest.approx(1 - tier["bound"] / max(tier["objective"], 1), abs=1e-4)
                   or tier["objective"] == tier["bound"] == 0 for tier in tiers)  # fmt: skip
        assert any(tier["bound"] > 0 for tier in tiers)
    assert all(move["before"] != move["after"] for move in repaired["moves"])
    assert (repaired["mode"], repaired["based_on"], repaired["status"]) == ("repair", roster["id"], "draft")
    begun = [d for d in roster["duties"] if d["start"] < "2026-03-24T12:00:00Z"]
    assert repaired["frozen"] == begun
    later = [d for d in repaired["duties"] if d["handler"] == "H002"]
    assert later == [], "absent from Wednesday on; Tuesday's duty had begun"
    assert repaired["certificate"]["rules"]["violations"] == []
    holds(stocked, repaired["id"])


@pytest.mark.usefixtures("people")
def test_a_week_without_patterns(stocked):
    roster, _ = made(stocked, ROSTERS, week_start="2026-03-23", mode="free", seconds=5, effort=1)
    assert set(roster["by_week"]) == {"2026-03-23"}
    assert roster["certificate"]["rules"]["violations"] == []
    holds(stocked, roster["id"])
