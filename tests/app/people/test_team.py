"""A supervisor who is a handler with a team sees that team's people and absences; any other supervisor sees all."""

from __future__ import annotations

import pytest

from tests.helpers import FORCE, add_force, add_handlers, bearer, done, handler_body, problem

BASE = f"/v1/forces/{FORCE}"


@pytest.fixture
def force(api):
    add_force(api)
    people = {"H001": "Team A", "H002": "Team A", "H003": "Team B", "H004": None}
    done(add_handlers(api, *(handler_body(ref, team=team) for ref, team in people.items())))
    return api


def key(api, *roles, ref=None):
    body = {"name": "x", "roles": list(roles)} | ({} if ref is None else {"handler_ref": ref})
    return bearer(done(api.post(f"{BASE}/keys", json=body), 201)["key"])


def seen(api, headers):
    return [one["ref"] for one in done(api.get(f"{BASE}/handlers", headers=headers))["handlers"]]


@pytest.mark.parametrize(
    ("roles", "ref", "expected"),
    [
        (("supervisor", "handler"), "H001", ["H001", "H002"]),
        (("supervisor", "handler"), "H003", ["H003"]),
        (("supervisor", "handler"), "H004", ["H001", "H002", "H003", "H004"]),  # the data do not say which team
        (("supervisor",), None, ["H001", "H002", "H003", "H004"]),
        (("planner", "handler"), "H001", ["H001", "H002", "H003", "H004"]),
    ],
)
def test_whom_each_sees(force, roles, ref, expected):
    assert seen(force, key(force, *roles, ref=ref)) == expected


def test_another_teams_handler_is_as_one_who_does_not_exist(force):
    own = key(force, "supervisor", "handler", ref="H001")
    for path in ("", "/records"):
        done(force.get(f"{BASE}/handlers/H002{path}", headers=own))
        hidden = [(ref, force.get(f"{BASE}/handlers/{ref}{path}", headers=own)) for ref in ("H003", "H999")]
        assert len({problem(answer, 404)["detail"].replace(ref, "…") for ref, answer in hidden}) == 1
    absence = {"date": "2026-06-29"}
    problem(force.post(f"{BASE}/absences", json=absence | {"handler": "H003"}, headers=own), 404, "H003")
    mine = force.post(f"{BASE}/absences", json=absence | {"handler": "H002"}, headers=own)
    assert "H002" not in mine.text or mine.status_code != 404  # refused, if at all, for want of a roster


def test_requests_for_leave_are_the_own_teams(force):
    days = {"first": "2026-06-15", "last": "2026-06-16"}
    asked = [
        done(force.post(f"{BASE}/leave-requests", json=days | {"handler": ref}), 201)["id"] for ref in ("H002", "H003")
    ]
    own = key(force, "supervisor", "handler", ref="H001")
    listed = done(force.get(f"{BASE}/leave-requests", headers=own))["requests"]
    assert [one["id"] for one in listed] == asked[:1]
    done(force.get(f"{BASE}/leave-requests/{asked[0]}", headers=own))
    problem(force.get(f"{BASE}/leave-requests/{asked[1]}", headers=own), 404, asked[1])
    shown = force.get(f"/forces/{FORCE}/team", headers=own).text
    assert "<bdi>H002</bdi></strong> Mon 15 Jun" in shown
    assert "H003</bdi></strong>" not in shown
