"""Every list that grows, page by page: all of it, each entry once, newest first, by `next` and by `Link` alike."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.helpers import FORCE, OTHER, done, problem

PATH = f"/v1/forces/{FORCE}"


@pytest.fixture(scope="module")
def lists(stocked):
    """Address and field of each list, with three entries or more of the first two."""
    for _ in range(3):
        done(stocked.post(f"{PATH}/requirements", json={"correct": False}), 202)
    own = [(f"{PATH}/{name}", name) for name in ("forecasts", "requirements", "rosters", "scenarios", "assessments")]
    return [("/v1/runs", "runs"), (f"/v1/runs?force={FORCE}&kind=requirement", "runs"), *own]


def test_pages_together_are_the_list(stocked, lists):
    for path, field in lists:
        whole = done(stocked.get(path, params={"limit": 200}))[field]
        assert [entry["created_at"] for entry in whole] == sorted((e["created_at"] for e in whole), reverse=True)
        seen, answer = [], stocked.get(path, params={"limit": 1})
        while True:
            page = done(answer)
            seen += page[field]
            assert ("next" in answer.links) == (page["next"] is not None), path
            if page["next"] is None:
                break
            answer = stocked.get(answer.links["next"]["url"])
        assert seen == whole, path
    assert len(done(stocked.get("/v1/runs", params={"limit": 200}))["runs"]) >= 6


def test_what_is_added_meanwhile_shifts_nothing(stocked, lists):
    path, field = lists[1]
    first = done(stocked.get(path, params={"limit": 2}))
    rest = done(stocked.get(path, params={"cursor": first["next"]}))[field]
    done(stocked.post(f"{PATH}/requirements", json={"correct": False}), 202)
    assert done(stocked.get(path, params={"cursor": first["next"]}))[field] == rest


def test_a_cursor_that_is_none_and_sizes_beyond_the_limits_are_refused(stocked, lists):
    for path, _ in lists:
        problem(stocked.get(path, params={"cursor": str(uuid4())}), 422, "cursor")
        for size, fits in ((0, False), (1, True), (200, True), (201, False)):
            assert (stocked.get(path, params={"limit": size}).status_code == 200) is fits


def test_runs_of_another_force_are_not_listed(stocked, lists):
    key = done(stocked.post(f"/v1/forces/{OTHER}/keys", json={"name": "x", "roles": ["planner"]}), 201)["key"]
    headers = {"Authorization": f"Bearer {key}"}
    seen = done(stocked.get("/v1/runs", headers=headers))["runs"]
    assert {run["force"] for run in seen} == {OTHER}
    problem(stocked.get("/v1/runs", params={"force": FORCE}, headers=headers), 404)
    foreign = done(stocked.get(lists[1][0]))["runs"][0]["id"]
    problem(stocked.get("/v1/runs", params={"cursor": foreign}, headers=headers), 422, "cursor")
    assert not {"inputs", "result", "reason"} & seen[0].keys()
