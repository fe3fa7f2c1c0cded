"""Asking for forecasts, requirements and rosters: what must be there first, and one run for one request."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select

from app.access import Work
from app.database import EVERY_FORCE, force_session
from app.forces import repository as forces
from app.identity.roles import Role
from app.identity.service import Actor
from app.runs import service as runs
from app.tables import ActorRow, RunRow
from tests.helpers import (
    FORCE,
    ORIGIN,
    add_calls,
    add_force,
    add_handlers,
    compute_run,
    done,
    handler_body,
    history_csv,
    problem,
)

WEEK = "2026-03-23"
ELSEWHERE = "00000000-0000-7000-8000-000000000000"


def post(api, what, body=None, key=None):
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.post(f"/v1/forces/{FORCE}/{what}", json=body or {}, headers=headers)


def n_runs(engine) -> int:
    with force_session(engine, EVERY_FORCE) as session:
        return session.scalar(select(func.count()).select_from(RunRow))


def jobs(urls) -> list[str]:
    with psycopg.connect(urls.owner) as connection:
        rows = connection.execute("select args->>'run_id' from procrastinate.procrastinate_jobs").fetchall()
        return [run for (run,) in rows]


def test_before_there_is_anything(api, engine, database):
    add_force(api)
    problem(post(api, "forecasts"), 409, "no call history", "/calls")
    problem(post(api, "requirements"), 404, "no forecast yet", "/forecasts")
    problem(post(api, "rosters", {"week_start": WEEK}), 404, "no requirement yet", "/requirements")
    for what in ("forecast", "requirement", "roster"):
        problem(api.get(f"/v1/forces/{FORCE}/{what}s/latest"), 404, f"no {what} yet")
        problem(api.get(f"/v1/forces/{FORCE}/{what}s/{ELSEWHERE}"), 404, ELSEWHERE)
        problem(api.get(f"/v1/forces/{FORCE}/{what}s/newest"), 422, "newest", "latest")
    problem(api.get(f"/v1/forces/{FORCE}/rosters/latest/certificate"), 404, "no roster yet")
    assert n_runs(engine) == 0
    assert jobs(database) == []


@pytest.mark.parametrize(("missing", "status"), [(0, 202), (1, 409)])
def test_history_of_two_weeks_is_needed(api, engine, missing, status):
    add_force(api)
    lines = history_csv(2, queues=("999",)).splitlines()
    done(add_calls(api, "\n".join([lines[0], *lines[1 + missing :]])))
    answer = post(api, "forecasts")
    if missing:
        problem(answer, 409, "queue 999", "14.0 days", "at least 14")
    assert answer.status_code == status
    assert n_runs(engine) == 1 - missing


def test_a_queue_that_starts_late_follows_the_other_after_a_day(api, engine):
    add_force(api)
    done(add_calls(api, history_csv(3, queues=("999",))))
    week = history_csv(1, queues=("101",)).splitlines()
    done(add_calls(api, "\n".join([week[0], *week[-95:]])))
    problem(post(api, "forecasts"), 409, "queue 101", "1.0 days", "or 1 beside a queue that has them")
    done(add_calls(api, "\n".join([week[0], *week[-96:]])))
    run = done(post(api, "forecasts", {"weeks": 1, "paths": 50}), 202)
    made = done(api.get(f"/v1/forces/{FORCE}/forecasts/{compute_run(engine, run['id'])['forecast_id']}"))
    assert any("queue 101: 1.0 days" in note and "999" in note for note in made["description"]["notes"])


def test_no_queue_with_two_weeks_is_refused(api):
    add_force(api)
    done(add_calls(api, history_csv(1)))
    problem(post(api, "forecasts"), 409, "7.0 days", "14")


def test_a_forecast_ends_where_all_queues_have_history(api):
    add_force(api)
    done(add_calls(api, history_csv(3, queues=("999",))))
    done(add_calls(api, history_csv(3, ORIGIN - timedelta(hours=2), queues=("101",))))
    inputs = done(post(api, "forecasts", {"weeks": 13}), 202)["inputs"]
    assert inputs["until"] == "2026-03-22T22:00:00+00:00"
    assert (inputs["weeks"], inputs["queues"]) == (13, ["101", "999"])


@pytest.mark.parametrize(
    ("body", "word"),
    [({"weeks": 0}, "weeks"), ({"weeks": 14}, "weeks"), ({"paths": 49}, "paths"), ({"paths": 1001}, "paths"),
     ({"seed": -1}, "seed"), ({"seed": 2**31}, "seed"), ({"week": 1}, "week"), ({"weeks": 1.5}, "weeks")],
)  # fmt: skip
def test_a_forecast_that_can_not_be_made_is_refused(api, body, word):
    add_force(api)
    problem(post(api, "forecasts", body), 422, word)


def test_the_answer_is_a_run_and_says_where_to_follow_it(api, database):
    add_force(api)
    done(add_calls(api, history_csv(2)))
    answer = post(api, "forecasts", {"seed": 5})
    run = done(answer, 202)
    assert answer.headers["location"] == f"/v1/runs/{run['id']}"
    assert (run["status"], run["kind"], run["force"], run["seed"], run["progress"]) == (
        "queued",
        "forecast",
        FORCE,
        5,
        0,
    )
    assert run["versions"]["pacesetter"]
    assert done(api.get(answer.headers["location"])) == run
    assert jobs(database) == [run["id"]]


def test_an_idempotency_key_answers_the_first_run_again(api, engine, database):
    add_force(api)
    done(add_calls(api, history_csv(2)))
    first = done(post(api, "forecasts", {"weeks": 2}, "monday"), 202)
    assert done(post(api, "forecasts", {"weeks": 2}, "monday"), 202)["id"] == first["id"]
    for other in ({"weeks": 3}, {"weeks": 2, "seed": 2}, {"weeks": 2, "paths": 100}):
        problem(post(api, "forecasts", other, "monday"), 409, "monday", "another request")
    assert n_runs(engine) == 1
    assert jobs(database) == [first["id"]]
    assert done(post(api, "forecasts", {"weeks": 2}, "tuesday"), 202)["id"] != first["id"]
    assert done(post(api, "forecasts", {"weeks": 2}), 202)["id"] != first["id"]


def test_an_idempotency_key_holds_whatever_was_stored_since(api, engine):
    """A retry after a lost answer: history, settings and even the newest forecast may have changed in between."""
    add_force(api)
    done(add_calls(api, history_csv(2)))
    first = done(post(api, "forecasts", {"weeks": 1, "paths": 50}, "f"), 202)["id"]
    compute_run(engine, first)
    second = done(post(api, "requirements", {}, "r"), 202)["id"]
    done(add_calls(api, history_csv(1, ORIGIN + timedelta(weeks=1))))
    done(api.put(f"/v1/forces/{FORCE}/settings", json={"shrinkage": 0.2}))
    compute_run(engine, done(post(api, "forecasts", {"weeks": 1, "paths": 50}), 202)["id"])
    again = done(post(api, "forecasts", {"weeks": 1, "paths": 50}, "f"), 202)
    assert (again["id"], again["status"]) == (first, "succeeded")
    assert done(post(api, "requirements", {}, "r"), 202)["id"] == second
    problem(post(api, "requirements", {}, "f"), 409, "another request")


def test_two_forces_may_use_the_same_idempotency_key(api):
    for force in (FORCE, "southshire"):
        add_force(api, force)
        done(add_calls(api, history_csv(2), force))
    seen = {
        done(api.post(f"/v1/forces/{force}/forecasts", json={}, headers={"Idempotency-Key": "k"}), 202)["id"]
        for force in (FORCE, "southshire")
    }
    assert len(seen) == 2


def test_a_run_and_its_job_are_written_together_or_not_at_all(api, engine, database):
    add_force(api)
    with force_session(engine, EVERY_FORCE) as session:
        row = forces.find(session, FORCE)
        actor = Actor(session.scalars(select(ActorRow.id).limit(1)).one(), "x", frozenset({Role.PLANNER}), row.id)
        runs.request(Work(session, actor, row), "forecast", {}, {}, 1)
        assert session.connection().exec_driver_sql("select count(*) from procrastinate_jobs").scalar_one() == 1
        session.rollback()
    assert n_runs(engine) == 0
    assert jobs(database) == []


def test_a_requirement_needs_both_queues(api, engine):
    add_force(api)
    done(add_calls(api, history_csv(2, queues=("999",))))
    compute_run(engine, done(post(api, "forecasts", {"weeks": 1, "paths": 50}), 202)["id"])
    problem(post(api, "requirements"), 409, "no queue 101", "history of both")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"from": "2026-03-22T23:45:00Z"}, ["2026-03-22T23:45", "2026-03-23T00:00"]),
        ({"to": "2026-04-05T23:15:00Z"}, ["2026-04-05T23:15", "2026-04-05T23:00"]),
        ({"from": "2026-03-24T00:00:00Z", "to": "2026-03-24T00:00:00Z"}, ["span"]),
        ({"from": "2026-03-24T00:05:00Z"}, ["quarter-hour"]),
        ({"from": "2026-03-24T00:00:00"}, ["from", "timezone"]),
        ({"since": "2026-03-24T00:00:00Z", "untill": 1}, ["untill", "not permitted"]),
    ],
)
def test_a_requirement_lies_inside_its_forecast(stocked, span, words):
    problem(post(stocked, "requirements", span), 422, *words)


def test_a_requirement_of_another_forces_forecast_is_unknown(stocked):
    theirs = done(stocked.get("/v1/forces/southshire/forecasts/latest"))["id"]
    problem(post(stocked, "requirements", {"forecast_id": theirs}), 404, theirs)
    problem(stocked.get(f"/v1/forces/{FORCE}/forecasts/{theirs}"), 404, theirs)


@pytest.mark.parametrize("week", ["2026-03-24", "2026-03-29"])
def test_a_week_starts_on_a_monday(stocked, week):
    problem(post(stocked, "rosters", {"week_start": week}), 422, "week_start", week, "Monday")


@pytest.mark.parametrize("week", ["2026-03-16", "2026-04-06"])
def test_a_week_without_a_requirement_is_refused(stocked, week):
    problem(post(stocked, "rosters", {"week_start": week}), 409, week, "2026-03-23T00:00", "2026-04-05T23:00")


@pytest.mark.parametrize(
    ("change", "word"),
    [({"week_start": "9999-12-27"}, "week_start"), ({"week_start": "0001-01-01"}, "week_start"),
     ({"seconds": 4}, "seconds"), ({"seconds": 3601}, "seconds"), ({"mode": "monthly"}, "mode"), ({"seed": -1}, "seed"),
     ({"forecast_id": ELSEWHERE}, "forecast_id")],
)  # fmt: skip
def test_a_roster_that_can_not_be_made_is_refused(stocked, change, word):
    problem(post(stocked, "rosters", {"week_start": WEEK} | change), 422, word)


@pytest.mark.parametrize("week", ["2026-03-23", "2026-03-30"])
def test_a_roster_names_what_it_will_be_made_from(stocked, week):
    requirement = done(stocked.get(f"/v1/forces/{FORCE}/requirements/latest"))
    run = done(post(stocked, "rosters", {"week_start": week, "seconds": 5}), 202)
    assert run["inputs"]["requirement_id"] == requirement["id"]
    assert run["inputs"]["forecast_id"] == requirement["forecast_id"]
    UUID(run["id"])


def test_a_roster_needs_people(api, engine):
    add_force(api)
    done(add_calls(api, history_csv(2)))
    compute_run(engine, done(post(api, "forecasts", {"weeks": 1, "paths": 50}), 202)["id"])
    compute_run(engine, done(post(api, "requirements"), 202)["id"])
    problem(post(api, "rosters", {"week_start": WEEK}), 409, "no handlers", "/handlers")
    done(add_handlers(api, handler_body()))
    done(post(api, "rosters", {"week_start": WEEK}), 202)


@pytest.mark.parametrize(("late", "status"), [(timedelta(days=2), 202), (timedelta(days=2, minutes=15), 409)])
def test_a_queue_that_ends_long_before_the_other_is_named(api, late, status):
    add_force(api)
    done(add_calls(api, history_csv(4, queues=("999",))))
    done(add_calls(api, history_csv(4, ORIGIN - late, queues=("101",))))
    answer = post(api, "forecasts")
    assert answer.status_code == status, answer.text
    if status == 409:
        problem(answer, 409, "101", "end")
