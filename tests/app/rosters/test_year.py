"""The year as people were told it: views that agree, rosters and notice starting from it, leave, withdrawn consents."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.handlers import consequences
from app.rosters.document import duties_from_json
from app.year.days import pattern_days, with_told_days
from rostering.roster import Duty
from tests.app.rosters.conftest import WEEK, missing_consent
from tests.app.rosters.test_person import learner
from tests.helpers import FORCE, add_handlers, bearer, done, handler_body, problem

BASE = f"/v1/forces/{FORCE}"
ROSTERS, LEAVE = f"{BASE}/rosters", f"{BASE}/leave-requests"
HOUR, DAY, QUARTER = timedelta(hours=1), timedelta(days=1), timedelta(minutes=15)
NIGHTS = {"anchor": "2026-03-02", "days": [{"start": "22:00", "length_min": 540}] * 3 + [None] * 4}
LATER = [{"start": "08:00", "length_min": 540}] * 4 + [None] * 3
WEEK_MIN = 4 * 540


@pytest.fixture(autouse=True)
def spring(monkeypatch):
    """What is published counts from today on; the tests' rosters are of March 2026."""
    monkeypatch.setattr(consequences, "utc_now", lambda: datetime(2026, 3, 20, tzinfo=UTC))


@pytest.fixture(scope="module")
def told(stocked):
    """H001 and H002 as stocked and N001 on nights, told their days from 16 March to mid June."""
    done(add_handlers(stocked, handler_body("N001", pattern=NIGHTS, contract={"weekly_min": 1440, "cycle_weeks": 1})))
    body = {"first": "2026-03-16", "months": 3}
    dry = done(stocked.post(f"{BASE}/roll-out", params={"dry_run": True}, json=body))
    problem(stocked.get(f"{BASE}/roll-out"), 404, "roll-out")
    real = done(stocked.post(f"{BASE}/roll-out", json=body))
    assert {k: v for k, v in dry.items() if k not in ("id", "notified_at")} == {
        k: v for k, v in real.items() if k not in ("id", "notified_at")
    }
    assert (real["last"], real["new_days"], real["days"]) == ("2026-06-15", 3 * 92, 3 * 92)
    return real


def view(stocked, name, day, **query):
    return done(stocked.get(f"{ROSTERS}/views/{name}", params={"date": day, **query}))


def publish(stocked, roster_id, **body):
    for name, sent in (("approve", {}), ("publish", body)):
        etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
        answer = stocked.post(f"{ROSTERS}/{roster_id}/{name}", json=sent, headers={"If-Match": etag})
    return answer


def supersede(stocked, roster_id):
    etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
    done(stocked.post(f"{ROSTERS}/{roster_id}/supersede", json={"reason": "tried"}, headers={"If-Match": etag}))


def patch(stocked, ref, **changes):
    etag = stocked.get(f"{BASE}/handlers/{ref}").headers["ETag"]
    return done(stocked.patch(f"{BASE}/handlers/{ref}", json=changes, headers={"If-Match": etag}))


def plain(stocked, roster_id) -> list[Duty]:
    return list(duties_from_json(done(stocked.get(f"{ROSTERS}/{roster_id}"))["duties"]))


def later(duty: Duty, by: timedelta) -> Duty:
    spans = tuple(replace(span, start=span.start + by, end=span.end + by) for span in duty.activities)
    return replace(duty, start=duty.start + by, end=duty.end + by, activities=spans)


@pytest.mark.usefixtures("told")
def test_day_week_month_and_year_agree_to_the_minute(stocked, make):
    """April but for its first week is nominal; the published week reaches into it from March, nights into its weeks."""
    roster_id = make(WEEK + 7 * DAY)
    done(publish(stocked, roster_id))
    april = [date(2026, 4, 1) + n * DAY for n in range(30)]
    days = {day: view(stocked, "day", day) for day in april}
    month, year = view(stocked, "month", "2026-04-01"), view(stocked, "year", "2026-01-01")
    assert month["nominal_weeks"] == ["2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27"]
    assert (month["missing_weeks"], month["rosters"]) == (month["nominal_weeks"], [roster_id])
    for day, cell in zip(april, month["totals"], strict=True):
        assert sum(days[day]["totals"].values()) == cell["on_duty_min"], day
    weeks = [view(stocked, "week", day) for day in april if day.weekday() == 0]
    in_weeks = [cell["on_duty_min"] for week in weeks for cell in week["totals"]]
    assert in_weeks[: 30 - 5] == [cell["on_duty_min"] for cell in month["totals"]][5:]
    assert year["totals"][3]["on_duty_min"] == month["total"]["on_duty_min"]
    by_activity = Counter()
    for one in days.values():
        by_activity.update(one["totals"])
    assert year["totals"][3]["minutes"] == dict(by_activity)
    nominal = sum(one["nominal_min"] for one in days.values())
    assert month["nominal_min"] == nominal > 0
    rostered = sum(sum(days[d]["totals"].values()) - days[d]["nominal_min"] for d in april)
    assert rostered == month["total"]["on_duty_min"] - nominal
    one = view(stocked, "week", "2026-04-13", handler="N001")
    assert one["total"]["on_duty_min"] == one["nominal_min"] == 3 * 540
    assert [n["on_duty_min"] for n in one["totals"]] == [120, 540, 540, 420, 0, 0, 0]
    supersede(stocked, roster_id)


