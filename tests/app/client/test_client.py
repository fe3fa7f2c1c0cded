"""The client against a scripted service, and against the real one."""

from __future__ import annotations

import json
from datetime import date

import httpx
import pytest

from app.client import Client, Problem, Run, RunFailed, Unreachable
from tests.helpers import FORCE

RUN = {
    "id": "r1", "force": FORCE, "kind": "roster", "status": "running", "outcome": None, "reason": None, "progress": 0.0,
    "phase": None, "result": None, "attempt": 1, "created_at": "2026-06-01T00:00:00Z", "started_at": None,
    "finished_at": None, "seed": 1,
}  # fmt: skip
DONE = RUN | {
    "status": "succeeded",
    "progress": 1.0,
    "finished_at": "2026-06-01T00:01:00Z",
    "result": {"roster_id": "x"},
}


class Service:
    """Answers what it is told, in turn; an exception is raised instead. `asked` and `slept` tell what happened."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def client(self, **options) -> Client:
        transport = httpx.MockTransport(self._answer)
        return Client("http://service", "pace_key", transport=transport, sleep=self.slept.append, **options)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def problem(status: int, **headers: str) -> httpx.Response:
    body = {
        "type": "urn:pacesetter:problem:x",
        "title": "No",
        "status": status,
        "detail": "why",
        "errors": [{"where": "a"}],
    }
    headers = {"content-type": "application/problem+json", "x-request-id": "trace-1"} | headers
    return httpx.Response(status, content=json.dumps(body), headers=headers)


def events(*told: tuple[int, dict]) -> httpx.Response:
    text = "".join(f"event: progress\nid: {number}\ndata: {json.dumps(data)}\n\n" for number, data in told)
    return httpx.Response(200, text=": ping\n\n" + text, headers={"content-type": "text/event-stream"})


def test_a_refusal_is_an_exception_with_its_details():
    service = Service(problem(422))
    with pytest.raises(Problem, match="GET /v1/x answered 422: why") as raised:
        service.client().get("/v1/x")
    error = raised.value
    assert (error.status, error.type, error.request_id) == (422, "urn:pacesetter:problem:x", "trace-1")
    assert error.errors == [{"where": "a"}]
    assert service.asked[0].headers["authorization"] == "Bearer pace_key"


def test_an_answer_of_something_else_is_told_too():
    with pytest.raises(Problem, match="502: <html>"):
        Service(httpx.Response(502, text="<html>bad gateway")).client().get("/v1/x")


def test_a_busy_service_is_asked_again_after_what_it_says():
    service = Service(
        problem(429, **{"retry-after": "7"}), problem(503), httpx.ConnectError("away"), httpx.Response(200, json=1)
    )
    assert service.client().get("/v1/x") == 1
    assert service.slept == [7.0, 0.5, 1.0]


def test_it_gives_up_after_its_attempts():
    with pytest.raises(Unreachable, match="away"):
        Service(*[httpx.ConnectError("away")] * 2).client(attempts=2).get("/v1/x")
    service = Service(problem(503), problem(503))
    with pytest.raises(Problem):
        service.client(attempts=2).get("/v1/x")
    assert len(service.slept) == 1


def test_what_must_not_happen_twice_is_asked_once():
    service = Service(problem(503))
    with pytest.raises(Problem):
        service.client().call("POST", "/v1/forces", json={})
    assert service.slept == []


def test_a_run_is_asked_for_again_under_the_same_idempotency_key():
    service = Service(httpx.ReadError("lost"), httpx.Response(202, json=RUN))
    assert service.client().force(FORCE).roster(date(2026, 6, 29)).id == "r1"
    keys = {request.headers["idempotency-key"] for request in service.asked}
    assert len(keys) == 1
    assert json.loads(service.asked[1].content)["week_start"] == "2026-06-29"


def test_pages_are_followed_to_the_last():
    service = Service(
        httpx.Response(200, json={"runs": [1, 2], "next": "b"}), httpx.Response(200, json={"runs": [3], "next": None})
    )
    assert list(service.client().pages("/v1/runs", "runs", kind="roster")) == [1, 2, 3]
    assert [dict(request.url.params) for request in service.asked] == [
        {"kind": "roster"},
        {"kind": "roster", "cursor": "b"},
    ]


def test_a_run_is_followed_by_its_events_across_a_broken_stream():
    service = Service(
        events((4, {"progress": 0.2, "phase": "search"}), (5, {"progress": 0.4})),
        httpx.Response(200, json=RUN | {"progress": 0.4, "phase": "search"}),
        httpx.ReadError("lost"),
        httpx.Response(200, json=RUN),
        events((6, {"progress": 0.9, "phase": "check"})),
        httpx.Response(200, json=DONE),
    )
    states = list(service.client().states(Run.read(RUN)))
    assert [(state.progress, state.phase) for state in states] == [
        (0.2, "search"),
        (0.4, "search"),
        (0.9, "check"),
        (1.0, None),
    ]
    followed = [request.headers["last-event-id"] for request in service.asked if request.url.path.endswith("/events")]
    assert followed == ["0", "5", "5"]
    assert states[-1].made("roster_id") == "x"


def test_a_run_that_ends_otherwise_than_well_is_an_exception():
    failed = DONE | {"status": "failed", "result": None, "reason": "no legal roster"}
    with pytest.raises(RunFailed, match="roster r1: failed - no legal roster") as raised:
        Service(events(), httpx.Response(200, json=failed)).client().wait(Run.read(RUN))
    assert raised.value.run.is_finished


def test_the_real_service_understands_it(stocked):
    key = stocked.headers["authorization"].removeprefix("Bearer ")
    client = Client("http://testserver", key, transport=stocked._transport)
    force = client.force(FORCE)
    assert force.settings()["settings"]["synthetic"] is True
    assert set(force.read_forecast(levels=(0.5,), aggregate="day")["queues"]) == {"999", "101"}
    run = force.requirement(correct=False)
    assert run.status == "queued"
    assert next(one["id"] for one in client.pages("/v1/runs", "runs", limit=1, kind="requirement")) == run.id
    ended = list(client.states(client.cancel(run.id)))[-1]
    assert (ended.status, ended.is_success) == ("cancelled", False)
    with pytest.raises(Problem, match="weeks"):
        force.forecast(weeks=99)
