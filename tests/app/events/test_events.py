"""Events over HTTP: immutable versions, edits that name what they change, and refusals that name the event."""

from __future__ import annotations

import psycopg
import pytest

from tests.helpers import FORCE, OTHER, add_force, done, problem

EVENTS = f"/v1/forces/{FORCE}/events"
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def api(api):
    add_force(api)
    return api


def body(**changes):
    """A home match every other Saturday at three, by the force's wall clock."""
    return {
        "name": "home match",
        "starts": "2026-08-08T15:00",
        "ends": "2026-08-08T18:00",
        "rule": "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270508",
    } | changes


def post(api, **changes):
    return api.post(EVENTS, json=body(**changes))


def listed(api):
    return done(api.get(EVENTS))["events"]


def audit(database):
    with psycopg.connect(database.owner) as connection:
        return connection.execute("select action, details from audit where action like 'event%' order by id").fetchall()


def test_an_event_is_added_and_found_again(api):
    answer = post(api, multiplier=1.3, reason="derby", note="police escort", queues=["999"])
    event = done(answer, 201)
    assert (event["starts"], event["ends"]) == ("2026-08-08T14:00:00Z", "2026-08-08T17:00:00Z")
    assert (event["version"], event["kind"], event["multiplier"], event["queues"]) == (1, "demand", 1.3, ["999"])
    assert event["set_by"] == event["changed_by"]
    found = api.get(answer.headers["location"])
    assert done(found) == event
    assert found.headers["etag"] == answer.headers["etag"]
    assert listed(api) == [event]


