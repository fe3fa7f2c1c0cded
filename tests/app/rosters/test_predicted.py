"""A published roster's predicted days in the evaluation ledger."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.tables import RosterRow, RunRow
from tests.helpers import FORCE, ORIGIN, add_calls, done, end_run, history_csv, problem

BASE = f"/v1/forces/{FORCE}"
DAILY = {
    "dates": ["2026-03-28", "2026-03-29"],
    "service_level_999": {"lower": [0.8, 0.7], "median": [0.9, 0.8], "upper": [0.95, 0.9]},
    "abandonment_101": {"lower": [0.0, None], "median": [0.02, None], "upper": [0.1, None]},
}


def published(stocked, roster: str) -> None:
    for step in ("approve", "publish"):
        etag = stocked.get(f"{BASE}/rosters/{roster}").headers["etag"]
        done(stocked.post(f"{BASE}/rosters/{roster}/{step}", json={}, headers={"If-Match": etag}))


def test_a_published_roster_enters_its_simulated_days_as_local_days(stocked, make):
    roster = make()
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        row = session.get_one(RosterRow, UUID(roster))
        row.body = row.body | {"daily": DAILY}
    published(stocked, roster)
    (entered,) = done(stocked.get(f"{BASE}/evaluations?kind=roster"))["evaluations"]
    assert entered["basis"]["roster_id"] == roster
    said = [(one["metric"], one["starts_at"], one["ends_at"], one["predicted"]) for one in entered["predictions"]]
    assert said == [
        ("service_level_999", "2026-03-28T00:00:00Z", "2026-03-29T00:00:00Z", 0.9),
        ("abandonment_101", "2026-03-28T00:00:00Z", "2026-03-29T00:00:00Z", 0.02),
        ("service_level_999", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z", 0.8),  # 23 hours: the clocks go forward
    ]
    # The week's calls score what they tell: the history counts abandoned calls, and nobody within the threshold.
    problem(stocked.get(f"{BASE}/capacity/overtime"), 404, "no published roster ends by 2026-03-23")
    done(add_calls(stocked, history_csv(1, ORIGIN + timedelta(weeks=1, hours=-1), seed=9)))
    engine = stocked.app.state.engine
    with force_session(engine, EVERY_FORCE) as session:
        (run,) = session.scalars(select(RunRow.id).where(RunRow.kind == "evaluation"))
    told = end_run(engine, str(run)).result
    assert (told["scored"], [one["number"] for one in told["unscored"]]) == (1, [1, 3])
    score = done(stocked.get(f"{BASE}/evaluations/{entered['id']}"))["predictions"][1]["score"]
    assert score["holds"] == (score["estimate"] <= 0.1)
    overall = done(stocked.get(f"{BASE}/evaluations/coverage"))["overall"]
    assert (overall["n"], overall["held"]) == (1, int(score["holds"]))
    # Two people are short of all that is wanted at night; nobody works overtime; one week is no row of weeks.
    found = done(stocked.get(f"{BASE}/capacity/overtime?weeks=2&least_weeks=2"))
    assert (found["rosters"], found["missing_weeks"]) == ([roster], ["2026-03-16"])
    assert (found["structural"], found["overtime_share"], found["posts"]) == ([], 0.0, 0.0)
    # The same week rostered anew, beside what was published; the tests' forecast of it is made today.
    asked = {
        "week_start": "2026-03-23",
        "weeks": 1,
        "known_by": "2100-01-01T00:00:00Z",
        "effort": 1,
        "replications": 16,
    }
    run = done(stocked.post(f"{BASE}/counterfactuals", json=asked), 202)["id"]
    made = end_run(engine, run).result["counterfactual_id"]
    whole = done(stocked.get(f"{BASE}/counterfactuals/{made}"))
    (week,) = whole["by_week"]
    assert (whole["versus"], week["roster_id"]) == ("published", roster)
    assert week["paid_h"]["counterfactual"] == week["paid_h"]["compared_with"]  # nobody consented to other times
    assert week["weighted"]["compared_with"] > 0
