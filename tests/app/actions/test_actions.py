"""Actions of the daily meeting over HTTP: they stay until closed, and every step is in the audit."""

from __future__ import annotations

import pytest

from app.actions import service
from tests.helpers import FORCE, OTHER, add_force, done, problem

ACTIONS = f"/v1/forces/{FORCE}/actions"
BODY = {"text": "Move two breaks out of 18:00", "owner": "Duty manager, lates", "due": "2026-06-30"}


def test_an_action_stays_until_it_is_closed_and_can_be_opened_again(api, key_for):
    add_force(api)
    made = api.post(ACTIONS, json=BODY, headers=key_for(FORCE, "supervisor"))
    action = done(made, 201)
    assert made.headers["Location"] == f"{ACTIONS}/{action['id']}"
    assert {name: action[name] for name in BODY} == BODY
    assert (action["state"], action["revision"], action["closed_at"]) == ("open", 1, None)

    tag = made.headers["ETag"]
    problem(api.patch(made.headers["Location"], json={"state": "closed"}), 428)
    closing = {"state": "closed", "outcome": "Moved"}
    closed = api.patch(made.headers["Location"], json=closing, headers={"If-Match": tag})
    told = done(closed)
    assert (told["state"], told["outcome"], told["revision"]) == ("closed", "Moved", 2)
    assert told["closed_at"] is not None
    assert told["text"] == BODY["text"]
    stale = api.patch(made.headers["Location"], json={"owner": "Nights"}, headers={"If-Match": tag})
    problem(stale, 412, "changed it at")
    same = api.patch(made.headers["Location"], json=closing, headers={"If-Match": closed.headers["ETag"]})
    assert done(same) == told

    again = {"state": "open", "due": None}
    opened = done(api.patch(made.headers["Location"], json=again, headers={"If-Match": same.headers["ETag"]}))
    assert (opened["state"], opened["closed_at"], opened["due"]) == ("open", None, None)
    assert done(api.get(ACTIONS, params={"state": "open"}))["actions"] == [opened]
    assert done(api.get(ACTIONS, params={"state": "closed"}))["actions"] == []
    assert done(api.get(made.headers["Location"])) == opened

    lines = done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"]
    deeds = {line["action"]: line for line in lines if line["subject"] == action["id"]}
    assert set(deeds) == {"action added", "action closed", "action opened again"}
    assert deeds["action closed"]["before"]["state"] == "open"
    assert deeds["action closed"]["after"]["outcome"] == "Moved"


@pytest.mark.parametrize(
    "body",
    [{"text": " ", "owner": "x"}, {"text": "x"}, {"text": "x" * 501, "owner": "x"}, BODY | {"state": "closed"},
     BODY | {"due": "soon"}],
)  # fmt: skip
def test_what_is_no_action_is_refused(api, body):
    add_force(api)
    problem(api.post(ACTIONS, json=body), 422)
    assert done(api.get(ACTIONS))["actions"] == []


def test_a_text_can_be_changed_but_not_taken_away(api):
    add_force(api)
    made = api.post(ACTIONS, json=BODY | {"text": "x" * 500})
    tag = {"If-Match": made.headers["ETag"]}
    problem(api.patch(made.headers["Location"], json={"text": None}, headers=tag), 422, "text")
    assert done(api.patch(made.headers["Location"], json={"text": "y"}, headers=tag))["text"] == "y"


def test_who_only_reads_adds_none_and_another_force_sees_none(api, key_for):
    add_force(api)
    add_force(api, OTHER)
    made = done(api.post(ACTIONS, json=BODY), 201)
    problem(api.post(ACTIONS, json=BODY, headers=key_for(FORCE, "auditor")), 403)
    problem(api.get(f"/v1/forces/{OTHER}/actions/{made['id']}", headers=key_for(OTHER, "manager")), 404)


def test_open_actions_are_so_many_at_most(api, monkeypatch):
    add_force(api)
    monkeypatch.setattr(service, "MOST_OPEN", 1)
    made = api.post(ACTIONS, json=BODY)
    problem(api.post(ACTIONS, json=BODY), 409, "1 actions are open")
    done(api.patch(made.headers["Location"], json={"state": "closed"}, headers={"If-Match": made.headers["ETag"]}))
    done(api.post(ACTIONS, json=BODY), 201)
