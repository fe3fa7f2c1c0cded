"""Replays over HTTP: predicted beside recorded, and no call left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select

from app.database import EVERY_FORCE, force_session
from app.replays.service import callers
from app.runs import repository as runs
from app.runs import schedule
from app.runs.schemas import RunStatus
from app.tables import ForceRow, ReplayFileRow, ReplayRow
from tests.helpers import FORCE, OTHER, add_force, compute_run, done, problem
from tests.rostering.staffing.history.little_room import busy_days

REPLAYS = f"/v1/forces/{FORCE}/replays"
CSV = {"Content-Type": "text/csv"}
START = datetime(2026, 3, 28, tzinfo=UTC)  # the clocks go forward on the second day


@pytest.fixture(autouse=True)
def force(api):
    add_force(api)


@pytest.fixture(scope="module")
def history():
    return busy_days(np.random.default_rng(3), days=4)


def moment(seconds: float) -> str:
    return (START + timedelta(seconds=float(seconds))).isoformat()


def calls_csv(calls) -> str:
    lines = ["queue,arrival,wait_s,handling_s,outcome,handler"]
    for i in range(calls.size):
        head = f"{('999', '101')[calls.queue[i]]},{moment(calls.arrival_s[i])},{calls.wait_s[i]:.3f}"
        tail = ",abandoned," if calls.abandoned[i] else f"{calls.handling_s[i]:.3f},answered,H{calls.handler[i]}"
        lines.append(f"{head},{tail}")
    return "\n".join(lines) + "\n"


def log_ons_csv(log_ons) -> str:
    rows = zip(log_ons.handler, log_ons.start_s, log_ons.end_s, strict=True)
    return "\n".join(["handler,start,end", *(f"H{who},{moment(a)},{moment(b)}" for who, a, b in rows)]) + "\n"


def post(api, content: str, address: str = REPLAYS, **query: object):
    return api.post(address, content=content, headers=CSV, params={"replications": 10, **query})


def kept_bytes(engine) -> list[int]:
    with force_session(engine, EVERY_FORCE) as session:
        return sorted(session.scalars(select(func.length(ReplayFileRow.content))))


def test_predicted_beside_recorded_with_given_log_ons(api, engine, history):
    calls, log_ons = history
    given = done(post(api, log_ons_csv(log_ons), f"{REPLAYS}/log-ons"), 201)
    assert given["spells"] == log_ons.handler.size
    run = done(post(api, calls_csv(calls), log_ons=given["id"]), 202)
    assert all(kept_bytes(engine))
    result = compute_run(engine, run["id"])
    assert kept_bytes(engine) == [0, 0], "calls outlive their run"
    found = done(api.get(f"{REPLAYS}/{result['replay_id']}"))
    assert found["calls"] == {"sent": calls.size, "judged": calls.size, "left_out": 0}
    assert found["log_ons"]["source"] == "given"
    assert found["log_ons"]["handlers"] == 6
    with force_session(engine, EVERY_FORCE) as session:
        force_id = session.scalars(select(ForceRow.id)).one()
        told = callers(session, force_id, START, START + timedelta(weeks=1))
        assert callers(session, force_id, START + timedelta(days=1), START + timedelta(weeks=1)) == {}
        assert callers(session, force_id, START - timedelta(weeks=1), START) == {}
    assert told["101"]["balking"] == found["patience"]["101"]["balking"]
    assert told["101"]["law"] == found["patience"]["101"]["best"]
    assert result["replay_id"] in told["101"]["source"]
    hours = len(found["start"])
    assert found["starts_at"] == "2026-03-28T08:00:00Z"
    for queue, index in (("999", 0), ("101", 1)):
        assert sum(found["offered"][queue]) == (calls.queue == index).sum()
        for model in ("recorded", "simulated", "formula"):
            assert {len(values) for values in found[model][queue].values()} == {hours}
    assert max(found["handlers"]["999"]) == 4.0
    pairs = {(e["queue"], e["law"], e["model"], e["measure"], e["by"]): e for e in found["errors"]}
    assert len(pairs) == 2 * 2 * 2 * 3 * 3
    by_hour = pairs["101", "exponential", "simulation", "mean_wait_s", "hour"]
    assert by_hour["predicted"] - by_hour["recorded"] == pytest.approx(by_hour["bias"], abs=1e-3)
    assert by_hour["correlation"] > 0.2
    law = found["patience"]["101"]["laws"][0]
    assert law["lower_s"] < 200 < law["upper_s"]
    assert found["availability"]["queue"] == "101"
    assert done(api.get(f"{REPLAYS}/latest"))["id"] == found["id"]


def test_log_ons_told_by_calls_are_said_to_be(api, engine, history):
    run = done(post(api, calls_csv(history[0]), break_s=1200), 202)
    found = done(api.get(f"{REPLAYS}/{compute_run(engine, run['id'])['replay_id']}"))
    assert found["log_ons"]["source"].startswith("inferred: ")
    assert "1200 s" in found["log_ons"]["source"]
    assert found["calls"]["judged"] <= found["calls"]["sent"]


def test_calls_of_a_run_that_ended_badly_and_unused_log_ons_are_emptied(api, engine, history):
    calls, log_ons = history
    post(api, log_ons_csv(log_ons), f"{REPLAYS}/log-ons")
    run = done(post(api, calls_csv(calls)), 202)
    schedule.tidy(engine)
    assert all(kept_bytes(engine)), "a waiting run needs its calls"
    done(api.delete(f"/v1/runs/{run['id']}"))
    with force_session(engine, EVERY_FORCE) as session:
        cancelled = runs.find(session, run["id"])
        assert cancelled is not None
        assert cancelled.status == RunStatus.CANCELLED
        rows = session.scalars(select(ReplayFileRow).where(ReplayFileRow.run_id.is_(None))).all()
        rows[0].created_at -= timedelta(days=1, seconds=1)
    schedule.tidy(engine)
    assert kept_bytes(engine) == [0, 0]


def test_the_same_request_again_is_the_same_run(api, engine, history):
    key = {**CSV, "Idempotency-Key": "one"}
    content = calls_csv(history[0])
    first, again = (done(api.post(REPLAYS, content=content, headers=key), 202) for _ in range(2))
    assert first["id"] == again["id"]
    assert len(kept_bytes(engine)) == 1
    problem(api.post(REPLAYS, content=content, headers=key, params={"seed": 5}), 409, "Idempotency-Key")


def test_what_is_refused_leaves_nothing(api, engine, history):
    good = calls_csv(history[0])
    answer = post(api, good + "999,2026-03-28T10:00:00Z,1,60,answered,07700900123\n")
    problem(answer, 422, "telephone numbers")
    assert "07700900123" not in answer.text
    problem(post(api, good + "999,2026-03-28T10:00:00Z,x,60,answered,H1\n"), 422, "wait_s")
    problem(post(api, good, log_ons="00000000-0000-7000-8000-000000000000"), 404, "log-ons")
    problem(api.post(REPLAYS, content=good, headers={"Content-Type": "application/json"}), 415)
    problem(api.get(f"{REPLAYS}/latest"), 404, "no replay yet")
    assert kept_bytes(engine) == []
    with force_session(engine, EVERY_FORCE) as session:
        assert session.scalar(select(func.count()).select_from(ReplayRow)) == 0


def test_forces_and_roles(api, key_for, history):
    add_force(api, OTHER)
    log_ons = done(post(api, log_ons_csv(history[1]), f"{REPLAYS}/log-ons"), 201)
    problem(post(api, calls_csv(history[0]), f"/v1/forces/{OTHER}/replays", log_ons=log_ons["id"]), 404, "log-ons")
    answer = api.post(REPLAYS, content=calls_csv(history[0]), headers=CSV | key_for(FORCE, "auditor"))
    problem(answer, 403)
    problem(api.get(f"{REPLAYS}/latest", headers=key_for(OTHER, "planner")), 404)
