"""What handlers do for themselves, over HTTP: their own alone, and nobody learns of anybody else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from app.database import utc_now
from app.own.feed import calendar
from rostering.roster import Activity, ActivitySpan, Duty
from tests.app.rosters.conftest import make  # noqa: F401 - a fixture
from tests.helpers import FORCE, add_handlers, bearer, done, handler_body, problem

BASE = f"/v1/forces/{FORCE}"
WEEK = date(2026, 3, 30)
EARLY = {"start": "07:00", "length_min": 540}
MONDAYS = {"anchor": "2026-03-02", "days": [EARLY, None, None, None, None, None, None]}
FRIDAYS = {"anchor": "2026-03-02", "days": [None, None, None, None, EARLY, None, None]}
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def key(stocked):
    def made(role: str, **more: str) -> dict[str, str]:
        body = {"name": f"{role} {uuid4()}", "roles": [role]} | more
        return bearer(done(stocked.post(f"{BASE}/keys", json=body), 201)["key"])

    return made


@pytest.fixture
def people(stocked):
    done(add_handlers(stocked, handler_body("H001", pattern=MONDAYS), handler_body("H002", pattern=FRIDAYS)))


@pytest.fixture
def published(stocked, people, make) -> str:  # noqa: F811, ARG001 - fixtures
    known = done(stocked.get(f"{BASE}/rosters?week_start={WEEK}&status=published"))["rosters"]
    if known:
        return known[0]["id"]
    roster_id = make(WEEK)
    for step in ("approve", "publish"):
        tag = {"If-Match": stocked.get(f"{BASE}/rosters/{roster_id}").headers["ETag"]}
        done(stocked.post(f"{BASE}/rosters/{roster_id}/{step}", json={"reason": "x"}, headers=tag))
    return roster_id


@pytest.mark.usefixtures("people")
def test_a_handler_wishes_for_days_to_come(stocked, key):
    own, other = key("handler", handler_ref="H001"), key("handler", handler_ref="H002")
    today = utc_now().astimezone(LONDON).date()
    wishes = f"{BASE}/handlers/H001/wishes"
    problem(stocked.put(f"{wishes}/{today - timedelta(days=1)}", json={}, headers=own), 422, "today or later")
    done(stocked.put(f"{wishes}/{today}", json={}, headers=own))
    later = today + timedelta(days=9)
    done(stocked.put(f"{wishes}/{later}", json={"band": "late", "weight": 4}, headers=own))
    done(stocked.put(f"{wishes}/{later}", json={"band": "early", "weight": 4}, headers=own))
    told = done(stocked.get(wishes, headers=own))["wishes"]
    assert [(one["date"], one["band"]) for one in told] == [(f"{today}", None), (f"{later}", "early")]
    stored = done(stocked.get(f"{BASE}/handlers/H001"))["wishes"]
    assert {one["date"] for one in stored} >= {f"{today}", f"{later}"}
    problem(stocked.get(wishes, headers=other), 404)
    problem(stocked.put(f"{wishes}/{later}", json={}, headers=other), 404)
    assert len(done(stocked.delete(f"{wishes}/{later}", headers=own))["wishes"]) == 1
    problem(stocked.delete(f"{wishes}/{later}", headers=own), 404, "no wish")


@pytest.mark.usefixtures("people")
def test_a_calendars_address_is_secret_and_ends(stocked, key):
    own, planner = key("handler", handler_ref="H001"), key("planner")
    feed = f"{BASE}/handlers/H001/calendar-feed"
    assert done(stocked.get(feed, headers=own))["created_at"] is None
    problem(stocked.post(feed, headers=planner), 409, "H001 alone")
    problem(stocked.post(feed, headers=key("handler", handler_ref="H002")), 404)
    first, second = (done(stocked.post(feed, headers=own), 201)["url"] for _ in range(2))
    path = "/v1" + second.partition("/v1")[2]
    nobody = {"Authorization": ""}
    answer = stocked.get(path, headers=nobody)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"] == "private, no-store"
    problem(stocked.get("/v1" + first.partition("/v1")[2], headers=nobody), 404, "replaced or revoked")
    assert done(stocked.get(feed, headers=own))["last_used_at"] is not None
    secret = second.rpartition("/")[2]
    assert secret not in stocked.get(f"{BASE}/audit?action=calendar feed made").text
    done(stocked.delete(feed, headers=planner))
    problem(stocked.get(path, headers=nobody), 404)


def test_a_calendar_tells_duties_over_a_clock_change():
    """The night in which the clocks go back lasts from 22:00 BST to 07:00 GMT: ten hours."""
    start, end = datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)
    duty = Duty("H001", start, end, (ActivitySpan(Activity.CALLS_999, start, end),))
    read = Calendar.from_ical(calendar([duty], LONDON, utc_now()))
    (event,) = read.walk("VEVENT")
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=10)
    assert event["summary"] == "Duty 22:00 to 07:00"
    assert event["uid"] == "H001-2026-10-24@pacesetter"


def test_two_handlers_agree_and_a_planner_decides(stocked, key, published):
    own, other = key("handler", handler_ref="H001"), key("handler", handler_ref="H002")
    asked, answers = f"{BASE}/handlers/H001/swap-requests", f"{BASE}/handlers/H002/swap-requests"
    monday, friday = f"{WEEK}", f"{WEEK + timedelta(days=4)}"
    problem(stocked.post(asked, json={"date": friday, "to": "H002"}, headers=own), 422, "has a duty")
    problem(stocked.post(asked, json={"date": monday, "to": "H002"}, headers=other), 404)
    problem(stocked.post(asked, json={"date": monday, "to": "H002"}, headers=key("planner")), 409)
    problem(stocked.post(asked, json={"date": monday, "to": "H001"}, headers=own), 422, "H001", "not one's own")
    swap = done(stocked.post(asked, json={"date": monday, "to": "H002", "take": friday}, headers=own), 201)
    assert swap["status"] == "asked"
    decide = f"{BASE}/rosters/{published}/swaps/{swap['id']}/accept"
    tag = {"If-Match": stocked.get(f"{BASE}/rosters/{published}").headers["ETag"]}
    problem(stocked.post(decide, json={}, headers=tag), 409, "colleague's answer")
    problem(stocked.post(f"{asked}/{swap['id']}/answer", json={"agree": True}, headers=own), 404)
    agreed = done(stocked.post(f"{answers}/{swap['id']}/answer", json={"agree": True}, headers=other))
    assert agreed["status"] == "open"
    problem(stocked.post(f"{answers}/{swap['id']}/answer", json={"agree": False}, headers=other), 409)
    done(stocked.post(decide, json={}, headers=tag))
    assert done(stocked.get(asked, headers=own))["swaps"][0]["status"] == "accepted"
    week = done(stocked.get(f"{BASE}/handlers/H001/schedule/week?date={WEEK}", headers=own))
    assert [bool(cell["duties"]) for cell in week["rows"][0]["cells"]] == [False] * 4 + [True, False, False]
    problem(stocked.post(f"{asked}/{swap['id']}/withdraw", headers=own), 409, "accepted")


def test_a_swap_can_be_declined_or_taken_back_and_ends_with_its_roster(stocked, key, published):
    own, other = key("handler", handler_ref="H002"), key("handler", handler_ref="H001")
    asked = f"{BASE}/handlers/H002/swap-requests"
    row = done(stocked.get(f"{BASE}/handlers/H002/schedule/week?date={WEEK}", headers=own))["rows"][0]
    day = next(n for n, cell in enumerate(row["cells"]) if cell["duties"])
    body = {"date": f"{WEEK + timedelta(days=day)}", "to": "H001"}
    first = done(stocked.post(asked, json=body, headers=own), 201)
    problem(stocked.post(asked, json=body, headers=own), 409, "already")
    assert done(stocked.post(f"{asked}/{first['id']}/withdraw", headers=own))["status"] == "withdrawn"
    again = done(stocked.post(asked, json=body, headers=own), 201)
    answer = f"{BASE}/handlers/H001/swap-requests/{again['id']}/answer"
    assert done(stocked.post(answer, json={"agree": False}, headers=other))["status"] == "declined"
    left = done(stocked.post(asked, json=body, headers=own), 201)
    tag = {"If-Match": stocked.get(f"{BASE}/rosters/{published}").headers["ETag"]}
    done(stocked.post(f"{BASE}/rosters/{published}/supersede", json={"reason": "x"}, headers=tag))
    ended = done(stocked.get(asked, headers=own))["swaps"][0]
    assert (ended["id"], ended["status"]) == (left["id"], "declined")
    assert "out of use" in ended["reason"]
    told = done(stocked.get(f"{BASE}/rosters/{published}/changes"))["changes"][-1]
    assert told["details"] == {"swaps_declined": [left["id"]]}
    answer = f"{BASE}/handlers/H001/swap-requests/{left['id']}/answer"
    problem(stocked.post(answer, json={"agree": True}, headers=other), 409, "declined")
