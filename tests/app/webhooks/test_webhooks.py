"""Addresses over HTTP, and their messages as the worker sends them to the guide's own receiver."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, force_session, utc_now, work_for
from app.forces import repository as forces
from app.runs import schedule
from app.runs import service as runs
from app.settings import settings
from app.tables import RunRow, WebhookDeliveryRow, WebhookRow
from app.webhooks import deliver
from app.webhooks.post import Attempt
from tests.helpers import FORCE, add_calls, add_force, done, history_csv, problem

GUIDE = Path(__file__).parents[3] / "docs/guides/webhooks.md"
HOOKS = f"/v1/forces/{FORCE}/webhooks"


@pytest.fixture
def loopback(monkeypatch):
    """The installation names its own machine as a network that may be told."""
    monkeypatch.setenv("PACESETTER_WEBHOOK_NETWORKS", "127.0.0.0/8")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def force_id(api, engine) -> UUID:
    add_force(api)
    with force_session(engine, EVERY_FORCE) as session:
        return forces.find(session, FORCE).id


def registered(api, url="https://hooks.example.org/in", *events):
    return done(api.post(HOOKS, json={"url": url, "events": list(events) or ["run.finished"]}), 201)


def deliveries(api, hook, **query):
    return done(api.get(f"{HOOKS}/{hook['id']}/deliveries", params=query))["deliveries"]


def jobs(database) -> list[tuple]:
    """Jobs of messages that wait in the queue: message, number of the attempt, seconds until it begins."""
    with psycopg.connect(database.owner) as connection:
        found = connection.execute(
            "select args->>'delivery_id', (args->>'attempt')::int, extract(epoch from scheduled_at - now()), "
            "queue_name "
            "from procrastinate.procrastinate_jobs where task_name = 'webhooks.deliver' order by id"
        ).fetchall()
    assert {queue for *_, queue in found} <= {"prompt"}
    return [(message, attempt, wait and float(wait)) for message, attempt, wait, _ in found]


def receiver_source() -> str:
    (source,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return source


@contextmanager
def receiver(secret: str, port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", receiver_source()],
        env=os.environ | {"WEBHOOK_SECRET": secret, "PORT": f"{port}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.usefixtures("loopback")
def test_the_guides_receiver_is_told_once_and_believes_nobody_else(api, engine, force_id):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hook = registered(api, f"http://127.0.0.1:{port}/")
    with receiver(hook["secret"], port) as process:
        sent = done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)
        deliver.deliver(engine, force_id, UUID(sent["id"]), 1)
        deliver.deliver(engine, force_id, UUID(sent["id"]), 1)  # the queue may hand a job out again
        (row,) = deliveries(api, hook)
        assert (row["status"], row["attempts"], row["response_status"], row["error"]) == ("delivered", 1, 204, None)
        again = done(api.post(f"{HOOKS}/{hook['id']}/deliveries/{sent['id']}/redeliver"), 202)
        assert (again["id"], again["status"], again["attempts"]) == (sent["id"], "waiting", 0)
        deliver.deliver(engine, force_id, UUID(sent["id"]), 1)
        # While both secrets sign, a receiver that knows only the old one still believes; after the grace it does not.
        for grace_h, status in ((1, "delivered"), (0, "waiting")):
            done(api.post(f"{HOOKS}/{hook['id']}/rotate", json={"grace_h": grace_h}), 201)
            late = done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)
            deliver.deliver(engine, force_id, UUID(late["id"]), 1)
            assert deliveries(api, hook)[0]["status"] == status
        assert deliveries(api, hook)[0]["response_status"] == 401
        process.terminate()
        printed = process.communicate(timeout=10)[0].splitlines()
    assert len(printed) == 2  # sent again under the same identifier, it was seen already
    assert "webhook.test" in printed[0]
    assert hook["id"] in printed[0]


def test_the_end_of_a_run_is_told_in_its_own_transaction(api, engine, database, force_id):
    hook = registered(api)
    registered(api, "https://hooks.example.org/rosters", "roster.published")
    done(add_calls(api, history_csv(2)))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)
    with Session(engine) as session:
        work_for(session, force_id)
        runs.cancel(session, session.get_one(RunRow, UUID(run["id"])))
        session.flush()
        session.rollback()
    assert deliveries(api, hook) == []
    assert jobs(database) == []
    done(api.delete(f"/v1/runs/{run['id']}"))
    (row,) = deliveries(api, hook)
    assert jobs(database) == [(row["id"], 1, None)]
    told = json.loads(row["body"])
    assert told["type"] == "run.finished"
    assert told["data"] == {"run_id": run["id"], "kind": "forecast", "status": "cancelled", "outcome": None,
                            "href": f"/v1/runs/{run['id']}"}  # fmt: skip


def test_failures_are_tried_again_with_growing_waits_then_given_up_then_disable(
    api, engine, database, force_id, monkeypatch
):
    hook = registered(api)
    monkeypatch.setattr(deliver, "attempt", lambda *_: Attempt(503, "the answer was 503: expected 2xx"))
    for n in range(deliver.DISABLED_AFTER):
        sent = done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)
        for number in range(1, deliver.MOST_ATTEMPTS + 1):
            deliver.deliver(engine, force_id, UUID(sent["id"]), number)
            row = deliveries(api, hook)[0]
            assert row["attempts"] == number
            assert row["status"] == ("waiting" if number < deliver.MOST_ATTEMPTS else "given_up")
        now = done(api.get(f"{HOOKS}/{hook['id']}"))
        assert now["enabled"] is (n + 1 < deliver.DISABLED_AFTER)
    waits = [wait for message, number, wait in jobs(database) if message == sent["id"] and number > 1]
    assert len(waits) == len(deliver.WAITS_S)
    for wait, least in zip(waits, deliver.WAITS_S, strict=True):
        assert least - 30 <= wait <= 1.1 * least + 1  # rounded, and the test's own time
    assert "503" in now["disabled_reason"]
    line = done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"][0]
    assert (line["action"], line["before"], line["after"]) == (
        "webhook disabled", {"enabled": True}, {"enabled": False}
    )  # fmt: skip
    problem(api.post(f"{HOOKS}/{hook['id']}/test"), 409, "disabled", "503")
    done(api.patch(f"{HOOKS}/{hook['id']}", json={"enabled": True}))
    waiting = done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)
    done(api.delete(f"{HOOKS}/{hook['id']}", params={"reason": "moved"}))
    deliver.deliver(engine, force_id, UUID(waiting["id"]), 1)
    problem(api.get(f"{HOOKS}/{hook['id']}"), 404)
    with force_session(engine, force_id) as session:
        row = session.get(WebhookDeliveryRow, UUID(waiting["id"]))
        assert (row.status, row.n_attempts) == ("given_up", 0)
        assert session.get(WebhookRow, UUID(hook["id"])).secret is None


def test_gone_disables_at_once_and_success_begins_the_count_anew(api, engine, force_id, monkeypatch):
    hook = registered(api)
    with force_session(engine, force_id) as session:
        session.execute(update(WebhookRow).values(n_given_up=deliver.DISABLED_AFTER - 1))
    monkeypatch.setattr(deliver, "attempt", lambda *_: Attempt(200, None))
    sent = done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)
    deliver.deliver(engine, force_id, UUID(sent["id"]), 1)
    assert done(api.get(f"{HOOKS}/{hook['id']}"))["given_up_in_a_row"] == 0
    monkeypatch.setattr(deliver, "attempt", lambda *_: Attempt(410, "the answer was 410: expected 2xx"))
    sent = done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)
    deliver.deliver(engine, force_id, UUID(sent["id"]), 1)
    assert deliveries(api, hook, status="given_up")[0]["id"] == sent["id"]
    assert "410" in done(api.get(f"{HOOKS}/{hook['id']}"))["disabled_reason"]


def test_a_message_that_has_lost_its_job_gets_another(api, engine, database, force_id):
    hook = registered(api)
    late, kept, soon = [done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)["id"] for _ in range(3)]
    with force_session(engine, force_id) as session:
        for message in (late, kept):
            session.get(WebhookDeliveryRow, UUID(message)).next_at -= timedelta(minutes=6)
        session.get(WebhookDeliveryRow, UUID(soon)).next_at -= timedelta(minutes=4)
    with psycopg.connect(database.owner, options="-c search_path=procrastinate") as connection:
        lost = "delete from procrastinate_jobs where args->>'delivery_id' = any(%s)"
        connection.execute(lost, ([late, soon],))
    for _ in range(2):
        deliver.care(engine)
        assert jobs(database) == [(kept, 1, None), (late, 1, None)]


def test_what_was_settled_long_ago_is_removed_by_night_and_nothing_else(api, engine, force_id, monkeypatch):
    hook, gone = registered(api), registered(api)
    monkeypatch.setattr(deliver, "attempt", lambda *_: Attempt(200, None))
    to = (hook, hook, hook, hook, gone)
    sent = [UUID(done(api.post(f"{HOOKS}/{one['id']}/test"), 202)["id"]) for one in to]
    done(api.delete(f"{HOOKS}/{gone['id']}"))
    for message in (*sent[:3], sent[4]):
        deliver.deliver(engine, force_id, message, 1)
    with force_session(engine, force_id) as session:
        for message, days in ((sent[0], 31), (sent[1], 29), (sent[4], 31)):
            session.get(WebhookDeliveryRow, message).settled_at -= timedelta(days=days)
    schedule.retain(engine, utc_now())
    with force_session(engine, force_id) as session:
        assert set(session.scalars(select(WebhookDeliveryRow.id))) == set(sent[1:4])


@pytest.mark.usefixtures("force_id")
def test_the_secret_is_shown_once_and_changes_leave_lines(api):
    hook = registered(api)
    assert hook["secret"].startswith("whsec_")
    rotated = done(api.post(f"{HOOKS}/{hook['id']}/rotate", json={}), 201)
    assert rotated["secret"] != hook["secret"]
    done(api.patch(f"{HOOKS}/{hook['id']}", json={"enabled": False, "events": ["roster.published"]}))
    done(api.patch(f"{HOOKS}/{hook['id']}", json={}))
    shown = api.get(HOOKS).text + api.get(f"{HOOKS}/{hook['id']}").text + api.get(f"/v1/forces/{FORCE}/audit").text
    assert "whsec_" not in shown
    assert hook["secret"][6:] not in shown
    lines = done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"]
    assert [line["action"] for line in lines][:3] == ["webhook changed", "webhook secret rotated", "webhook made"]
    assert (lines[0]["before"]["enabled"], lines[0]["after"]["enabled"]) == (True, False)


@pytest.mark.usefixtures("force_id")
def test_what_can_not_be_told_is_refused(api):
    for url in ("http://hooks.example.org/", "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data"):
        problem(api.post(HOOKS, json={"url": url, "events": ["run.finished"]}), 422, "url", url)
    for events in ([], ["webhook.test"], ["everything"]):
        problem(api.post(HOOKS, json={"url": "https://example.org/", "events": events}), 422, "events")
    hook = registered(api)
    problem(api.patch(f"{HOOKS}/{hook['id']}", json={"url": "https://[::1]/"}), 422, "url")
    sent = done(api.post(f"{HOOKS}/{hook['id']}/test"), 202)
    problem(api.post(f"{HOOKS}/{hook['id']}/deliveries/{sent['id']}/redeliver"), 409, "waits")
    other = registered(api)
    problem(api.post(f"{HOOKS}/{other['id']}/deliveries/{sent['id']}/redeliver"), 404, sent["id"])
    for _ in range(18):
        registered(api)
    problem(api.post(HOOKS, json={"url": "https://example.org/", "events": ["run.finished"]}), 409, "20")


def test_messages_are_seen_by_their_own_force_alone(api, engine, force_id):
    done(api.post(f"{HOOKS}/{registered(api)['id']}/test"), 202)
    for seen_from, n in ((force_id, 1), (EVERY_FORCE, 1), (UUID(int=0), 0)):
        with force_session(engine, seen_from) as session:
            assert session.query(WebhookRow).count() == n
            assert session.query(WebhookDeliveryRow).count() == n
