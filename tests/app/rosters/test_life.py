"""A roster's life over HTTP: each step names its revision, has its right, and leaves a line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.rosters import run
from app.runs import repository as runs
from app.tables import AuditRow
from rostering.roster import Activity, ActivitySpan, Duty
from tests.app.rosters.conftest import WEEK, missing_consent
from tests.helpers import FORCE, OTHER, bearer, done, problem

ROSTERS = f"/v1/forces/{FORCE}/rosters"
NEXT = date(2026, 3, 30)


@pytest.fixture
def step(stocked):
    """Takes a step as the roster stands now, or with the ETag given."""

    def taken(roster_id, name, body=None, etag="now", headers=None):
        if etag == "now":
            etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
        tag = {} if etag is None else {"If-Match": etag}
        default = {"reason": "tried"} if name == "supersede" else {}
        return stocked.post(f"{ROSTERS}/{roster_id}/{name}", json=body or default, headers=tag | (headers or {}))

    return taken


@pytest.fixture
def key(stocked):
    def made(*roles: str) -> dict[str, str]:
        body = {"name": f"{roles[0]} {uuid4()}", "roles": list(roles)}
        return bearer(done(stocked.post(f"/v1/forces/{FORCE}/keys", json=body), 201)["key"])

    return made


@pytest.fixture(autouse=True)
def clear(stocked, step):
    """Nothing of an earlier test stands."""
    yield
    for row in done(stocked.get(ROSTERS))["rosters"]:
        if row["status"] != "superseded":
            done(step(row["id"], "supersede"))
    settings = done(stocked.get(f"/v1/forces/{FORCE}/settings"))["settings"]
    done(stocked.put(f"/v1/forces/{FORCE}/settings", json=settings | {"publication": {"second_person": False}}))


def published(step, roster_id: str) -> str:
    done(step(roster_id, "approve"))
    agreed = missing_consent(step(roster_id, "publish"))  # earlier tests told people something else
    if agreed:
        done(step(roster_id, "publish", {"agreed": agreed}))
    return roster_id


def status(stocked, roster_id: str) -> str:
    return done(stocked.get(f"{ROSTERS}/{roster_id}"))["status"]


def test_a_draft_is_approved_published_and_superseded(stocked, make, step):
    events = ["roster.approved", "roster.published", "roster.superseded"]
    hooks = f"/v1/forces/{FORCE}/webhooks"
    hook = done(stocked.post(hooks, json={"url": "https://example.org/", "events": events}), 201)
    roster_id = make()
    etags = [stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]]
    for name, reached in (("approve", "approved"), ("publish", "published"), ("supersede", "superseded")):
        answer = step(roster_id, name, {"reason": f"because {name}"})
        assert (done(answer)["status"], answer.json()["revision"]) == (reached, len(etags) + 1)
        etags.append(answer.headers["ETag"])
        assert stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"] == etags[-1]
    assert len(set(etags)) == 4
    changes = done(stocked.get(f"{ROSTERS}/{roster_id}/changes"))["changes"]
    assert [(c["action"], c["revision"], c["reason"]) for c in changes] == [
        ("approved", 2, "because approve"), ("published", 3, "because publish"), ("superseded", 4, "because supersede")
    ]  # fmt: skip
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        lines = session.scalars(select(AuditRow.action).where(AuditRow.subject == roster_id).order_by(AuditRow.id))
        assert list(lines) == ["roster approved", "roster published", "roster superseded"]
    told = done(stocked.get(f"{hooks}/{hook['id']}/deliveries"))["deliveries"]
    assert [message["event"] for message in reversed(told)] == events
    data = [orjson.loads(message["body"])["data"] for message in reversed(told)]
    assert [(row["roster_id"], row["revision"]) for row in data] == [(roster_id, 2), (roster_id, 3), (roster_id, 4)]
    assert done(stocked.get(data[0]["href"]))["status"] == "superseded"
    done(stocked.delete(f"{hooks}/{hook['id']}"))


@pytest.mark.parametrize("name", ["approve", "publish", "supersede"])
def test_a_step_needs_the_revision_that_it_means(make, step, name):
    roster_id = make()
    problem(step(roster_id, name, etag=None), 428, "If-Match", roster_id)
    problem(step(roster_id, name, etag='"other"'), 412, f"{roster_id}-1")
    unknown = str(uuid4())
    problem(step(unknown, name, etag='"x"'), 404, unknown)


def test_what_has_changed_since_is_told_with_who_did_it(stocked, make, step):
    roster_id = make()
    etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
    done(step(roster_id, "approve", etag=etag))
    problem(step(roster_id, "publish", etag=etag), 412, "first administrator approved it", f"{roster_id}-2")


def test_each_step_has_its_place(make, step):
    roster_id = make()
    problem(step(roster_id, "publish"), 409, "is draft", "approved")
    done(step(roster_id, "approve"))
    problem(step(roster_id, "approve"), 409, "is approved", "draft")
    done(step(roster_id, "publish"))
    problem(step(roster_id, "publish"), 409, "is published")
    done(step(roster_id, "supersede"))
    for name in ("approve", "publish", "supersede"):
        problem(step(roster_id, name), 409, "superseded")
    problem(step(roster_id, "supersede", {"because": "x"}), 422, "reason")


def test_a_planner_asks_and_withdraws_drafts_but_neither_approves_nor_publishes(make, step, key):
    planner = key("planner")
    roster_id = make(headers=planner)
    problem(step(roster_id, "approve", headers=planner), 403, "manage", "planner")
    done(step(roster_id, "approve"))
    problem(step(roster_id, "publish", headers=planner), 403, "manage")
    problem(step(roster_id, "supersede", headers=planner), 403, "manage")
    done(step(make(headers=planner), "supersede", headers=planner))
    problem(step(make(), "supersede", headers=key("supervisor")), 403, "plan")


def test_a_second_person_where_the_settings_say_so(stocked, make, step, key):
    settings = done(stocked.get(f"/v1/forces/{FORCE}/settings"))["settings"]
    done(stocked.put(f"/v1/forces/{FORCE}/settings", json=settings | {"publication": {"second_person": True}}))
    one, two = key("manager"), key("manager")
    roster_id = make(headers=one)
    problem(step(roster_id, "approve", headers=one), 403, "another person", "asked for it")
    done(step(roster_id, "approve", headers=two))
    problem(step(roster_id, "publish", headers=two), 403, "another person", "approved")
    assert done(step(roster_id, "publish", headers=one))["status"] == "published"


def test_one_published_roster_a_week(make, step):
    first, second, two_weeks = published(step, make()), make(), make(weeks=2, week=WEEK)
    for other in (second, two_weeks):
        done(step(other, "approve"))
        problem(step(other, "publish"), 409, first, "shares a week")
    done(step(first, "supersede"))
    done(step(second, "publish"))
    assert done(step(make(week=NEXT), "approve"))["status"] == "approved"


def test_what_is_based_on_a_published_roster_takes_its_place(stocked, make, step):
    first = published(step, make())
    pinned = {"from_roster_id": first, "handlers": ["H001"]}
    second = make(pinned=pinned)
    done(step(second, "approve"))
    done(step(second, "publish"))
    assert (status(stocked, first), status(stocked, second)) == ("superseded", "published")
    change = done(stocked.get(f"{ROSTERS}/{first}/changes"))["changes"][-1]
    assert change["details"] == {"by_roster": second}


def loaded(stocked, week: date, **asked):
    answer = stocked.post(ROSTERS, json={"week_start": week.isoformat(), "seconds": 5, **asked})
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        return run.load(session, runs.locked(session, UUID(done(answer, 202)["id"])))


def test_the_published_roster_is_history_not_a_newer_draft(stocked, make, step):
    published(step, make())
    make(duties=())
    inputs = loaded(stocked, NEXT)
    assert "published roster" in inputs.notes[0]
    assert len(inputs.problem.handlers[0].last_week) == 8  # four of the roster, four of the week before it by pattern
    assert inputs.problem.handlers[0].paid_min_by_week == ()
    assert inputs.problem.handlers[0].worked_min_by_week[-1] == 4 * 480


def test_burdens_of_published_weeks_make_the_ledger(stocked, make, step):
    start = datetime(2026, 3, 28, 21, tzinfo=UTC)  # a Saturday night
    end = start.replace(day=29, hour=6)
    night = Duty("H001", start, end, (ActivitySpan(Activity.CALLS_999, start, end),))
    roster_id = make(duties=[night])
    assert loaded(stocked, NEXT).problem.handlers[0].ledger.nights == 0, "a draft burdens nobody"
    published(step, roster_id)
    ledger = loaded(stocked, NEXT).problem.handlers[0].ledger
    assert (ledger.nights, ledger.weekends) == (1, 1)


def test_pins_hold_duties_people_and_days(stocked, make):
    roster_id = make()
    listed = done(stocked.get(f"{ROSTERS}/{roster_id}"))["duties"]
    mine = [d for d in listed if d["handler"] == "H001"]
    pins = {"from_roster_id": roster_id, "duties": [{"handler": "H002", "date": "2026-03-24"}], "handlers": ["H001"]}
    held = loaded(stocked, WEEK, pinned=pins)
    assert {(d.handler, d.start.isoformat()) for d in held.problem.pinned} == {
        *((d["handler"], d["start"].replace("Z", "+00:00")) for d in mine), ("H002", "2026-03-24T07:00:00+00:00")
    }  # fmt: skip
    by_ref = {h.ref: h for h in held.problem.handlers}
    friday = date(2026, 3, 27)
    assert by_ref["H001"].on_leave(friday)
    assert not by_ref["H001"].credited(friday)
    assert not by_ref["H002"].on_leave(friday)
    assert len(held.before) == len(listed)
    days = loaded(stocked, WEEK, pinned={"from_roster_id": roster_id, "dates": ["2026-03-23", "2026-03-27"]})
    assert [d.handler for d in days.problem.pinned] == ["H001", "H002"]
    assert all(h.on_leave(friday) for h in days.problem.handlers)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ["at least one"]),
        ({"handlers": ["H999"]}, ["pinned.handlers", "H999"]),
        ({"dates": ["2026-03-30"]}, ["2026-03-30", "before 2026-03-30"]),
        ({"duties": [{"handler": "H001", "date": "2026-03-27"}]}, ["H001 on 2026-03-27", "a duty of roster"]),
        ({"handlers": ["H001"], "from_roster_id": str(UUID(int=1))}, ["is unknown"]),
    ],
)
def test_pins_of_nothing_are_refused(stocked, make, change, words):
    pins = {"from_roster_id": make()} | change
    answer = stocked.post(ROSTERS, json={"week_start": WEEK.isoformat(), "pinned": pins})
    problem(answer, 404 if "from_roster_id" in change else 422, *words)


def test_pins_are_of_the_same_weeks(stocked, make):
    pins = {"from_roster_id": make(), "handlers": ["H001"]}
    problem(stocked.post(ROSTERS, json={"week_start": NEXT.isoformat(), "pinned": pins}), 422, "from_roster_id")
    answer = stocked.post(ROSTERS, json={"week_start": WEEK.isoformat(), "weeks": 2, "pinned": pins})
    problem(answer, 422, "2 weeks")


@pytest.mark.parametrize(
    ("change", "word"),
    [({"weeks": 0}, "weeks"), ({"weeks": 5}, "weeks"), ({"effort": 0}, "effort"), ({"mode": "other"}, "pattern"),
     ({"week_start": "2026-03-24"}, "Monday"), ({"seconds": 4}, "seconds")],
)  # fmt: skip
def test_a_request_of_other_values_is_refused(stocked, change, word):
    problem(stocked.post(ROSTERS, json={"week_start": WEEK.isoformat()} | change), 422, word)


@pytest.mark.parametrize(
    ("asked", "effort"),
    [({"seconds": 60}, 5400), ({"seconds": 60, "weeks": 2}, 2700), ({"seconds": 60, "effort": 7}, 7),
     ({"seconds": 60, "mode": "free"}, 1800)],
)  # fmt: skip
def test_a_search_ends_by_effort_for_two_handlers(stocked, asked, effort):
    inputs = loaded(stocked, WEEK, **asked)
    assert (inputs.effort, inputs.seconds) == (effort, 60)


def test_weeks_that_the_requirement_does_not_cover_are_refused(stocked):
    problem(stocked.post(ROSTERS, json={"week_start": WEEK.isoformat(), "weeks": 3}), 409, "3 weeks from 2026-03-23")


def test_rosters_are_listed_page_by_page(stocked, make, step):
    ids = [make() for _ in range(3)]
    done(step(ids[0], "approve"))
    first = done(stocked.get(ROSTERS, params={"limit": 2}))
    assert [row["id"] for row in first["rosters"]] == [ids[2], ids[1]]
    second = done(stocked.get(ROSTERS, params={"limit": 2, "cursor": first["next"]}))
    assert second["rosters"][0]["id"] == ids[0]
    approved = done(stocked.get(ROSTERS, params={"status": "approved"}))
    assert [(row["id"], row["status"]) for row in approved["rosters"]] == [(ids[0], "approved")]
    assert done(stocked.get(ROSTERS, params={"week_start": "2026-04-06"}))["rosters"] == []
    assert len(done(stocked.get(ROSTERS, params={"week_start": "2026-03-23", "status": "draft"}))["rosters"]) == 2
    problem(stocked.get(ROSTERS, params={"cursor": str(uuid4())}), 422, "cursor")
    problem(stocked.get(ROSTERS, params={"week_start": "2026-03-24"}), 422, "Monday")
    assert done(stocked.get(f"/v1/forces/{OTHER}/rosters")) == {"rosters": [], "next": None}