@pytest.mark.usefixtures("told")
def test_leave_is_not_among_nominal_duties(stocked):
    before = view(stocked, "week", "2026-05-04", handler="H001")
    assert before["total"]["on_duty_min"] == WEEK_MIN
    patch(stocked, "H001", leave=[{"first": "2026-05-05", "last": "2026-05-05"}])
    assert view(stocked, "week", "2026-05-04", handler="H001")["total"]["on_duty_min"] == WEEK_MIN - 540
    patch(stocked, "H001", leave=[])


def test_what_was_told_stands_after_the_pattern_changes(stocked, make, told):
    """The weekly roster and the check of notice start from the days that were told, not from the new pattern."""
    patch(stocked, "H001", pattern={"days": LATER})
    roster_id = make()  # with the duties of the patterns as they are now
    made = done(stocked.get(f"{ROSTERS}/{roster_id}/certificate"))
    (one,) = [handler for handler in made["problem"]["handlers"] if handler["ref"] == "H001"]
    assert {duty["start"][11:16] for duty in one["nominal"]} == {"07:00"}
    refused = publish(stocked, roster_id)
    problem(refused, 409, "rule P3, handler H001", "start moves 60 min")
    assert [key["date"] for key in missing_consent(refused)] == [f"2026-03-{23 + n}" for n in range(4)]
    again = {"first": "2026-03-16", "months": 3, "handlers": ["H001"]}
    told_again = done(stocked.post(f"{BASE}/roll-out", json=again, params={"dry_run": True}))
    changes = [*told_again["kept"], *told_again["made"]]
    assert len(changes) == 4 * 13 + 1, "thirteen weeks and a Monday"
    assert all(change["needs"] for change in told_again["kept"])
    assert not any(change["needs"] for change in told_again["made"])
    assert told_again["kept"][0] == {
        "handler": "H001", "date": "2026-03-16", "before": {"start": "07:00", "length_min": 540},
        "after": {"start": "08:00", "length_min": 540}, "rule": "P3", "needs": "agreement_or_exigency",
    }  # fmt: skip
    problem(stocked.post(f"{BASE}/roll-out", json=again | {"agreed": [{"handler": "H002"}]}), 422, "agreed", "H002")
    problem(stocked.post(f"{BASE}/roll-out", json=again | {"exigency": [{"handler": "H001"}]}), 422, "reason")
    problem(stocked.post(f"{BASE}/roll-out", json=again | {"handlers": ["H999"]}), 422, "handlers", "H999")
    some = again | {"agreed": [{"handler": "H001", "last": "2026-03-29"}]}
    partly = done(stocked.post(f"{BASE}/roll-out", json=some))
    assert len([one for one in partly["made"] if one["needs"]]) == 8
    days = done(stocked.get(f"{BASE}/roll-out/H001", params={"from": "2026-03-26", "to": "2026-03-30"}))["days"]
    assert [day["start"] for day in days][:3] == ["08:00", None, None]
    assert days[0]["notified_at"] > told["notified_at"]
    assert days[1]["notified_at"][:19] == told["notified_at"][:19]
    now_told = make()
    done(publish(stocked, now_told))
    supersede(stocked, now_told)
    patch(stocked, "H001", pattern={"days": handler_body()["pattern"]["days"]})


