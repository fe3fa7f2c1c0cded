"""Fixture lists as partners send them: taken whole, taken again when matches move, refused by name."""

from __future__ import annotations

import pytest

from tests.helpers import FORCE, add_force, done, problem

EVENTS = f"/v1/forces/{FORCE}/events"


@pytest.fixture
def api(api):
    add_force(api)
    return api


def entry(
    uid="1@league", *lines, start=";TZID=Europe/London:20260808T150000", end=";TZID=Europe/London:20260808T170000"
):
    given = [f"UID:{uid}", "SUMMARY:Town v City", f"DTSTART{start}", f"DTEND{end}", *lines]
    return ["BEGIN:VEVENT", *[line for line in given if not line.endswith("None")], "END:VEVENT"]


def post(api, *entries, **query):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:league", *[line for part in entries for line in part]]
    content = "\r\n".join([*lines, "END:VCALENDAR", ""])
    return api.post(f"{EVENTS}/import", content=content, headers={"Content-Type": "text/calendar"}, params=query)


def counts(answer):
    report = done(answer)
    return tuple(report[field] for field in ("created", "updated", "unchanged", "withdrawn"))


def listed(api):
    return {event["uid"]: event for event in done(api.get(EVENTS))["events"]}


def test_a_list_is_taken_once_under_one_name(api):
    summer = entry("1@league")
    winter = entry("2@league", start=":20261212T150000Z", end=":20261212T170000Z")
    assert counts(post(api, summer, winter, name="home match")) == (2, 0, 0, 0)
    assert counts(post(api, summer, winter, name="home match")) == (0, 0, 2, 0)
    events = listed(api)
    assert {event["name"] for event in events.values()} == {"home match"}
    assert {event["note"] for event in events.values()} == {"Town v City"}
    assert events["1@league"]["starts"] == "2026-08-08T14:00:00Z"
    assert events["2@league"]["starts"] == "2026-12-12T15:00:00Z"


def test_a_match_that_moves_keeps_what_planners_say_of_it(api):
    post(api, entry())
    event = listed(api)["1@league"]
    value = {"name": "Town v City", "uid": "1@league", "starts": event["starts"], "ends": event["ends"]}
    change = value | {"multiplier": 1.4, "reason": "derby", "queues": ["101"]}
    done(api.put(f"{EVENTS}/{event['id']}", json=change, headers={"If-Match": "*"}))
    moved = entry(start=":20260809T110000Z", end=":20260809T130000Z")
    assert counts(post(api, moved)) == (0, 1, 0, 0)
    event = listed(api)["1@league"]
    assert (event["version"], event["starts"]) == (3, "2026-08-09T11:00:00Z")
    assert (event["multiplier"], event["reason"], event["queues"]) == (1.4, "derby", ["101"])


def test_a_cancelled_match_is_withdrawn(api):
    post(api, entry("1@league"), entry("2@league"))
    assert counts(post(api, entry("1@league", "STATUS:CANCELLED"), entry("3@league", "STATUS:CANCELLED"))) == (
        0,
        0,
        0,
        1,
    )
    assert listed(api).keys() == {"2@league"}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (";VALUE=DATE:20260808", ":None", ("2026-08-07T23:00:00Z", "2026-08-08T23:00:00Z")),
        (";VALUE=DATE:20260808", ";VALUE=DATE:20260810", ("2026-08-07T23:00:00Z", "2026-08-09T23:00:00Z")),
        (":20260808T150000", ":20260808T170000", ("2026-08-08T14:00:00Z", "2026-08-08T16:00:00Z")),
    ],
)
def test_days_and_times_without_a_zone_are_the_forces(api, start, end, expected):
    post(api, entry(start=start, end=end))
    (event,) = listed(api).values()
    assert (event["starts"], event["ends"]) == expected


def test_a_length_and_a_rule_are_understood(api):
    post(api, entry("1@league", "DURATION:PT105M", "RRULE:FREQ=WEEKLY;UNTIL=20260829T140000Z", end=":None"))
    (event,) = listed(api).values()
    assert (event["ends"], event["rule"]) == ("2026-08-08T15:45:00Z", "FREQ=WEEKLY;UNTIL=20260829T140000Z")
    found = done(api.get(f"{EVENTS}/occurrences", params={"from": "2026-08-01", "to": "2026-09-30"}))["occurrences"]
    assert sum(occurrence["name"] == "Town v City" for occurrence in found) == 4


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (entry("None"), ["event 2", "Town v City", "UID"]),
        (entry("2", start=":None"), ["event 2", "DTSTART"]),
        (entry("2", end=":None"), ["Town v City", "not after"]),
        (entry("2", start=":2026080"), ["event 2", "DTSTART"]),
        (entry("2", end=";TZID=Europe/London:20260808T140000"), ["Town v City", "not after"]),
        (entry("2", "RRULE:FREQ=HOURLY"), ["HOURLY"]),
        (entry("2", "RRULE:FREQ=WEEKLY", "EXDATE:20260815T140000Z"), ["event 2", "EXDATE"]),
        (entry("2", start=":19800808T150000Z"), ["event 2", "1980"]),
        (entry("1"), ["UID", "once"]),
        (entry("None", "STATUS:CANCELLED"), ["event 2", "UID"]),
        (entry("2", start=";TZID=Mars/Olympus:20260808T150000"), ["event 2", "DTSTART", "Mars/Olympus"]),
        (entry("2", end=";TZID=Mars/Olympus:20260808T170000"), ["event 2", "DTEND", "Mars/Olympus"]),
    ],
)
def test_a_list_with_an_event_that_can_not_be_used_is_refused_whole(bare, lines, words):
    problem(post(bare, entry("1"), lines), 422, *words)
    assert listed(bare) == {}


@pytest.mark.parametrize("content", [b"", b"Town v City", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"\xff\xfe\x00"])
def test_what_is_no_calendar_is_refused(bare, content):
    headers = {"Content-Type": "text/calendar"}
    problem(bare.post(f"{EVENTS}/import", content=content, headers=headers), 422, "file")
    problem(bare.post(f"{EVENTS}/import", content=content, headers={"Content-Type": "text/csv"}), 415, "text/calendar")
