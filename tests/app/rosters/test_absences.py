"""Somebody is away today: told, ranked, simulated, published within what is delegated, and owed for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.database import EVERY_FORCE, force_session
from app.forces import repository as forces
from app.forces.same_day import PayFactor, SameDay
from app.pacesetter.service import whereabouts
from app.rosters import run
from app.runs import repository as runs
from tests.app.rosters.conftest import WEEK
from tests.helpers import FORCE, add_handlers, done, end_run, handler_body, problem

BASE = f"/v1/forces/{FORCE}"
NOW = "2026-03-24T05:00:00Z"  # Tuesday: duties of nine hours begin at 07:00
TUESDAY = "2026-03-24"
DUTY = {"start": "07:00", "length_min": 540}


@pytest.fixture(scope="module")
def world() -> dict:
    return {}


@pytest.fixture
def published(stocked, make, world) -> str:
    """A published roster with two more handlers who rest on Tuesday; the same one for every test."""
    if "roster" not in world:
        rests = {"anchor": "2026-03-26", "days": [DUTY, DUTY, DUTY, DUTY, None, None, None]}
        others = [handler_body(ref, pattern=rests, contract={"weekly_min": 1920, "cycle_weeks": 4})
                  for ref in ("H003", "H004")]  # fmt: skip
        late = {"start": "14:00", "length_min": 540}  # Wednesday's ends at 23:00
        days = [None, None, late, None, late, late, late]
        others.append(handler_body("H005", pattern={"anchor": "2026-03-23", "days": days}))
        done(add_handlers(stocked, *others))
        world["roster"] = make(WEEK)
        for step in ("approve", "publish"):
            tag = etag(stocked, world["roster"])
            done(stocked.post(f"{BASE}/rosters/{world['roster']}/{step}", json={}, headers={"If-Match": tag}))
    return world["roster"]


def etag(stocked, roster_id: str) -> str:
    return stocked.get(f"{BASE}/rosters/{roster_id}").headers["ETag"]


def tell(stocked, **body):
    return stocked.post(f"{BASE}/absences", json={"handler": "H001", "date": TUESDAY, "now": NOW} | body)


def supervisor(stocked) -> dict[str, str]:
    made = done(stocked.post(f"{BASE}/keys", json={"name": "desk", "roles": ["supervisor"]}), 201)
    return {"Authorization": f"Bearer {made['key']}"}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"handler": "H999"}, 422, ["H999", "a handler of roster"]),
        ({"date": "2026-03-27"}, 422, ["2026-03-27", "has a duty"]),
        ({"date": None, "from": "2026-03-27T05:00:00Z", "until": "2026-03-28T05:00:00Z"}, 422, ["rest day or leave"]),
        ({"date": None, "from": "2026-03-24T07:00:00Z", "until": "2026-03-24T06:00:00Z"}, 422, ["expected after"]),
        ({"date": None, "from": "2026-03-24T09:00:00Z", "until": "2026-03-24T10:00:00Z"}, 422, ["lies inside"]),
        ({"now": "2026-03-24T20:00:00Z"}, 422, ["is over"]),
        ({"date": "2026-05-05"}, 409, ["no published roster has 2026-05-05"]),
        ({"from": "2026-03-24T05:00:00Z", "until": "2026-03-25T05:00:00Z"}, 422, ["either `date`"]),
        ({"date": None, "until": "2026-03-25T05:00:00Z"}, 422, ["either `date`"]),
        ({"date": None, "now": "2026-03-26T16:00:00Z"}, 422, ["under way or within a day"]),
        ({"reason": "flu"}, 422, ["reason"]),
    ],
)
@pytest.mark.usefixtures("published")
def test_an_absence_of_nothing_is_refused_and_named(stocked, body, status, words):
    asked = {name: value for name, value in ({"date": TUESDAY} | body).items() if value is not None}
    answer = stocked.post(f"{BASE}/absences", json={"handler": "H001", "now": NOW} | asked)
    problem(answer, status, *words)
    assert done(stocked.get(f"{BASE}/absences"))["absences"] == []


@pytest.mark.parametrize(
    ("now", "day"),
    [("2026-03-24T05:00:00Z", 24), ("2026-03-24T15:45:00Z", 24), ("2026-03-24T16:00:00Z", 25)],
    ids=["before it", "nearly over", "the next"],
)
@pytest.mark.usefixtures("published")
def test_without_a_date_it_is_the_duty_under_way_or_next(stocked, now, day):
    told = done(stocked.post(f"{BASE}/absences", json={"handler": "H001", "now": now}), 202)
    done(stocked.post(f"{BASE}/absences/{told['id']}/withdraw"))
    assert (told["from"], told["until"]) == (f"2026-03-{day}T07:00:00Z", f"2026-03-{day}T16:00:00Z")


def test_from_five_in_the_morning_to_a_published_repair(stocked, published):
    engine, headers = stocked.app.state.engine, supervisor(stocked)
    told = done(stocked.post(f"{BASE}/absences", json={"handler": "H001", "date": TUESDAY, "now": NOW},
                             headers=headers), 202)  # fmt: skip
    assert told["options"]["stage"] == "asked"
    problem(tell(stocked), 409, "is away", "already")
    end_run(engine, told["options"]["run_id"])
    address = f"{BASE}/absences/{told['id']}"
    read = stocked.get(address)
    seen = done(read)
    options = {one["id"]: one for one in seen["options"]["options"]}
    assert seen["options"]["stage"] == "simulated"
    assert [one["rank"] for one in seen["options"]["options"]] == list(range(1, len(options) + 1))
    nothing = options["accept"]["simulated"]["lost_101"]
    assert (nothing["against_accept"], nothing["against_accept_half_width"]) == (0, 0)
    assert seen["lost"] == [{"start": "2026-03-24T07:00:00Z", "end": "2026-03-24T16:00:00Z"}]
    called = next(one for one in options.values() if [c["kind"] for c in one["changes"]] == ["call_out"])
    change = called["changes"][0]
    assert [turn["handler"] for turn in change["call_order"]] == ["H003", "H004", "H005"]
    assert change["needs_agreement"]
    assert change["toil_min"] == (called["paid_min"] + 60 if called["paid_min"] > 420 else called["paid_min"] + 45)
    effect = called["simulated"]["lost_101"]
    assert effect["against_accept"] + effect["against_accept_half_width"] < 0  # somebody more loses fewer calls
    assert 0 < called["expected"]["recovered"] <= 1

    publish = f"{address}/options/{called['id']}/publish"
    tag = read.headers["ETag"]
    problem(stocked.post(publish, json={}), 428, "If-Match")
    problem(stocked.post(publish, json={}, headers={"If-Match": tag}), 409, "H003", "agreed")
    limits = done(stocked.get(f"{BASE}/settings"))["settings"]
    narrow = limits | {"same_day": {"kinds": ["break", "session"]}}
    done(stocked.put(f"{BASE}/settings", json=narrow))
    agreed = {"agreed": ["H004"], "instead": [{"subject": "H003", "by": "H004"}]}
    problem(stocked.post(publish, json=agreed, headers=headers | {"If-Match": tag}), 403, "same_day.kinds", "call_out")
    done(stocked.put(f"{BASE}/settings", json=limits))
    problem(stocked.post(publish, json={"agreed": ["H003", "H002"]}, headers={"If-Match": tag}), 422, "H002")
    unknown = {"agreed": ["H002"], "instead": [{"subject": "H003", "by": "H002"}]}
    problem(stocked.post(publish, json=unknown, headers={"If-Match": tag}), 422, "instead", "H002")
    chosen = done(stocked.post(publish, json=agreed, headers=headers | {"If-Match": tag}))

    roster = done(stocked.get(f"{BASE}/rosters/{published}"))
    worked = {duty["handler"] for duty in roster["duties"] if duty["start"].startswith(TUESDAY)}
    assert worked == {"H002", "H004"}
    assert chosen["roster"]["revision"] == roster["revision"]
    last = done(stocked.get(f"{BASE}/rosters/{published}/changes"))["changes"][-1]
    assert (last["action"], last["by"]) == ("repaired on the day", "desk")
    assert last["details"]["absence"] == told["id"]
    assert not roster["certificate"]["rules"]["violations"]
    problem(stocked.post(publish, json=agreed, headers={"If-Match": tag}), 412)
    problem(stocked.post(publish, json=agreed, headers={"If-Match": etag(stocked, published)}), 409, "already")

    owed = done(stocked.get(f"{BASE}/rest-owed"))["rest_owed"]
    assert [(one["handler"], one["rule"], one["owed_min"]) for one in owed] == [("H004", "P4", change["toil_min"])]
    given = f"{BASE}/rest-owed/{owed[0]['id']}/given"
    problem(
        stocked.post(given, json={"start": "2026-03-30T07:00:00Z", "end": "2026-03-30T08:00:00Z"}),
        422,
        "or more after start",
    )
    busy = {"start": "2026-03-26T07:00:00Z", "end": "2026-03-26T17:00:00Z"}
    problem(stocked.post(given, json=busy), 409, "H004", "has a duty")
    free = {"start": "2026-03-30T07:00:00Z", "end": "2026-03-30T17:00:00Z"}
    assert done(stocked.post(given, json=free))["given_by"] == "first administrator"
    problem(stocked.post(given, json=free), 409, "already")
    assert done(stocked.get(f"{BASE}/rest-owed"))["rest_owed"] == []


@pytest.mark.usefixtures("published")
def test_turns_go_round_and_absences_are_leave(stocked):
    """Whoever was called out comes after who was not; a later solve finds the days off."""
    engine = stocked.app.state.engine
    span = {"from": "2026-03-25T05:00:00Z", "until": "2026-03-27T00:00:00Z", "now": "2026-03-25T04:00:00Z"}
    told = done(stocked.post(f"{BASE}/absences", json={"handler": "H002"} | span), 202)
    end_run(engine, told["options"]["run_id"])
    seen = done(stocked.get(f"{BASE}/absences/{told['id']}"))
    assert len(seen["lost"]) == 2  # Wednesday's and Thursday's duties
    turns = [turn for one in seen["options"]["options"] for c in one["changes"] if c["kind"] == "call_out"
             for turn in c["call_order"]]  # fmt: skip
    assert turns[0]["handler"] == "H003"
    assert turns[0]["times_13_weeks"] == 0
    asked = {"week_start": WEEK.isoformat(), "seconds": 5}
    run_id = done(stocked.post(f"{BASE}/rosters", json=asked), 202)["id"]
    with force_session(engine, EVERY_FORCE) as session:
        people = run.load(session, runs.locked(session, UUID(run_id))).problem.handlers
    away = {who.ref: [day for n in range(7) if who.on_leave(day := WEEK + timedelta(days=n))] for who in people}
    assert away["H001"] == [date(2026, 3, 24)]
    assert away["H002"] == [date(2026, 3, 25), date(2026, 3, 26)]
    ended = done(stocked.post(f"{BASE}/absences/{told['id']}/end", json={"until": "2026-03-25T20:00:00Z"}))
    assert ended["status"] == "ended"
    assert done(stocked.post(f"{BASE}/absences/{told['id']}/withdraw"))["status"] == "withdrawn"
    problem(stocked.post(f"{BASE}/absences/{told['id']}/withdraw"), 409, "was withdrawn")
    problem(stocked.post(f"{BASE}/absences/{told['id']}/options", json={}), 409, "was withdrawn")


@pytest.mark.usefixtures("published")
def test_a_weak_interval_has_the_same_options(stocked):
    weak = {"queue": "101", "start": "2026-03-26T09:00:00Z", "end": "2026-03-26T12:00:00Z", "heads": 2,
            "now": "2026-03-26T08:00:00Z"}  # fmt: skip
    asked = done(stocked.post(f"{BASE}/options", json=weak), 202)
    assert asked["absence_id"] is None
    end_run(stocked.app.state.engine, asked["run_id"])
    seen = stocked.get(f"{BASE}/options/{asked['id']}")
    options = done(seen)["options"]
    accept = next(one for one in options if one["id"] == "accept")
    assert all(one["expected"]["weighted_calls"] <= accept["expected"]["accept"] for one in options)
    one = next(one for one in options if [c["subject"] for c in one["changes"]] == ["H005"])
    assert [broken["rule"] for broken in one["legality"]["broken"]] == ["W1"]  # ten hours after Wednesday's duty
    needs_reason = [bool(one["legality"]["broken"]) for one in options]
    assert needs_reason == sorted(needs_reason)
    publish = f"{BASE}/options/{asked['id']}/{one['id']}/publish"
    tag, agreed = {"If-Match": seen.headers["ETag"]}, {"agreed": ["H005"]}
    problem(stocked.post(publish, json=agreed, headers=tag), 409, "W1", "H005")
    reason = {"rule": "W1", "handler": "H005", "reason": "nobody else could come"}
    body = agreed | {"overrides": [reason]}
    problem(stocked.post(publish, json=body, headers=tag | supervisor(stocked)), 403, "same_day.may_override")
    chosen = done(stocked.post(publish, json=body, headers=tag))
    owed = {one["rule"]: one for one in done(stocked.get(f"{BASE}/rest-owed", params={"handler": "H005"}))["rest_owed"]}
    assert {one["id"] for one in owed.values()} == set(chosen["rest_owed"])
    assert (owed["W1"]["owed_min"], owed["W1"]["owed_by"]) == (60, "2026-04-09")
    assert owed["W1"]["reason"] == reason["reason"]
    given = f"{BASE}/rest-owed/{owed['W1']['id']}/given"
    short = {"start": "2026-03-26T06:00:00Z", "end": "2026-03-26T07:00:00Z"}
    problem(stocked.post(given, json=short), 409, "H005", "660 min of daily rest and the 60 min owed")
    problem(stocked.post(f"{BASE}/options", json=weak | {"end": weak["start"]}), 422, "after start")
    problem(stocked.post(f"{BASE}/options", json=weak | {"now": "2026-03-27T00:00:00Z"}), 422, "is over")


@pytest.mark.usefixtures("published")
def test_leave_stored_since_the_publication_is_away_as_an_absence_is(stocked):
    """Seen on Monday at half past six: duties begin at seven; of the day after nobody knows yet."""
    day = {"first": "2026-03-23", "last": "2026-03-23"}
    done(add_handlers(stocked, handler_body("H001"), handler_body("H002", leave=[day])))
    at = datetime(2026, 3, 23, 6, 30, tzinfo=UTC)
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        force_id = forces.find(session, FORCE).id
        found = whereabouts(session, force_id, at, timedelta(hours=1))
        assert whereabouts(session, force_id, at - timedelta(weeks=9), timedelta(hours=1)) is None
    assert {"H001": False, "H002": True}.items() <= {
        one.duty.handler: one.away_until is not None for one in found
    }.items()
    assert {one.now for one in found} == {None}


def test_pay_is_dated():
    pay = [PayFactor(first=date(2026, 4, 1), overtime=1.5), PayFactor(first=date(2026, 10, 1), overtime=2)]
    limits = SameDay(pay=pay)
    assert limits.pay_on(date(2026, 3, 31)) is None
    assert [limits.pay_on(day).overtime for day in (date(2026, 4, 1), date(2026, 9, 30), date(2026, 10, 1))] == [
        1.5, 1.5, 2
    ]  # fmt: skip
    with pytest.raises(ValueError, match="rising"):
        SameDay(pay=pay[::-1])
