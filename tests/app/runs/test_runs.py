"""Runs over HTTP: cancelled, followed, unknown."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest

from app.database import EVERY_FORCE, force_session
from app.runs import repository
from app.runs.kinds import KINDS
from app.runs.schemas import RunStatus
from app.web.roster_life import terms
from tests.helpers import FORCE, add_calls, add_force, done, history_csv, problem


@pytest.fixture
def run(api) -> dict:
    add_force(api)
    done(add_calls(api, history_csv(2)))
    return done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)


def finish(engine, run, status=RunStatus.SUCCEEDED, **values) -> None:
    with force_session(engine, EVERY_FORCE) as session:
        row = repository.locked(session, UUID(run["id"]))
        row.status, row.attempt = RunStatus.RUNNING, 1
        for share in (0.25, 0.75):
            repository.add_event(session, row.force_id, row.id, "progress", {"progress": share, "phase": "working"})
        session.flush()
        assert repository.finish(session, row.id, 1, status, **values)
        repository.add_event(session, row.force_id, row.id, str(status), {})


def stream(api, run, after: int | None = None) -> list[dict]:
    """The server-sent events of a run that has ended, to the end of the stream."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    answer = api.get(f"/v1/runs/{run['id']}/events", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.replace("\r\n", "\n").split("\n\n") if "data:" in block]
    parsed = [dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")) for block in blocks]
    return [block | {"data": json.loads(block["data"])} for block in parsed]


def test_a_queued_run_is_cancelled_at_once(api, run):
    cancelled = done(api.delete(f"/v1/runs/{run['id']}"))
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "cancelled before it started")
    assert cancelled["finished_at"] is not None
    assert done(api.get(f"/v1/runs/{run['id']}")) == cancelled
    assert done(api.delete(f"/v1/runs/{run['id']}")) == cancelled


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.FAILED])
def test_a_finished_run_stays_as_it_is(api, engine, run, status):
    finish(engine, run, status, result={"forecast_id": "x"})
    before = done(api.get(f"/v1/runs/{run['id']}"))
    assert before["status"] == status
    assert done(api.delete(f"/v1/runs/{run['id']}")) == before
    assert done(api.get(f"/v1/runs/{run['id']}")) == before


def test_events_are_replayed_in_order_and_the_stream_ends_with_the_run(api, engine, run):
    finish(engine, run)
    events = stream(api, run)
    assert [event["event"] for event in events] == ["queued", "progress", "progress", "succeeded"]
    assert [int(event["id"]) for event in events] == sorted({int(event["id"]) for event in events})
    assert events[1]["data"]["progress"] == 0.25
    assert all("at" in event["data"] for event in events)


def test_a_stream_resumes_after_the_last_event_that_was_seen(api, engine, run):
    finish(engine, run)
    events = stream(api, run)
    for seen in range(len(events) + 1):
        last = int(events[seen - 1]["id"]) if seen else 0
        assert stream(api, run, last) == events[seen:]


@pytest.mark.parametrize("last", ["-1", "latest", "1.5", str(2**63)])
def test_a_last_event_that_is_none_is_refused(api, run, last):
    problem(api.get(f"/v1/runs/{run['id']}/events", headers={"Last-Event-ID": last}), 422, "last-event-id", last)


def test_an_unknown_run_is_not_found(api):
    unknown = uuid4()
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events")):
        problem(api.request(method, f"/v1/runs/{unknown}{path}"), 404, str(unknown))
        problem(api.request(method, f"/v1/runs/first{path}"), 422, "run_id", "first")


def test_the_page_of_runs_tells_planners_alone_why_a_persons_run_ended(api, engine, run, key_for):
    personal = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)
    finish(engine, run, RunStatus.FAILED, reason="too little history")
    finish(engine, personal, RunStatus.FAILED, reason="asked for Tuesdays off", kind="assessment")
    address = f"/forces/{FORCE}/admin/runs"
    for role, knows in (("planner", True), ("supervisor", False)):
        told = api.get(address, headers=key_for(FORCE, role)).text
        assert ("too little history" in told, "asked for Tuesdays off" in told) == (True, knows)
    found = api.get(address, params={"status": "", "kind": "assessment"}).text
    assert ("Assessment of a proposal</td>" in found, "too little history" in found) == (True, False)
    assert set(KINDS) == set(terms.KINDS)
