"""One handler over HTTP: versions, merges, contradictions named, audit, leaving and coming back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.tables import AuditRow
from tests.helpers import FORCE, add_handlers, done, handler_body, problem

HANDLERS = f"/v1/forces/{FORCE}/handlers"


@pytest.fixture
def one(bare):
    answer = bare.get(f"{HANDLERS}/H001")
    tag = {"If-Match": answer.headers.get("ETag", "*")} if answer.status_code == 200 else {}
    changed = bare.put(f"{HANDLERS}/H001", json=handler_body("H001"), headers=tag)
    done(changed)
    return changed.headers["ETag"]


def patch(bare, etag, **changes):
    return bare.patch(f"{HANDLERS}/H001", json=changes, headers={"If-Match": etag} if etag else {})


def test_an_edit_names_the_version_it_means(bare, one):
    assert bare.get(f"{HANDLERS}/H001").headers["ETag"] == one
    problem(patch(bare, None, team="A"), 428, "If-Match", "H001")
    changed = patch(bare, one, team="Team A", consent={"start_later_min": 60})
    told = done(changed)
    assert (told["handler"]["team"], told["handler"]["consent"]["start_later_min"]) == ("Team A", 60)
    problem(patch(bare, one, team="Team B"), 412, changed.headers["ETag"].strip('"'))
    problem(bare.put(f"{HANDLERS}/H001", json=handler_body("H001")), 428)
    again = patch(bare, changed.headers["ETag"], team=None)
    assert done(again)["handler"]["team"] is None, "null takes a value away"


def test_what_changed_is_audited_field_by_field(bare, one):
    done(patch(bare, one, consent={"start_later_min": 45}))
    with force_session(bare.app.state.engine, EVERY_FORCE) as session:
        query = select(AuditRow).where(AuditRow.action == "handler", AuditRow.subject == "H001")
        line = session.scalars(query.order_by(AuditRow.id.desc())).first()
    assert list(line.details["fields"]) == ["consent"]
    assert line.details["fields"]["consent"]["before"]["start_later_min"] == 0
    assert line.details["fields"]["consent"]["after"]["start_later_min"] == 45


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"leave": [{"first": "2026-06-01", "last": "2026-06-07"}, {"first": "2026-06-07", "last": "2026-06-08"}]},
         ["leave", "2026-06-01 to 2026-06-07", "2026-06-07 to 2026-06-08"]),
        ({"skills": [{"skill": "999", "last": "2026-06-01"}, {"skill": "999", "first": "2026-06-01"}]}, ["skill 999"]),
        ({"contracts": [{"weekly_min": 600, "first": "2026-06-01"}, {"weekly_min": 900, "first": "2026-07-01"}]},
         ["contracts", "2026-07-01"]),
        ({"contracts": [{"weekly_min": 600}]}, ["contracts[0]", "no dates"]),
        ({"consents": [{"start_later_min": 60}]}, ["consents", "without dates"]),
        ({"roles": [{"role": "tutor"}, {"role": "tutor", "first": "2026-06-01"}]}, ["role tutor"]),
        ({"ref": "H002"}, ["ref", "H002", "stays"]),
        ({"contract": None}, ["contract", "required"]),
        ({"surname": "x"}, ["surname", "not permitted"]),
        ({"pattern": {"name": "none-such", "position": 1}}, ["none-such", "not in use"]),
        ({"pattern": {"name": "none-such"}}, ["position", "anchor"]),
    ],
)  # fmt: skip
def test_a_contradiction_is_named_and_nothing_changes(bare, one, changes, words):
    problem(patch(bare, one, **changes), 422, *words)
    assert bare.get(f"{HANDLERS}/H001").headers["ETag"] == one


def test_days_that_only_touch_are_no_overlap(bare, one):
    days = [{"first": "2026-06-01", "last": "2026-06-07"}, {"first": "2026-06-08", "last": "2026-06-08"}]
    skills = [{"skill": "999", "last": "2026-06-01"}, {"skill": "999", "first": "2026-06-02"}, {"skill": "101"}]
    done(patch(bare, one, leave=days, skills=skills))


def test_who_leaves_is_gone_from_lists_and_may_come_back(bare):
    done(add_handlers(bare, handler_body("H009")))
    tag = bare.get(f"{HANDLERS}/H009").headers["ETag"]
    problem(bare.delete(f"{HANDLERS}/H009"), 428)
    assert done(bare.delete(f"{HANDLERS}/H009", headers={"If-Match": tag})) == []
    problem(bare.get(f"{HANDLERS}/H009"), 404, "H009")
    assert "H009" not in [one["ref"] for one in done(bare.get(HANDLERS))["handlers"]]
    report = done(add_handlers(bare, handler_body("H009")))
    assert (report["created"], report["updated"]) == (1, 0)


@pytest.mark.usefixtures("one")
def test_records_are_added_by_their_week_and_date(bare):
    address = f"{HANDLERS}/H001/records"
    done(bare.put(address, json={"weeks": [{"week_start": "2026-06-01", "planned_min": 2220}]}))
    more = {"weeks": [{"week_start": "2026-06-01", "actual_min": 2300}],
            "balances": [{"balance": "leave", "as_of": "2026-06-01", "minutes": 600}]}  # fmt: skip
    told = done(bare.put(address, json=more))
    assert told["weeks"] == [{"week_start": "2026-06-01", "planned_min": 2220, "actual_min": 2300}]
    assert told["balances"] == more["balances"]
    problem(bare.put(address, json={"weeks": [{"week_start": "2026-06-02", "actual_min": 1}]}), 422, "Tuesday")
    problem(bare.put(address, json={}), 422, "weeks or balances")
    problem(bare.put(f"{HANDLERS}/H777/records", json=more), 404, "H777")
