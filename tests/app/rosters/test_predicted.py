"""A published roster's predicted days in the evaluation ledger."""

from __future__ import annotations

from uuid import UUID

from app.database import EVERY_FORCE, force_session
from app.tables import RosterRow
from tests.helpers import FORCE, done

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
