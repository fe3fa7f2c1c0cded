"""The audit in the database: linked by it, read by auditors, and any tampering found."""

from __future__ import annotations

import csv
import io
import json
from threading import Thread

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.audit.repository import add_line
from app.audit.service import verified
from app.cli import cli
from app.database import EVERY_FORCE, force_session, work_for
from app.settings import settings
from app.tables import ActorRow, ForceRow
from tests.helpers import FORCE, OTHER, add_force, add_handlers, bearer, done, handler_body, problem

AUDIT = f"/v1/forces/{FORCE}/audit"


@pytest.fixture
def force(api):
    """A force with a few lines: settings twice, handlers with a consent, a key."""
    add_force(api)
    done(api.put(f"/v1/forces/{FORCE}/settings", json={"meals_paid": True}))
    done(add_handlers(api, handler_body("H001"), handler_body("H002", consent={"start_earlier_min": 60})))
    key = done(api.post(f"/v1/forces/{FORCE}/keys", json={"name": "auditor", "roles": ["auditor"]}), 201)
    return bearer(key["key"])


def verdict(engine, force_id=None):
    with Session(engine) as session:
        work_for(session, EVERY_FORCE)
        return verified(session, force_id)


def force_id(engine, slug=FORCE):
    with force_session(engine, EVERY_FORCE) as session:
        return session.scalars(select(ForceRow.id).where(ForceRow.slug == slug)).one()


def tampered(database, *commands):
    """As a superuser who switches the guard off."""
    with psycopg.connect(database.owner) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute("select set_config('pacesetter.force', '*', true)")
        for command in commands:
            connection.execute(command)


def test_lines_tell_who_what_why_before_and_after(api, force):
    page = done(api.get(AUDIT, headers=force))
    lines = page["lines"]
    assert [line["action"] for line in lines] == ["key made", "handlers", "settings", "settings"]
    assert [line["number"] for line in lines] == [4, 3, 2, 1]
    assert page["head"] == {"number": 4, "hash": lines[0]["hash"]}
    changed = lines[2]
    assert (changed["before"]["meals_paid"], changed["after"]["meals_paid"]) == (False, True)
    consents = lines[1]["details"]["consents"]
    assert consents.keys() == {"H002"}
    assert consents["H002"]["before"]["start_earlier_min"] == 0
    assert consents["H002"]["after"]["start_earlier_min"] == 60
    gone = done(api.delete(f"/v1/forces/{FORCE}/keys/{lines[0]['subject']}", params={"reason": "has left"}))
    assert gone["status"] == "revoked"
    assert done(api.get(AUDIT))["lines"][0]["reason"] == "has left"


def test_pages_and_filters(api, force):
    first = api.get(AUDIT, headers=force, params={"limit": 3})
    page = done(first)
    assert [line["number"] for line in page["lines"]] == [4, 3, 2]
    following = first.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    rest = api.get(following, headers=force)
    assert [line["number"] for line in done(rest)["lines"]] == [1]
    assert done(rest)["next_cursor"] is None
    assert "link" not in rest.headers

    def numbers(**filters):
        return [line["number"] for line in done(api.get(AUDIT, headers=force, params=filters))["lines"]]

    assert numbers(order="oldest", limit=2) == [1, 2]
    assert numbers(order="oldest", cursor="2") == [3, 4]
    assert numbers(action="settings") == [2, 1]
    assert numbers(action="settings", subject="version 2") == [2]
    second = page["lines"][2]
    assert numbers(since=second["at"]) == [4, 3, 2]
    assert numbers(until=second["at"]) == [1]
    assert numbers(actor_id=second["actor"]["id"]) == [4, 3, 2, 1]
    problem(api.get(AUDIT, headers=force, params={"cursor": "x"}), 422, "cursor")


