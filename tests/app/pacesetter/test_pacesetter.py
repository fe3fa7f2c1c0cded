"""The daily page's figures over HTTP: of a force without anything, and of one with calls, forecast and actions."""

from __future__ import annotations

import numpy as np

from tests.helpers import FORCE, OTHER, add_force, bearer, done, problem

BASE = f"/v1/forces/{FORCE}"


def test_a_force_without_anything_is_told_what_to_do(api):
    add_force(api)
    told = done(api.get(f"{BASE}/pacesetter/2026-06-29"))
    assert [told[part] for part in ("yesterday", "risk", "on_duty", "data_as_of")] == [None] * 4
    assert set(told["missing"]) == {"yesterday", "risk", "on_duty"}
    assert "Import" in told["missing"]["yesterday"]
    problem(api.get(f"{BASE}/pacesetter/today"), 422)


def key_of(client, force, role):
    made = client.post(f"/v1/forces/{force}/keys", json={"name": "test", "roles": [role]})
    return bearer(done(made, 201)["key"])


def test_yesterday_is_told_from_the_stored_calls_and_the_forecast_before_it(stocked):
    span = done(stocked.get(f"{BASE}/calls"))["queues"]["999"]
    last = span["last"]
    day = np.datetime64(last[:10])  # the history ends with a whole local day
    told = done(stocked.get(f"{BASE}/pacesetter/{day + 1}", headers=key_of(stocked, FORCE, "supervisor")))
    assert told["data_as_of"] is not None
    assert not told["is_stale"]  # not said of another day than today
    assert told["yesterday"]["date"] == str(day)
    begin, end = (f"{day + n}T00:00:00+00:00" for n in (0, 1))
    stored = done(stocked.get(f"{BASE}/calls", params={"from": begin, "to": end}))["queues"]
    for queue in told["yesterday"]["queues"]:
        assert queue["offered"] == sum(stored[queue["queue"]]["values"]["offered"])
        assert queue["forecast"] is None  # the only forecast begins where the history ends
    problem(stocked.get(f"{BASE}/pacesetter/2026-06-29", headers=key_of(stocked, OTHER, "manager")), 404)


def test_a_days_page_has_open_actions_and_those_closed_since_the_day_before(api):
    add_force(api)
    made = [api.post(f"{BASE}/actions", json={"text": text, "owner": "x"}) for text in ("stays", "ends")]
    ends = made[1]
    done(api.patch(ends.headers["Location"], json={"state": "closed"}, headers={"If-Match": ends.headers["ETag"]}))
    today = np.datetime64(done(ends, 201)["created_at"][:10])

    def texts(day):
        return [one["text"] for one in done(api.get(f"{BASE}/pacesetter/{day}"))["actions"]]

    assert texts(today) == ["stays", "ends"]
    assert texts(today + 1) == ["stays", "ends"]
    assert texts(today + 3) == ["stays"]
    assert texts(today - 3) == []  # nobody had decided it yet