def test_times_may_come_with_any_offset(api):
    seen = {
        done(post(api, starts=start, ends="2026-08-08T18:00"), 201)["starts"]
        for start in ("2026-08-08T15:00", "2026-08-08T15:00:00+01:00", "2026-08-08T14:00:00Z", "2026-08-08T16:00+02:00")
    }
    assert seen == {"2026-08-08T14:00:00Z"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ends": "2026-08-08T15:00"}, ["home match", "2026-08-08T15:00:00+01:00", "not after"]),
        ({"ends": "2026-08-08T14:00:00Z"}, ["home match", "not after"]),
        ({"rule": "every other week"}, ["home match", "RFC 5545"]),
        ({"rule": "FREQ=MINUTELY"}, ["home match", "MINUTELY"]),
        ({"rule": "FREQ=DAILY;BYDAY=MO"}, ["home match", "Saturday 2026-08-08"]),
        ({"ends": "2026-08-23T15:00"}, ["home match", "overlap"]),
        ({"starts": "2026-03-29T01:30"}, ["starts", "2026-03-29T01:30:00", "does not exist"]),
        ({"starts": "2026-10-25T01:30"}, ["starts", "2026-10-25T01:30:00", "twice", "offset"]),
        ({"starts": "1989-12-31T15:00"}, ["starts", "1989", "1990 to 2100"]),
        ({"starts": "Saturday"}, ["starts"]),
        ({"name": "  "}, ["name"]),
        ({"queues": ["112"]}, ["queues", "112"]),
        ({"queues": ["999", "999"]}, ["queues", "once"]),
        ({"kind": "party"}, ["kind", "party", "outage"]),
        ({"multiplier": 1.2}, ["1.2", "reason"]),
        ({"multiplier": 1.2, "reason": " "}, ["reason"]),
        ({"multiplier": 0, "reason": "quiet"}, ["multiplier", "greater than 0"]),
        ({"multiplier": 20.1, "reason": "loud"}, ["multiplier", "20.1", "20"]),
        ({"multiplier": "1.2", "reason": "loud"}, ["multiplier", "1.2", "number"]),
        ({"multiplier": True, "reason": "loud"}, ["multiplier", "number"]),
        ({"starts": 1786197600}, ["starts", "not a number"]),
        ({"ends": "2100-12-31T23:30-01:00"}, ["ends", "2100-12-31T23:30", "UTC"]),
        ({"starts": "1990-01-01T00:30+01:00"}, ["starts", "1990-01-01T00:30", "UTC"]),
        ({"kind": "outage", "multiplier": 1.2, "reason": "x"}, ["multiplier", "outage"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_what_can_not_be_an_event_is_refused(bare, changes, words):
    problem(post(bare, **changes), 422, *words)
    assert listed(bare) == []


def test_both_repeated_hours_can_be_named_by_their_offset(api):
    change = {"rule": None, "starts": "2026-10-25T01:30:00+01:00", "ends": "2026-10-25T01:15:00+00:00"}
    event = done(post(api, **change), 201)
    assert (event["starts"], event["ends"]) == ("2026-10-25T00:30:00Z", "2026-10-25T01:15:00Z")


def test_a_change_supersedes_and_a_withdrawal_keeps_what_was(api, database, key_for):
    planner = key_for(FORCE, "planner")
    answer = api.post(EVENTS, json=body(multiplier=1.3, reason="derby"), headers=planner)
    event = done(answer, 201)
    address, tag = answer.headers["location"], answer.headers["etag"]
    longer = body(multiplier=1.3, reason="derby", note="extra time expected")
    changed = api.put(address, json=longer, headers={"If-Match": tag})
    second = done(changed)
    assert (second["version"], second["note"]) == (2, "extra time expected")
    # The administrator changed the note; the multiplier is still the planner's.
    assert (second["changed_by"], second["set_by"]) == ("first administrator", "test")
    tag = changed.headers["etag"]
    assert done(api.put(address, json=longer, headers={"If-Match": tag}))["version"] == 2
    third = done(api.put(address, json=longer | {"multiplier": 1.4}, headers={"If-Match": tag}))
    assert (third["version"], third["set_by"]) == (3, "first administrator")
    tag = api.get(address).headers["etag"]
    assert api.delete(address, headers={"If-Match": tag}).status_code == 204
    problem(api.get(address), 404, event["id"], "withdrawn")
    problem(api.put(address, json=body(), headers={"If-Match": tag}), 404, "withdrawn")
    assert listed(api) == []
    versions = done(api.get(f"{address}/versions"))["versions"]
    assert [(v["version"], v["is_withdrawn"], v["multiplier"]) for v in versions] == [
        (1, False, 1.3), (2, False, 1.3), (3, False, 1.4), (4, True, 1.4)
    ]  # fmt: skip
    lines = audit(database)
    assert [action for action, _ in lines] == ["event added", "event changed", "event changed", "event withdrawn"]
    assert lines[1][1]["before"]["note"] is None
    assert lines[1][1]["after"]["note"] == "extra time expected"
    assert lines[3][1]["before"]["multiplier"] == 1.4


def test_an_edit_names_the_version_that_it_means(api):
    answer = post(api)
    address, tag = answer.headers["location"], answer.headers["etag"]
    problem(api.put(address, json=body()), 428, "If-Match")
    problem(api.delete(address), 428, "If-Match")
    done(api.put(address, json=body(note="first"), headers={"If-Match": tag}))
    problem(api.put(address, json=body(note="second"), headers={"If-Match": tag}), 412, tag.strip('"'), "read it again")
    problem(api.delete(address, headers={"If-Match": tag}), 412, "read it again")
    done(api.put(address, json=body(note="third"), headers={"If-Match": "*"}))
    assert [event["note"] for event in listed(api)] == ["third"]


def test_unknown_events_are_named(api):
    for answer in (api.get(f"{EVENTS}/{NOWHERE}"), api.get(f"{EVENTS}/{NOWHERE}/versions"),
                   api.put(f"{EVENTS}/{NOWHERE}", json=body()), api.delete(f"{EVENTS}/{NOWHERE}")):  # fmt: skip
        problem(answer, 404, NOWHERE)
    problem(api.get(f"{EVENTS}/derby"), 422, "event_id")


def test_another_forces_events_are_unknown(api):
    add_force(api, OTHER)
    event = done(post(api), 201)
    theirs = f"/v1/forces/{OTHER}/events"
    assert done(api.get(theirs))["events"] == []
    problem(api.get(f"{theirs}/{event['id']}"), 404, event["id"])
    problem(api.delete(f"{theirs}/{event['id']}", headers={"If-Match": "*"}), 404, event["id"])


@pytest.mark.parametrize(("role", "may_plan"), [("planner", True), ("manager", True), ("supervisor", False),
                                               ("system", False), ("auditor", False)])  # fmt: skip
def test_planners_write_and_everyone_reads(api, key_for, role, may_plan):
    headers = key_for(FORCE, role)
    answer = api.post(EVENTS, json=body(), headers=headers)
    assert answer.status_code == (201 if may_plan else 403)
    assert len(done(api.get(EVENTS, headers=headers))["events"]) == may_plan