@pytest.mark.usefixtures("told")
def test_leave_is_answered_with_cover_and_allowance_and_decided_once(stocked, make):
    week = WEEK + 7 * DAY
    roster_id = make(week)
    done(publish(stocked, roster_id))
    balance = {"balances": [{"balance": "leave", "as_of": "2026-03-01", "minutes": 1000}]}
    done(stocked.put(f"{BASE}/handlers/H002/records", json=balance))
    asked = {"handler": "H002", "first": "2026-03-31", "last": "2026-04-03"}
    request = done(stocked.post(LEAVE, json=asked), 201)
    told = request["evidence"]
    assert [day["basis"] for day in told["days"]] == ["published"] * 4
    assert [day["minutes"] for day in told["days"]] == [480, 480, 480, 0], "Friday is a rest day"
    assert told["minutes"] == sum(day["minutes"] for day in told["days"])
    assert (told["allowance_before_min"], told["allowance_after_min"]) == (1000, 1000 - told["minutes"])
    assert told["within_allowance"] is (told["minutes"] <= 1000)
    assert_recounted(done(stocked.get(f"{ROSTERS}/{roster_id}")), told["days"][0])
    problem(stocked.post(LEAVE, json=asked), 409, request["id"])
    decided = done(stocked.post(f"{LEAVE}/{request['id']}/approve", json={"reason": "cover holds"}))
    assert (decided["request"]["status"], decided["request"]["reason"]) == ("approved", "cover holds")
    assert {(one["why"], one["roster_id"]) for one in decided["published"]} == {("leave", roster_id)}
    assert len(decided["published"]) == len([day for day in told["days"] if day["minutes"]])
    assert done(stocked.get(f"{BASE}/handlers/H002"))["leave"][0]["first"] == "2026-03-31"
    problem(stocked.post(f"{LEAVE}/{request['id']}/decline", json={"reason": "no"}), 409, "approved already")
    problem(stocked.post(LEAVE, json=asked), 409, "on leave already on 2026-03-31")
    other = done(stocked.post(LEAVE, json=asked | {"first": "2026-04-06", "last": "2026-04-06"}), 201)
    assert other["evidence"]["days"][0]["basis"] == "none", "no requirement reaches so far"
    assert other["evidence"]["allowance_before_min"] == 1000 - told["minutes"], "what is approved is taken off"
    declined = done(stocked.post(f"{LEAVE}/{other['id']}/decline", json={"reason": "too many off"}))
    assert (declined["request"]["status"], declined["published"]) == ("declined", [])
    assert [one["id"] for one in done(stocked.get(LEAVE, params={"status": "declined"}))["requests"]] == [other["id"]]
    supersede(stocked, roster_id)
    patch(stocked, "H002", leave=[])


def assert_recounted(roster, day):
    """Heads short in the duty's quarter-hours, from the answer's own columns and duties."""
    columns = roster["coverage"]
    starts = [datetime.fromisoformat(start) for start in columns["999"]["start"]]
    begin, end = (datetime.fromisoformat(day[name]) for name in ("start", "end"))
    (mine,) = [d for d in roster["duties"] if d["handler"] == "H002" and datetime.fromisoformat(d["start"]) == begin]
    short = {}
    for gone in (False, True):
        short[gone] = []
        for n, at in enumerate(starts):
            if begin <= at < end:
                there = {desk: columns[desk]["on_calls"][n] for desk in ("999", "101")}
                for span in mine["activities"] if gone else ():
                    first, last = (datetime.fromisoformat(span[name]) for name in ("start", "end"))
                    if span["activity"] in there and first <= at < last:
                        there[span["activity"]] -= 1
                missing = {desk: columns[desk]["rostered"][n] - there[desk] for desk in there}
                short[gone].append(max(missing["999"], sum(missing.values()), 0))
    assert len(short[True]) == 36
    assert (day["short_before_h"], day["short_after_h"]) == (sum(short[False]) / 4, sum(short[True]) / 4)
    assert (day["worst_before"], day["worst_after"]) == (max(short[False]), max(short[True]))
    assert sum(short[True]) > sum(short[False])


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [({"handler": "H002", "first": "2026-04-10", "last": "2026-04-12"}, 422, "has a duty"),
     ({"handler": "H999", "first": "2026-04-10", "last": "2026-04-12"}, 422, "H999"),
     ({"handler": "H002", "first": "2026-04-12", "last": "2026-04-10"}, 422, "before it starts"),
     ({"handler": "H002", "first": "2026-04-10", "last": "2026-08-12"}, 422, "92 days"),
     ({"handler": "H002", "first": "2026-04-10", "last": "2026-04-12", "reason": "x"}, 422, "reason")],
)  # fmt: skip
def test_a_request_of_nothing_is_refused(stocked, asked, status, word):
    problem(stocked.post(LEAVE, json=asked), status, word)


@pytest.mark.usefixtures("told")
def test_leave_of_a_week_without_a_roster_is_counted_from_nominal_duties(stocked):
    """Three people told to work on Tuesday 31 March; the requirement covers the week, no roster does."""
    request = done(stocked.post(LEAVE, json={"handler": "H002", "first": "2026-03-31", "last": "2026-03-31"}), 201)
    (day,) = request["evidence"]["days"]
    assert (day["basis"], day["start"]) == ("nominal", "2026-03-31T06:00:00Z")
    assert day["short_after_h"] > day["short_before_h"] > 0
    assert request["evidence"]["leaves_short"]
    done(stocked.post(f"{LEAVE}/{request['id']}/decline", json={"reason": "short"}))


