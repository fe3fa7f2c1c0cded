"""Names that can be erased, everything held on one handler, and what grows old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, RaiseException
from sqlalchemy import text

from app.access import Work
from app.data_protection import retention
from app.data_protection.repository import NOT_SEARCHED, searched_tables
from app.database import EVERY_FORCE, SERVICE_OPTIONS, force_session, utc_now
from app.forces import repository as forces
from app.identity.service import schedule_actor
from app.runs import schedule
from app.tables import Base
from tests.helpers import (
    FORCE,
    INTERVAL,
    OTHER,
    add_calls,
    add_force,
    add_handlers,
    done,
    handler_body,
    history_csv,
    problem,
)

HANDLERS = f"/v1/forces/{FORCE}/handlers"
NAME = "Jo Bloggs"
LONG_AGO = datetime(2020, 3, 23, tzinfo=UTC)


@pytest.fixture
def force(api):
    add_force(api)
    done(add_handlers(api, handler_body("H001", consent={"start_earlier_min": 30}), handler_body("H002")))


def everything(engine) -> str:
    """All that the database holds, as text."""
    with force_session(engine, EVERY_FORCE) as session:
        tables = [name for name, table in Base.metadata.tables.items() if "force_id" in table.columns]
        return "".join(row for name in tables for row in session.scalars(text(f"select t::text from {name} t")))


@pytest.mark.usefixtures("force")
def test_a_name_stands_apart_and_is_erased_for_good(api, engine):
    problem(api.get(f"{HANDLERS}/H001/name"), 404)
    done(api.put(f"{HANDLERS}/H001/name", json={"name": "Jo"}))
    assert done(api.put(f"{HANDLERS}/H001/name", json={"name": NAME}))["ref"] == "H001"
    assert done(api.get(f"{HANDLERS}/H001/name"))["name"] == NAME
    assert NAME not in api.get(HANDLERS).text
    assert everything(engine).count(NAME) == 1
    assert api.delete(f"{HANDLERS}/H001/name").status_code == 204
    assert api.delete(f"{HANDLERS}/H001/name").status_code == 204
    problem(api.get(f"{HANDLERS}/H001/name"), 404)
    assert NAME not in everything(engine)
    lines = done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"]
    assert [line["action"] for line in lines[:3]] == [
        "handler's name erased",
        "handler's name set",
        "handler's name set",
    ]
    problem(api.put(f"{HANDLERS}/H009/name", json={"name": NAME}), 404, "H009")
    problem(api.put(f"{HANDLERS}/H001/name", json={"name": ""}), 422, "name")


@pytest.mark.usefixtures("force")
def test_names_are_for_planners_and_what_is_held_is_for_administrators(api, key_for):
    done(api.put(f"{HANDLERS}/H001/name", json={"name": NAME}))
    for role, may_name, may_tell in (("supervisor", False, False), ("planner", True, False), ("admin", True, True)):
        headers = key_for(FORCE, role)
        assert api.get(f"{HANDLERS}/H001/name", headers=headers).status_code == (200 if may_name else 403)
        assert api.get(f"{HANDLERS}/H001/subject-access", headers=headers).status_code == (200 if may_tell else 403)


@pytest.mark.usefixtures("force")
def test_subject_access_tells_what_is_held_on_one_handler_and_nothing_of_others(api, database):
    done(api.put(f"{HANDLERS}/H001/name", json={"name": NAME}))
    with psycopg.connect(database.owner) as connection:  # a roster as it is stored, without the runs that made it
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            "insert into rosters (id, run_id, requirement_id, forecast_id, created_at, settings_version, week_start, "
            "weeks, mode, status, revision, body, certificate, force_id) select gen_random_uuid(), gen_random_uuid(), "
            "gen_random_uuid(), gen_random_uuid(), now(), 1, '2026-06-01', 1, 'weekly', 'draft', 1, "
            '\'{"duties": [{"handler": "H001", "start": "07:00"}, {"handler": "H002", "start": "21:00"}]}\', '
            '\'{"problem": {"handlers": [{"ref": "H001"}, {"ref": "H002"}]}}\', id from forces'
        )
    told = done(api.get(f"{HANDLERS}/H001/subject-access"))
    assert (told["ref"], told["name"]) == ("H001", NAME)
    held = {part["table"]: part["rows"] for part in told["held"]}
    assert held.keys() >= {"handlers", "handler_names", "rosters", "audit"}
    assert held["handlers"][0]["body"]["contract"]["weekly_min"] == 1920
    assert held["rosters"][0]["body"] == {"duties": [{"handler": "H001", "start": "07:00"}]}
    assert held["rosters"][0]["week_start"] == "2026-06-01"
    assert held["audit"][0]["details"]["consents"] == {
        "H001": {"before": held["audit"][0]["details"]["consents"]["H001"]["before"],
                 "after": held["audit"][0]["details"]["consents"]["H001"]["after"]}
    }  # fmt: skip
    assert "H002" not in str(told["held"])
    assert all(part["meaning"] for part in told["held"])
    assert done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"][0]["action"] == "subject access"
    problem(api.get(f"{HANDLERS}/H009/subject-access"), 404, "H009")


def test_every_table_is_searched_or_is_known_to_hold_nothing_of_handlers():
    searched = {table.name for table in searched_tables()}
    assert searched >= {"handlers", "rosters", "audit", "runs", "swap_requests"}
    assert NOT_SEARCHED.keys() <= Base.metadata.tables.keys(), "a table is gone: take it out of NOT_SEARCHED"
    assert not searched & NOT_SEARCHED.keys()


def applied(engine, now, slug=FORCE):
    with force_session(engine, EVERY_FORCE) as session:
        force = forces.find(session, slug)
    with force_session(engine, force.id) as session:
        work = Work(session, schedule_actor(session, force.id), force)
        told = {item.what: item.rows for item in retention.preview(work, now).deleted}
        return told, retention.apply(work, now)


def test_what_is_older_than_the_force_keeps_it_is_deleted_as_the_preview_said(api, engine):
    for slug in (FORCE, OTHER):
        add_force(api, slug, retention={"calls_days": 400})
        done(add_calls(api, history_csv(1, LONG_AGO), slug))
    last = LONG_AGO - INTERVAL
    n = 2 * 7 * 96
    assert applied(engine, last + timedelta(days=400)) == ({"calls": n - 2, "sessions": 0}, {"calls": n - 2})
    left = done(api.get(f"/v1/forces/{FORCE}/calls"))["queues"].values()
    assert [datetime.fromisoformat(queue["first"]) for queue in left] == [last, last]  # as old as it may be
    assert applied(engine, last + timedelta(days=400, seconds=1)) == ({"calls": 2, "sessions": 0}, {"calls": 2})
    assert applied(engine, last + timedelta(days=401)) == ({"calls": 0, "sessions": 0}, {})
    assert sum(queue["intervals"] for queue in done(api.get(f"/v1/forces/{OTHER}/calls"))["queues"].values()) == n
    line = done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"][0]
    assert (line["action"], line["actor"]["name"]) == ("retention", "schedule")


def test_the_preview_names_what_is_kept_and_why(api):
    add_force(api)
    told = done(api.get(f"/v1/forces/{FORCE}/retention/preview"))
    assert [item["what"] for item in told["deleted"]] == ["sessions"]
    assert "append-only" in told["kept"]["audit"]
    problem(api.put(f"/v1/forces/{FORCE}/settings", json={"retention": {"calls_days": 399}}), 422, "calls_days")


def test_the_database_itself_refuses_to_delete_what_is_young(database):
    with psycopg.connect(database.service, options=SERVICE_OPTIONS) as connection:
        for what, days in (("calls", 399), ("run_events", 6), ("sessions", 0), ("audit", 9000), ("rosters", 9000)):
            with pytest.raises(RaiseException, match=f"nothing of {what}"), connection.transaction():
                connection.execute("select retain(null, %s, now() - make_interval(days => %s))", (what, days))
        with pytest.raises(InsufficientPrivilege), connection.transaction():
            connection.execute("delete from sessions")


def test_each_night_every_force_is_tidied(api, engine):
    add_force(api, FORCE, retention={"calls_days": 400})
    done(add_calls(api, history_csv(1, LONG_AGO)))
    schedule.retain(engine, utc_now())
    problem(api.get(f"/v1/forces/{FORCE}/calls"), 404)
