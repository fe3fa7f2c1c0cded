"""Requests taken back: open ones by whoever asked, approved ones by a manager, with what the days were before."""

from __future__ import annotations

import pytest

from tests.helpers import FORCE, add_force, add_handlers, bearer, done, handler_body, problem

BASE = f"/v1/forces/{FORCE}"
LEAVE = f"{BASE}/leave-requests"
DAYS = {"handler": "H001", "first": "2026-06-15", "last": "2026-06-17"}


@pytest.fixture
def asked(api):
    """An open request of H001."""
    add_force(api)
    done(add_handlers(api, handler_body("H001"), handler_body("H002")))
    return done(api.post(LEAVE, json=DAYS), 201)


def own_key(api, ref):
    made = api.post(f"{BASE}/keys", json={"name": ref, "roles": ["handler"], "handler_ref": ref})
    return bearer(done(made, 201)["key"])


def leave_of(api, ref="H001"):
    return [(one["first"], one["last"]) for one in done(api.get(f"{BASE}/handlers/{ref}"))["leave"]]


def newest_line(api):
    return done(api.get(f"{BASE}/audit"))["lines"][0]


def test_a_handler_withdraws_the_own_open_request_and_may_ask_again(api, asked):
    own, other = own_key(api, "H001"), own_key(api, "H002")
    unknown = LEAVE + "/00000000-0000-7000-8000-000000000000/withdraw"
    hidden, absent = (problem(api.post(path, json={}, headers=other), 404)["detail"].replace(name, "…")
                      for path, name in ((f"{LEAVE}/{asked['id']}/withdraw", asked["id"]),
                                         (unknown, unknown.split("/")[-2])))  # fmt: skip
    assert hidden == absent
    answer = done(api.post(f"{LEAVE}/{asked['id']}/withdraw", json={}, headers=own))
    assert (answer["status"], answer["reason"]) == ("withdrawn", None)
    line = newest_line(api)
    assert (line["action"], line["before"], line["after"]) == (
        "leave request withdrawn", {"status": "open"}, {"status": "withdrawn"}
    )  # fmt: skip
    problem(api.post(f"{LEAVE}/{asked['id']}/withdraw", json={}, headers=own), 409, "withdrawn already")
    problem(api.post(f"{LEAVE}/{asked['id']}/approve", json={"reason": "x"}), 409, "withdrawn already")
    assert [one["id"] for one in done(api.get(LEAVE, params={"status": "withdrawn"}))["requests"]] == [asked["id"]]
    done(api.post(LEAVE, json=DAYS, headers=own), 201)


def test_an_approved_one_is_a_managers_and_gives_its_days_back_alone(api, asked, key_for):
    other = done(api.post(LEAVE, json=DAYS | {"first": "2026-07-06", "last": "2026-07-07"}), 201)
    for request in (asked, other):
        done(api.post(f"{LEAVE}/{request['id']}/approve", json={"reason": "cover holds"}))
    path = f"{LEAVE}/{asked['id']}/withdraw"
    problem(api.post(path, json={}, headers=own_key(api, "H001")), 403, "manage")
    problem(api.post(path, json={}, headers=key_for(FORCE, "planner")), 403, "manage")
    assert len(leave_of(api)) == 2
    done(api.post(path, json={"reason": "works after all"}, headers=key_for(FORCE, "manager")))
    assert leave_of(api) == [("2026-07-06", "2026-07-07")]
    assert (newest_line(api)["reason"], newest_line(api)["before"]) == ("works after all", {"status": "approved"})


def test_what_is_no_leave_any_more_can_not_be_taken_off(api, asked):
    done(api.post(f"{LEAVE}/{asked['id']}/approve", json={"reason": "cover holds"}))
    done(add_handlers(api, handler_body("H001", leave=[{"first": "2026-06-15", "last": "2026-06-16"}])))
    problem(api.post(f"{LEAVE}/{asked['id']}/withdraw", json={}), 409, "no leave", "H001")
    assert done(api.get(f"{LEAVE}/{asked['id']}"))["status"] == "approved"


def test_declined_ones_stay(api, asked):
    done(api.post(f"{LEAVE}/{asked['id']}/decline", json={"reason": "short"}))
    problem(api.post(f"{LEAVE}/{asked['id']}/withdraw", json={}), 409, "declined already")
