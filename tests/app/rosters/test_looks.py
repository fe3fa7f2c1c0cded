"""Files, views and explanations of a stored roster, over HTTP: the same duties to the minute."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from app.rosters.export import COLUMNS, DUTY_COLUMNS
from rostering.roster import Activity, ActivitySpan, Duty
from tests.app.rosters.conftest import WEEK
from tests.helpers import FORCE, add_handlers, done, handler_body, problem

ROSTERS = f"/v1/forces/{FORCE}/rosters"
DUTIES, HOURS = 8, 9  # two handlers, four days; of nine hours each


@pytest.fixture(scope="module", autouse=True)
def teams(stocked):
    done(add_handlers(stocked, handler_body("H001", team="Team A"), handler_body("H002", team="Team B")))


@pytest.fixture
def address(make) -> str:
    return f"{ROSTERS}/{make(WEEK)}"


def file(stocked, address, **query):
    answer = stocked.get(address, params=query)
    assert answer.status_code == 200, answer.text
    return answer


def test_csv_has_a_line_for_each_activity_and_utc_beside_local_time(stocked, address):
    answer = file(stocked, address, format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(lines[0]) == COLUMNS
    assert sum(int(line["minutes"]) for line in lines) == DUTIES * HOURS * 60
    first = lines[0]
    assert (first["handler"], first["team"], first["date"]) == ("H001", "Team A", "2026-03-23")
    assert (first["duty_start"], first["start"], first["start_local"]) == (
        "2026-03-23T07:00:00Z", "2026-03-23T07:00:00Z", "2026-03-23T07:00:00+00:00"
    )  # fmt: skip
    assert 'filename="roster-2026-03-23-all.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("query", [{"handler": "H002"}, {"team": "Team B"}, {"handler": "H002", "team": "Team B"}])
def test_a_file_of_one_handler_or_team(stocked, address, query):
    lines = list(csv.DictReader(io.StringIO(file(stocked, address, format="csv", **query).text)))
    assert {line["handler"] for line in lines} == {"H002"}
    assert sum(int(line["minutes"]) for line in lines) == DUTIES * HOURS * 30


def test_a_workbook_holds_duties_activities_and_hours(stocked, address):
    book = load_workbook(io.BytesIO(file(stocked, address, format="xlsx").content))
    assert book.sheetnames == ["duties", "activities", "hours 2026-03"]
    duties = list(book["duties"].values)
    assert duties[0] == DUTY_COLUMNS
    assert len(duties) == 1 + DUTIES
    total = list(book["hours 2026-03"].values)[-1]
    assert (total[0], total[-1]) == ("total", DUTIES * HOURS)


def test_a_calendar_has_an_event_for_each_duty_in_utc(stocked, address):
    calendar = Calendar.from_ical(file(stocked, address, format="ical", handler="H001").text)
    events = list(calendar.walk("VEVENT"))
    assert len(events) == DUTIES // 2
    assert len({str(event["uid"]) for event in events}) == len(events)
    assert events[0]["dtstart"].to_ical() == b"20260323T070000Z"
    assert events[0]["status"] == "TENTATIVE"
    assert "meal" in events[0]["description"]


def test_what_the_client_has_is_not_sent_again(stocked, address):
    for query in ({}, {"format": "csv"}, {"format": "csv", "handler": "H001"}):
        answer = file(stocked, address, **query)
        again = stocked.get(address, params=query, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert len({file(stocked, address, format=f).headers["ETag"] for f in ("json", "csv", "ical")}) == 3


@pytest.mark.parametrize(
    ("query", "word"),
    [({"format": "pdf"}, "format"), ({"handler": "H001"}, "csv, xlsx or ical"),
     ({"format": "csv", "handler": "H999"}, "H999"), ({"format": "csv", "team": "Team C"}, "Team A, Team B")],
)  # fmt: skip
def test_a_file_of_nobody_is_refused(stocked, address, query, word):
    problem(stocked.get(address, params=query), 422, word)


def test_four_views_agree_to_the_minute(stocked, address):
    days = [done(stocked.get(f"{address}/views/day", params={"date": f"2026-03-{23 + n}"})) for n in range(7)]
    assert sum(sum(day["totals"].values()) for day in days) == DUTIES * HOURS * 60
    assert [len(day["starts"]) for day in days] == [96] * 6 + [92], "the clocks go forward on Sunday"
    codes = {row["handler"]: row["codes"] for row in days[0]["rows"]}
    assert codes["H001"][:29] == "." * 28 + "9"
    assert sum(code != "." for code in codes["H001"]) == 4 * HOURS
    for view in ("week", "month", "year"):
        table = done(stocked.get(f"{address}/views/{view}", params={"date": "2026-03-25"}))
        assert table["total"]["on_duty_min"] == DUTIES * HOURS * 60
        assert [row["total"]["on_duty_min"] for row in table["rows"]] == [DUTIES * HOURS * 30] * 2
        assert table["total"]["minutes"]["meal"] == sum(day["totals"].get("meal", 0) for day in days)
    one = done(stocked.get(f"{address}/views/week", params={"handler": "H002"}))
    assert [row["handler"] for row in one["rows"]] == ["H002"]
    assert len(one["columns"]) == 7
    problem(stocked.get(f"{address}/views/decade"), 422, "day")
    problem(stocked.get(f"{address}/views/week", params={"handler": "H999"}), 422, "H999")


def test_an_interval_is_explained(stocked, address):
    told = done(stocked.get(f"{address}/explain", params={"interval": "2026-03-23T12:00:00Z"}))
    assert told["start"] == "2026-03-23T12:00:00+00:00"
    assert told["short"]["999"] == max(told["needed"]["999"] - told["on_calls"]["999"], 0)
    assert {person["handler"] for person in told["people"]} == {"H001", "H002"}
    night = done(stocked.get(f"{address}/explain", params={"interval": "2026-03-24T02:00:00Z"}))
    assert {person["presence"] for person in night["people"]} == {"barred"}
    assert night["least"]["short"] > 0, "no roster of these two could be there"
    assert night["binding"]


def test_penalties_are_told_by_rule_and_subject_and_sum_up(stocked, address):
    told = done(stocked.get(f"{address}/explain"))
    tiers = done(stocked.get(address))["certificate"]["solver"]
    for tier, figures in tiers.items():
        assert sum(p["amount"] for p in told["penalties"] if p["tier"] == tier) == figures["objective"]
    one = done(stocked.get(f"{address}/explain", params={"handler": "H001"}))
    assert set(one["people"]) == {"H001"}
    assert one["people"]["H001"]["n_duties"] == 4
    assert {p["subject"] for p in one["penalties"]} <= {"H001"}


@pytest.mark.parametrize(
    ("query", "word"),
    [({"interval": "2026-03-23T12:05:00Z"}, "quarter-hour"), ({"interval": "2026-03-30T12:00:00Z"}, "quarter-hour"),
     ({"handler": "H999"}, "H999"), ({"interval": "2026-03-23T12:00:00Z", "handler": "H001"}, "not both")],
)  # fmt: skip
def test_an_explanation_of_nothing_is_refused(stocked, address, query, word):
    problem(stocked.get(f"{address}/explain", params=query), 422, word)


def test_published_rosters_are_seen_together(stocked, make):
    """Two weeks one after the other; a draft, and the roster that the second one took the place of, are left out."""

    def step(roster_id: str, name: str) -> None:
        etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
        done(stocked.post(f"{ROSTERS}/{roster_id}/{name}", json={"reason": "x"}, headers={"If-Match": etag}))

    def published(week, **asked) -> str:
        roster_id = make(week, **asked)
        step(roster_id, "approve")
        step(roster_id, "publish")
        return roster_id

    start = datetime(2026, 3, 29, 20, tzinfo=UTC)  # Sunday 21:00 local, into the second week
    night = Duty("H001", start, start + timedelta(hours=9),
                 (ActivitySpan(Activity.CALLS_999, start, start + timedelta(hours=9)),))  # fmt: skip
    first = published(WEEK, duties=[night])
    gone = published(WEEK + timedelta(weeks=1))
    second = published(WEEK + timedelta(weeks=1), pinned={"from_roster_id": gone, "handlers": ["H001"]})
    make(WEEK, duties=[night])
    views = f"{ROSTERS}/views"
    month = done(stocked.get(f"{views}/month", params={"date": "2026-03-10"}))
    assert month["rosters"] == [first, second]
    assert month["missing_weeks"] == ["2026-02-23", "2026-03-02", "2026-03-09", "2026-03-16"]
    both = 9 + 2 * 2 * 9  # the night, and Monday and Tuesday of two handlers
    assert month["total"]["on_duty_min"] == 60 * both
    year = done(stocked.get(f"{views}/year", params={"date": "2026-06-01"}))
    assert [cell["on_duty_min"] for cell in year["totals"]][2:4] == [60 * both, 60 * 2 * 2 * 9]
    week = done(stocked.get(f"{views}/week", params={"date": "2026-04-05", "team": "Team A"}))
    assert [row["handler"] for row in week["rows"]] == ["H001"]
    assert week["rows"][0]["total"]["on_duty_min"] == 60 * (6 + 4 * 9), "six hours of the night are Monday's"
    assert (week["rosters"], week["missing_weeks"]) == ([second], [])
    step(first, "supersede")
    again = done(stocked.get(f"{views}/week", params={"date": "2026-04-05", "team": "Team A"}))
    assert again["total"] == week["total"], "what the second week carried over stays in it"
    assert done(stocked.get(f"{views}/day"))["rosters"] == []
    problem(stocked.get(f"{views}/week", params={"handler": "H999"}), 422, "H999")
