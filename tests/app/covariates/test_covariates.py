"""Feeds over HTTP: append-only, known by date, late where they do not reach, refused where they can't be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select

from app.covariates import service
from app.covariates.schemas import MOST_ROWS
from app.database import EVERY_FORCE, force_session, utc_now
from app.tables import ForceRow
from tests.helpers import FORCE, ORIGIN, OTHER, add_calls, add_force, compute_run, done, history_csv, problem

FEEDS = f"/v1/forces/{FORCE}/covariates"
MORNING = "2026-06-01T06:00:00Z"
EVENING = "2026-06-01T18:00:00Z"


@pytest.fixture
def api(api):
    add_force(api)
    return api


def post(api, *rows, name="rainfall_mm", headers=None, **body):
    keys = ("date", "value", "issued_at")
    content = {"rows": [dict(zip(keys, row, strict=False)) for row in rows]} | body
    return api.post(f"{FEEDS}/{name}", json=content, headers=headers)


def post_csv(api, text, name="rainfall_mm"):
    return api.post(f"{FEEDS}/{name}", content=text, headers={"Content-Type": "text/csv"})


def known(api, **query):
    answer = done(api.get(f"{FEEDS}/rainfall_mm", params=query))
    return dict(zip(answer["date"], answer["value"], strict=True))


def test_a_later_issue_counts_from_then_on_and_the_earlier_one_stays(api):
    assert done(post(api, ("2026-06-02", 4), ("2026-06-03", 1.5), issued_at=MORNING))["inserted"] == 2
    assert done(post(api, ("2026-06-03", 9, EVENING)))["inserted"] == 1
    assert known(api) == {"2026-06-02": 4, "2026-06-03": 9}
    assert known(api, known_by=EVENING) == {"2026-06-02": 4, "2026-06-03": 9}
    assert known(api, known_by="2026-06-01T17:59:59Z") == {"2026-06-02": 4, "2026-06-03": 1.5}
    assert known(api, known_by="2026-06-01T05:59:59Z") == {}
    assert known(api, **{"from": "2026-06-03"}) == {"2026-06-03": 9}
    assert known(api, to="2026-06-02") == {"2026-06-02": 4}


def test_csv_says_the_same(api):
    text = f"date,value,issued_at\r\n2026-06-02,4,{MORNING}\r\n2026-06-03,1.5,{MORNING}\r\n"
    assert done(post_csv(api, text)) == done(post(api, ("2026-06-02", 4), issued_at=MORNING)) | {
        "inserted": 2, "unchanged": 0, "last": "2026-06-03"
    }  # fmt: skip
    assert done(post_csv(api, "date,value\n2026-06-04,7\n"))["inserted"] == 1
    assert known(api, known_by=MORNING) == {"2026-06-02": 4, "2026-06-03": 1.5}


def test_the_same_twice_changes_nothing_and_an_issue_is_not_rewritten(api, database):
    done(post(api, ("2026-06-02", 4), issued_at=MORNING))
    assert done(post(api, ("2026-06-02", 4), issued_at=MORNING))["unchanged"] == 1
    problem(
        post(api, ("2026-06-03", 1), ("2026-06-02", 5), issued_at=MORNING), 409, "rainfall_mm", "2026-06-02", "4", "5"
    )
    assert known(api) == {"2026-06-02": 4}
    with psycopg.connect(database.owner) as connection:
        lines = connection.execute("select subject, details from audit where action = 'covariate values'").fetchall()
    assert [(subject, details["inserted"]) for subject, details in lines] == [("rainfall_mm", 1)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("2026-06-02", "4.5")], ["rows[0].value", "4.5", "number"]),
        ([("2026-06-02", True)], ["rows[0].value", "number"]),
        ([(1780358400, 1)], ["rows[0].date", "not a number"]),
        ([("2026-06-02", 1, 1780358400)], ["rows[0].issued_at", "not a number"]),
        ([("2026-06-02", None)], ["rows[0].value"]),
        ([("2026-06-02",)], ["rows[0].value", "required"]),
        ([("2026-06-31", 1)], ["rows[0].date", "2026-06-31"]),
        ([("1989-12-31", 1)], ["rows[0].date", "1990"]),
        ([("2026-06-02", 1, "2026-06-01T06:00:00")], ["rows[0].issued_at", "timezone"]),
        ([("2026-06-02", 1), ("2026-06-02", 2)], ["rows[1].value", "2026-06-02", "2"]),
        ([], ["rows", "at least 1"]),
    ],
)
def test_what_a_feed_can_not_hold_is_refused(bare, rows, words):
    problem(post(bare, *rows, issued_at=MORNING), 422, *words)
    assert done(bare.get(FEEDS))["feeds"] == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400"])
def test_a_value_that_is_not_finite_is_refused(bare, value):
    content = f'{{"rows": [{{"date": "2026-06-02", "value": {value}}}]}}'
    answer = bare.post(f"{FEEDS}/rainfall_mm", content=content, headers={"Content-Type": "application/json"})
    problem(answer, 422, "rows[0].value", "finite")
    assert done(bare.get(FEEDS))["feeds"] == []


def test_nothing_is_issued_in_the_future(api):
    soon = (utc_now() + timedelta(minutes=5)).isoformat()
    problem(post(api, ("2026-06-02", 1, soon)), 422, "rows[0].issued_at", "no later than now")
    problem(post(api, ("2026-06-02", 1), issued_at=soon), 422, "issued_at", "no later than now")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["file", "header"]),
        ("date,value\n", ["rows", "0"]),
        ("day,value\n2026-06-01,1\n", ["header", "day,value"]),
        ("date,value\n2026-06-01,1\n2026-06-02,wet\n", ["row 3", "value", "wet"]),
        ("date,value\n2026-06-01,inf\n", ["row 2", "value", "inf", "finite"]),
        ("date,value\n2026-06-01,true\n", ["row 2", "value", "true"]),
        ("date,value\n1780358400,1\n", ["row 2", "date", "1780358400", "not a number"]),
        ("date,value\n2026-06-01\n", ["row 2", "2 fields"]),
        ("date,value\n2026-06-01,\n", ["row 2", "value", "required"]),
        ("date,value,issued_at\n2026-06-01,1,yesterday\n", ["row 2", "issued_at", "yesterday"]),
        ('date,value\n"2026-06-01,1\n', ["file"]),
        ("date,value\n" + "2026-06-01,1\n" * (MOST_ROWS + 1), ["rows", str(MOST_ROWS + 1)]),
    ],
)
def test_a_file_that_is_no_feed_is_refused_whole(bare, text, words):
    problem(post_csv(bare, text), 422, *words)
    assert done(bare.get(FEEDS))["feeds"] == []


def test_a_file_that_is_no_text_or_of_another_type_is_refused(api):
    problem(post_csv(api, b"date,value\n\xff\xfe,1\n"), 422, "UTF-8")
    answer = api.post(f"{FEEDS}/rainfall_mm", content=b"<x/>", headers={"Content-Type": "application/xml"})
    problem(answer, 415, "application/xml", "text/csv")
    answer = api.post(f"{FEEDS}/rainfall_mm", content=b"{", headers={"Content-Type": "application/json"})
    problem(answer, 422, "body", "JSON")
    problem(api.post(f"{FEEDS}/rainfall_mm", json=[]), 422, "body", "object")


@pytest.mark.parametrize("name", ["Rain", "1st", "rain-fall", "a" * 41])
def test_a_feeds_name_is_plain(bare, name):
    problem(post(bare, ("2026-06-02", 1), name=name), 422, "name", name)


def test_a_feed_that_never_came_is_unknown(api):
    problem(api.get(f"{FEEDS}/rainfall_mm"), 404, "rainfall_mm", "POST")


@pytest.mark.parametrize(("days", "weeks", "is_late"), [(7, 1, False), (6, 1, True), (14, 2, False), (13, 2, True)])
def test_a_feed_that_does_not_reach_is_late(api, days, weeks, is_late):
    today = utc_now().date()  # the force's date may be another in an hour of the year's summer nights
    rows = [((today + timedelta(days=i)).isoformat(), 1.0) for i in range(-3, days)]
    add_force(api, "utc", timezone="UTC")
    done(api.post("/v1/forces/utc/covariates/visitors", json={"rows": [{"date": d, "value": v} for d, v in rows]}))
    (feed,) = done(api.get("/v1/forces/utc/covariates", params={"weeks": weeks}))["feeds"]
    assert (feed["is_late"], feed["covered_until"], feed["n_dates"]) == (is_late, rows[-1][0], days + 3)


def test_a_gap_ends_what_is_covered(api):
    today = utc_now().date()
    rows = [((today + timedelta(days=i)).isoformat(), 1.0) for i in (-1, 0, 1, 2, 4, 5, 6, 7, 8)]
    done(post(api, *rows))
    (feed,) = done(api.get(FEEDS))["feeds"]
    assert (feed["is_late"], feed["covered_until"]) == (True, (today + timedelta(days=2)).isoformat())
    done(post(api, ("2026-06-02", 1), name="stopped"))
    stopped = {feed["name"]: feed for feed in done(api.get(FEEDS))["feeds"]}["stopped"]
    assert (stopped["is_late"], stopped["covered_until"]) == (True, None)


def test_values_that_came_after_their_date_are_warned_of(api):
    (warning,) = done(post(api, ("2026-05-01", 1), ("2026-05-02", 1)))["warnings"]
    assert "after their date: 2, of 2026-05-01 to 2026-05-02" in warning
    assert "issued_at" in warning
    assert done(post(api, ("2026-06-01", 1, "2026-06-02T06:00:00Z")))["warnings"] == []


def test_a_forecast_takes_what_was_stored_with_all_its_issues(api, engine):
    done(post(api, ("2026-06-02", 4, MORNING)))
    between = utc_now()
    done(post(api, ("2026-06-02", 9, EVENING)))
    with force_session(engine, EVERY_FORCE) as session:
        force_id: UUID = session.scalars(select(ForceRow.id).where(ForceRow.slug == FORCE)).one()
        (earlier,), (later,) = (service.known(session, force_id, at) for at in (between, utc_now()))
    evening = datetime(2026, 6, 1, 18, tzinfo=UTC)
    assert earlier.known_at(evening)[1].tolist() == [4.0]
    assert later.known_at(evening - timedelta(seconds=1))[1].tolist() == [4.0]
    assert later.known_at(evening)[1].tolist() == [9.0]
    assert later.dates.tolist() == [date(2026, 6, 2)] * 2


def test_a_forecast_knows_what_was_issued_until_it_was_asked_for(api, engine):
    done(add_calls(api, history_csv(5, queues=("999",))))
    end = ORIGIN.date()
    days = [(end + timedelta(days=i)).isoformat() for i in range(-35, 7)]
    after = "2026-03-24T06:00:00Z"  # the history has ended, the forecast is not asked for yet
    done(post(api, *[(day, i % 7, after) for i, day in enumerate(days)]))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1, "paths": 50}), 202)
    made = done(api.get(f"/v1/forces/{FORCE}/forecasts/{compute_run(engine, run['id'])['forecast_id']}"))
    assert made["inputs"]["known_by"] == run["created_at"].replace("Z", "+00:00")
    assert made["inputs"]["covariates"]["rainfall_mm"]["rows"] == len(days)
    assert not [note for note in made["description"]["notes"] if "rainfall_mm" in note]


def test_the_number_of_feeds_is_bounded(api):
    for i in range(20):
        done(post(api, ("2026-06-02", 1), name=f"feed_{i}"))
    problem(post(api, ("2026-06-02", 1), name="feed_20"), 409, "feed_20", "20")
    done(post(api, ("2026-06-03", 1), name="feed_19"))


@pytest.mark.parametrize(("role", "status"), [("system", 200), ("planner", 200), ("supervisor", 403), ("auditor", 403)])
def test_systems_may_send_a_feed_and_everyone_may_read_it(api, key_for, role, status):
    headers = key_for(FORCE, role)
    assert post(api, ("2026-06-02", 1), headers=headers).status_code == status
    assert len(done(api.get(FEEDS, headers=headers))["feeds"]) == (status == 200)


def test_another_forces_feed_is_unknown(api):
    add_force(api, OTHER)
    done(post(api, ("2026-06-02", 1)))
    problem(api.get(f"/v1/forces/{OTHER}/covariates/rainfall_mm"), 404, "rainfall_mm")
    assert done(api.get(f"/v1/forces/{OTHER}/covariates"))["feeds"] == []