@pytest.mark.usefixtures("force")
def test_forces_have_chains_of_their_own(api, engine):
    add_force(api, OTHER)
    done(api.post("/v1/keys", json={"name": "second", "roles": ["admin"]}), 201)
    assert [line["number"] for line in done(api.get(f"/v1/forces/{OTHER}/audit"))["lines"]] == [1]
    whole = done(api.get("/v1/audit"))
    assert [line["action"] for line in whole["lines"]] == ["key made"]
    assert whole["lines"][0]["actor"]["name"] == "first administrator"
    for chain in (None, force_id(engine), force_id(engine, OTHER)):
        assert verdict(engine, chain).holds


def test_exports(api, force, tmp_path):
    text = api.get(AUDIT, headers=force, params={"format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["action"] for row in rows] == ["key made", "handlers", "settings", "settings"]
    assert json.loads(rows[2]["after"])["meals_paid"] is True
    file = tmp_path / "audit.jsonl"
    file.write_bytes(api.get(AUDIT, headers=force, params={"format": "jsonl", "limit": 3}).content)
    assert CliRunner().invoke(cli, ["audit", "verify", "--file", str(file)]).exit_code == 0
    file.write_text(file.read_text().replace("H002", "H003"))
    touched = CliRunner().invoke(cli, ["audit", "verify", "--file", str(file)])
    assert touched.exit_code == 1
    assert "line 3 was changed" in touched.output


@pytest.mark.usefixtures("force")
@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("update audit set details = details || '{\"revision\": 9}' where number = 2", "line 2 (id "),
        ("update audit set at = at + interval '1 microsecond' where number = 2", "line 2 (id "),
        ("delete from audit where number = 3", "line 3 was removed"),
        ("delete from audit where number = 4", "line 4 was removed from the end"),
        ("insert into audit (force_id, at, actor_id, action, subject, details) "
         "select force_id, at, actor_id, 'x', 'x', '{}' from audit where number = 4", "never linked"),
    ],
)  # fmt: skip
def test_tampering_is_found(engine, database, command, fault):
    own = force_id(engine)
    assert verdict(engine, own).holds
    tampered(database, command)
    (found,) = verdict(engine, own).faults
    assert fault in found


@pytest.mark.usefixtures("force")
def test_the_command_finds_it_too_and_remembers_heads(database, tmp_path, monkeypatch):
    monkeypatch.setenv("PACESETTER_DATABASE_URL", database.service)
    settings.cache_clear()
    heads = tmp_path / "heads.json"
    try:
        good = CliRunner().invoke(cli, ["audit", "verify", "--heads", str(heads)])
        assert (good.exit_code, json.loads(heads.read_bytes())[FORCE]["number"]) == (0, 4), good.output
        tampered(
            database,
            "delete from audit where number = 4",
            "update audit_heads h set number = 3, hash = a.hash from audit a "
            "where a.number = 3 and a.force_id = h.force_id",
        )
        assert CliRunner().invoke(cli, ["audit", "verify"]).exit_code == 0  # in itself the shorter chain is whole
        bad = CliRunner().invoke(cli, ["audit", "verify", "--heads", str(heads)])
        assert bad.exit_code == 1
        assert f"{FORCE}: 3 lines, 1 faults" in bad.output
    finally:
        settings.cache_clear()


@pytest.mark.usefixtures("force")
def test_not_even_the_owner_changes_a_line_by_mistake(database):
    with psycopg.connect(database.owner) as connection:
        connection.execute("select set_config('pacesetter.force', '*', true)")
        for command in ("update audit set subject = 'x'", "update audit set hash = null", "delete from audit"):
            with (
                pytest.raises(psycopg.errors.RaiseException, match="neither changed nor removed"),
                connection.transaction(),
            ):
                connection.execute(command)


@pytest.mark.usefixtures("force")
def test_writers_at_the_same_moment_do_not_fork_the_chain(engine):
    own = force_id(engine)
    with force_session(engine, EVERY_FORCE) as session:
        actor = session.scalars(select(ActorRow.id).where(ActorRow.force_id == own)).first()

    def write():
        for number in range(10):
            with force_session(engine, own) as session:
                add_line(session, force_id=own, actor_id=actor, action="x", subject=f"{number}", reason="x")

    writers = [Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = verdict(engine, own)
    assert found.faults == []
    assert (found.n_lines, found.head.number) == (44, 44)
