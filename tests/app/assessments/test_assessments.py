"""Proposals assessed over HTTP, on the stocked force of two: computed in this process, decided on by a manager."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.tables import AuditRow
from tests.app.rosters.conftest import make  # noqa: F401 - a fixture
from tests.helpers import FORCE, bearer, compute_run, done, end_run, problem

ADDRESS = f"/v1/forces/{FORCE}/assessments"
ROSTERS = f"/v1/forces/{FORCE}/rosters"
WEEK = "2026-03-23"
COMMON = {"effort": 1, "replications": 32}
APPLICATION = COMMON | {"kind": "flexible_working", "handler": "H001", "week_start": WEEK, "received": "2026-02-10"}
FRIDAYS = [{"weekdays": ["Friday"], "off": True}]  # off for both already
EARLY = {"start": "07:00", "length_min": 540}
LATE = {"start": "21:00", "length_min": 540}


def assessed(stocked, **asked):
    run = done(stocked.post(ADDRESS, json=asked), 202)
    assert run["kind"] == "assessment"
    made = compute_run(stocked.app.state.engine, run["id"])
    return done(stocked.get(f"{ADDRESS}/{made['assessment_id']}"))


@pytest.fixture(scope="module")
def unchanged(stocked):
    """An application for what is so already."""
    return assessed(stocked, **APPLICATION, agreements=FRIDAYS)


def test_an_application_for_what_is_so_already_changes_nothing(unchanged):
    """Every difference is exactly zero: equal start, effort and seed, and common random numbers."""
    figures = unchanged["figures"]
    assert (unchanged["points_to"], figures["outcome"], figures["basis"]) == ("accept", "legal", "rostered")
    for figure in figures["service"].values():
        assert figure["difference"] in (0, None)
    assert figures["service"]["late_999"]["base"] > 0
    assert figures["tiers"]["base"] == figures["tiers"]["changed"]
    assert all(one["difference"] == 0 for one in figures["people"]["by_rule"].values())
    assert figures["cost"]["pay"]["difference"] == 0
    assert len(figures["grounds"]) == 8
    assert {ground["finding"] for ground in figures["grounds"]} == {"no evidence of it", "no evidence in the data"}
    assert figures["alternative"] is None


def test_the_clock_runs_two_months_from_the_application(unchanged):
    clock = unchanged["clock"]
    assert (clock["decide_by"], clock["agreed"], clock["applications_in_12_months"]) == ("2026-04-09", False, 1)


def test_a_person_decides_once_and_once_more_on_appeal(stocked, unchanged):
    address = f"{ADDRESS}/{unchanged['id']}"
    key = done(stocked.post(f"/v1/forces/{FORCE}/keys", json={"name": "p", "roles": ["planner"]}), 201)["key"]
    declined = {"decision": "decline", "reason": "too few on Fridays", "grounds": ["customer_demand"],
                "consulted": True, "consulted_on": "2026-02-20"}  # fmt: skip
    problem(stocked.post(f"{address}/decision", json=declined, headers=bearer(key)), 403, "manage")
    body = {"name": "s", "roles": ["supervisor"]}
    other = bearer(done(stocked.post(f"/v1/forces/{FORCE}/keys", json=body), 201)["key"])
    run = f"/v1/runs/{unchanged['run_id']}"
    for private in (address, run, f"{run}/events"):
        problem(stocked.get(private, headers=other), 403, "plan")
    for wrong, word in (
        ({"grounds": []}, "grounds"),
        ({"consulted": False, "consulted_on": None}, "consulted"),
        ({"consulted_on": "2026-02-09"}, "2026-02-10"),
        ({"apply": True}, "apply"),
        ({"decision": "accept"}, "grounds"),
        ({"grounds": ["mood"]}, "grounds"),
    ):
        problem(stocked.post(f"{address}/decision", json=declined | wrong), 422, word)
    problem(stocked.post(f"{address}/decision", json=declined | {"appeal": True}), 409, "no decision yet")
    assert done(stocked.get(address))["decisions"] == [], "what was refused left nothing"
    done(stocked.post(f"{address}/decision", json=declined), 201)
    problem(stocked.post(f"{address}/decision", json=declined), 409, "only an appeal")
    accepted = {"decision": "accept", "reason": "heard again", "appeal": True, "apply": True}
    assert done(stocked.post(f"{address}/decision", json=accepted), 201)["applied"] == ["H001"]
    problem(stocked.post(f"{address}/decision", json=declined | {"appeal": True}), 409, "expected a declined one")
    now = done(stocked.get(address))
    assert now["figures"] == unchanged["figures"], "the prediction stays as it was"
    assert [one["decision"] for one in now["decisions"]] == ["decline", "accept"]
    people = {one["ref"]: one for one in done(stocked.get(f"/v1/forces/{FORCE}/handlers"))["handlers"]}
    assert people["H001"]["agreements"] == [FRIDAYS[0] | {"earliest": None, "latest": None}]
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        lines = session.scalars(select(AuditRow).where(AuditRow.subject == unchanged["id"]).order_by(AuditRow.id))
        assert [(line.action, line.details["applied"]) for line in lines] == [
            ("assessment decline", []), ("assessment accept", ["H001"])
        ]  # fmt: skip
    (kept,) = [one for one in done(stocked.get(f"/v1/forces/{FORCE}/evaluations"))["evaluations"]
               if one["basis"].get("assessment_id") == unchanged["id"]]  # fmt: skip
    assert [(one["metric"], one["predicted"], one["method"]) for one in kept["predictions"]] == [
        ("service_level_999", 0, "interrupted"), ("abandonment_101", 0, "interrupted")
    ]  # fmt: skip
    listed = done(stocked.get(ADDRESS, params={"kind": "flexible_working"}))["assessments"]
    assert [one["id"] for one in listed] == [unchanged["id"]]
    assert done(stocked.get(ADDRESS, params={"kind": "swap"}))["assessments"] == []


def test_an_illegal_pattern_says_which_rules_and_is_assessed(stocked):
    """A late duty that ends three hours before the next early one: no roster can be made of it."""
    week = [LATE, EARLY, LATE, EARLY, None, None, None]
    told = assessed(stocked, kind="pattern", week_start=WEEK, proposed=[week], **COMMON)
    figures = told["figures"]
    assert figures["outcome"] == "illegal"
    assert "W1" in {broken["rule"] for broken in figures["rules"]["broken"]}
    assert figures["basis"] == "as the patterns say"
    assert figures["service"]["late_999"]["difference"] is not None
    assert figures["rules"]["cycle"]["shortest_rest_min"] == 60
    assert told["points_to"] in ("conditional", "decline")


def test_a_day_of_leave_costs_what_nobody_else_can_cover(stocked, make):  # noqa: F811 - a fixture
    roster_id = make()
    asked = COMMON | {"kind": "leave", "roster_id": roster_id, "handler": "H001", "now": "2026-03-22T00:00:00Z"}
    told = assessed(stocked, **asked, date="2026-03-24", acceptable_calls=0)
    figures = told["figures"]
    assert figures["service"]["late_999"]["difference"] > 0, "half of the people are away"
    assert figures["tiers"]["changed"]["service"] > figures["tiers"]["base"]["service"]
    assert figures["people"]["subjects"]["duties"] == {"base": 4, "changed": 3, "difference": -1, "more_for": 0,
                                                       "most": {"base": 4, "changed": 3, "difference": -1}}  # fmt: skip
    assert told["points_to"] != "accept"
    problem(stocked.post(ADDRESS, json=asked | {"date": "2026-03-28"}), 422, "day of duty", "H001")
    problem(stocked.post(ADDRESS, json=asked | {"date": "2026-03-24", "now": "2026-03-25T00:00:00Z"}), 422, "begun")


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        (APPLICATION | {"handler": "H999", "agreements": FRIDAYS}, 422, ["H999"]),
        (APPLICATION, 422, ["agreements", "weekly_min"]),
        (APPLICATION | {"agreements": FRIDAYS, "week_start": "2027-03-22"}, 409, ["covers", "2027-03-22"]),
        (APPLICATION | {"agreements": FRIDAYS, "agreed_until": "2026-02-09"}, 422, ["agreed_until"]),
        ({"kind": "pattern", "week_start": WEEK, "proposed": [[None] * 7]}, 422, ["no duty"]),
        ({"kind": "pattern", "week_start": WEEK, "proposed": [[EARLY] * 6]}, 422, ["6 days"]),
        ({"kind": "pattern", "week_start": WEEK, "proposed": [[EARLY] * 7], "team": "Z"}, 422, ["team", "'Z'"]),
        ({"kind": "leave", "roster_id": str(uuid4()), "handler": "H001", "date": WEEK}, 404, ["unknown"]),
        ({"kind": "mood"}, 422, ["kind"]),
    ],
)
def test_an_assessment_of_nothing_is_refused(stocked, asked, status, words):
    problem(stocked.post(ADDRESS, json=asked), status, *words)


def test_a_swap_that_breaks_a_rule_is_assessed(stocked, make):  # noqa: F811 - a fixture
    """H002 works that day already: two duties at once."""
    roster_id = make()
    swap = {"give": {"handler": "H001", "date": "2026-03-24"}, "to": "H002"}
    asked = COMMON | {"kind": "swap", "roster_id": roster_id, "swap": swap}
    run = done(stocked.post(ADDRESS, json=asked), 202)
    made = end_run(stocked.app.state.engine, run["id"])
    assert made.outcome == "illegal"
    told = done(stocked.get(f"{ADDRESS}/{made.result['assessment_id']}"))
    assert {one["handler"] for one in told["figures"]["rules"]["broken"]} <= {"H001", "H002"}
    wrong = swap | {"give": {"handler": "H001", "date": "2026-03-28"}}
    problem(stocked.post(ADDRESS, json=asked | {"swap": wrong}), 422, "swap.give", "2026-03-28")
    problem(stocked.post(ADDRESS, json=asked | {"swap": swap | {"to": "H999"}}), 422, "swap.to")