@pytest.mark.usefixtures("told")
def test_a_handlers_own_key_asks_for_itself_and_learns_of_nobody_else(stocked):
    made = stocked.post(f"{BASE}/keys", json={"name": "own", "roles": ["handler"], "handler_ref": "H002"})
    own = bearer(done(made, 201)["key"])
    asked = {"handler": "H002", "first": "2026-05-11", "last": "2026-05-11"}
    request = done(stocked.post(LEAVE, json=asked, headers=own), 201)
    assert request["evidence"]["days"][0]["others_off"] is None
    for_planners = done(stocked.get(f"{LEAVE}/{request['id']}"))
    assert for_planners["evidence"]["days"][0]["others_off"] == 0
    problem(stocked.post(LEAVE, json=asked | {"handler": "H001"}, headers=own), 404, "H001")
    problem(stocked.post(LEAVE, json=asked | {"handler": "H999"}, headers=own), 404, "H999")
    problem(stocked.get(LEAVE, headers=own), 403)
    problem(stocked.post(f"{LEAVE}/{request['id']}/approve", json={"reason": "x"}, headers=own), 403)
    listed = done(stocked.get(f"{BASE}/handlers/H002/leave-requests", headers=own))["requests"]
    assert request["id"] in [one["id"] for one in listed]
    problem(stocked.get(f"{BASE}/handlers/H001/leave-requests", headers=own), 404)
    done(stocked.post(f"{LEAVE}/{request['id']}/decline", json={"reason": "tried"}))


@pytest.mark.usefixtures("told")
def test_a_consent_withdrawn_after_publication_names_the_duties_that_rest_on_it(stocked, make):
    week = WEEK + 7 * DAY
    patch(stocked, "H002", consent={"start_later_min": 60, "finish_later_min": 60})
    base = make(week)
    moved = [later(d, HOUR) if (d.handler, d.start.weekday()) == ("H002", 1) else d for d in plain(stocked, base)]
    roster_id = make(week, duties=moved)
    answer = publish(stocked, roster_id)
    if answer.status_code == 409:  # earlier tests told people something else of these days
        etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
        body = {"agreed": missing_consent(answer)}
        done(stocked.post(f"{ROSTERS}/{roster_id}/publish", json=body, headers={"If-Match": etag}))
    assert patch(stocked, "H002", consent={"start_later_min": 75})["published"] == [], "wider harms nothing"
    changed = patch(stocked, "H002", consent={"start_later_min": 45})
    (duty,) = changed["published"]
    assert (duty["roster_id"], duty["handler"], duty["date"], duty["why"]) == (
        roster_id, "H002", "2026-03-31", "consent"
    )  # fmt: skip
    skills = patch(stocked, "H001", skills=[{"skill": "101"}])["published"]
    assert {(one["why"], one["handler"]) for one in skills} == {("skill", "H001")}
    patch(stocked, "H001", skills=["999", "101"])
    for agreed, days in (({"latest": "15:45"}, 4), ({"latest": "16:00"}, 0), ({"off": True}, 4)):
        agreement = {"weekdays": ["Monday", "Tuesday", "Wednesday", "Thursday"], **agreed}
        named = patch(stocked, "H001", agreements=[agreement])["published"]
        assert [one["why"] for one in named] == ["agreement"] * days
        patch(stocked, "H001", agreements=[])
    etag = stocked.get(f"{BASE}/handlers/H002").headers["ETag"]
    gone = done(stocked.delete(f"{BASE}/handlers/H002", headers={"If-Match": etag}))
    assert {one["why"] for one in gone} == {"left"}
    assert len(gone) == 4
    done(add_handlers(stocked, handler_body("H002")))
    supersede(stocked, roster_id)


def test_a_pattern_as_told_says_the_days_told_and_keeps_the_cycles_of_learning():
    who = learner(60, 4)
    first, until = date(2026, 6, 3), date(2026, 7, 20)
    changed = dict.fromkeys(first + n * DAY for n in (0, 10, 46))
    made = with_told_days(who, changed, first, until)
    plain_days = pattern_days(who, first, until - DAY)
    assert pattern_days(made, first, until - DAY) == plain_days | changed
    assert (made.pattern.anchor - who.pattern.anchor).days % 28 == 0
    assert made.pattern.anchor <= first
