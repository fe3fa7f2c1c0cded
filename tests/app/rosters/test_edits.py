"""Edits by hand and swaps over HTTP: checked at once, refused where a rule breaks, certified as they stand."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from app.certificates.recheck import recheck
from tests.app.rosters.conftest import WEEK
from tests.helpers import FORCE, add_handlers, done, handler_body, problem

ROSTERS = f"/v1/forces/{FORCE}/rosters"
MONDAY, TUESDAY, THURSDAY, FRIDAY = "2026-03-23", "2026-03-24", "2026-03-26", "2026-03-27"


def at(day: str, clock: str) -> str:
    return f"{day}T{clock}:00+00:00"


@pytest.fixture
def roster_id(make) -> str:
    """H001 and H002 on nine hours from 07:00, Monday to Thursday."""
    return make(WEEK)


@pytest.fixture
def patch(stocked, roster_id):
    def patched(*changes, etag="now", dry_run=False, overrides=(), reason="asked for"):
        if etag == "now":
            etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
        body = {"changes": changes, "reason": reason, "overrides": list(overrides)}
        headers = {} if etag is None else {"If-Match": etag}
        return stocked.patch(f"{ROSTERS}/{roster_id}", json=body, params={"dry_run": dry_run}, headers=headers)

    return patched


def move(start: str, day: str = MONDAY, **more) -> dict:
    return {"kind": "move", "handler": "H001", "date": day, "start": start} | more


def duties(stocked, roster_id, ref="H001") -> list[dict]:
    return [d for d in done(stocked.get(f"{ROSTERS}/{roster_id}"))["duties"] if d["handler"] == ref]


def filled(stocked, roster_id) -> list[tuple[str, str]]:
    """Activities of H001's first duty, each with its start."""
    return [(a["activity"], a["start"][11:16]) for a in duties(stocked, roster_id)[0]["activities"]]


def verdict(stocked, roster_id):
    return recheck(json.dumps(done(stocked.get(f"{ROSTERS}/{roster_id}/certificate"))).encode())


def test_a_move_without_consent_is_refused_and_agreed_it_stands(stocked, roster_id, patch):
    later = move(at(MONDAY, "08:00"))
    refused = problem(patch(later), 409, "P3", "H001", "nothing was changed")
    assert [error["overridable"] for error in refused["errors"]] == [False]
    dry = done(patch(later, dry_run=True))
    assert (dry["applied"], dry["roster"]["revision"]) == (False, 1)
    assert [(v["rule"], v["handler"]) for v in dry["violations"]] == [("P3", "H001")]
    assert duties(stocked, roster_id)[0]["start"] == "2026-03-23T07:00:00Z"
    answer = patch(later | {"agreed": True})
    told = done(answer)
    assert (told["applied"], told["violations"], told["roster"]["revision"]) == (True, [], 2)
    assert answer.headers["ETag"] == stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
    moved = duties(stocked, roster_id)[0]
    assert (moved["start"], moved["end"]) == ("2026-03-23T08:00:00Z", "2026-03-23T17:00:00Z")
    assert moved["activities"][0]["start"] == moved["start"]
    change = done(stocked.get(f"{ROSTERS}/{roster_id}/changes"))["changes"][-1]
    assert (change["action"], change["reason"]) == ("edited", "asked for")
    assert len(change["details"]["removed"]) == len(change["details"]["added"]) == 1
    assert verdict(stocked, roster_id).holds


def test_a_longer_duty_gets_its_breaks_anew(stocked, roster_id, patch):
    """Eleven hours with a meal of an hour and two short breaks, within the contract's tolerance."""
    done(patch(move(at(MONDAY, "07:00"), end=at(MONDAY, "18:00"), agreed=True)))
    activities = [
        (a["activity"], a["start"][11:16], a["end"][11:16]) for a in duties(stocked, roster_id)[0]["activities"]
    ]
    assert [a for a, *_ in activities].count("break") == 2
    assert ("meal", "12:00", "13:00") in activities
    assert not [n for n in done(stocked.get(f"{ROSTERS}/{roster_id}"))["certificate"]["rules"]["notices"]
                if n["rule"] == "W11" and (n["handler"], n["when"][:10]) == ("H001", MONDAY)]  # fmt: skip


@pytest.mark.parametrize(("start", "status"), [("03:00", 200), ("02:45", 409)])
def test_daily_rest_at_its_edge_and_set_aside_with_a_reason(stocked, roster_id, patch, start, status):
    """Monday's duty ends at 16:00: eleven hours later it is 03:00."""
    early = move(at(TUESDAY, start), TUESDAY, agreed=True)
    assert patch(early, dry_run=True).status_code == 200
    answer = patch(early)
    assert answer.status_code == status
    if status == 409:
        assert "W1" in problem(answer, 409)["detail"]
        problem(patch(early, overrides=[{"rule": "P3", "handler": "H001", "reason": "too few people"}]), 422, "W1")
        problem(patch(early, overrides=[{"rule": "W1", "handler": "H002", "reason": "too few people"}]), 409, "W1")
        problem(patch(early, overrides=[{"rule": "W1", "handler": "H001", "reason": "short"}]), 422, "reason")
        told = done(patch(early, overrides=[{"rule": "W1", "handler": "H001", "reason": "major incident, agreed"}]))
        assert [v["rule"] for v in told["overridden"]] == ["W1"]
        (flag,) = [flag for flag in told["flags"] if flag["rule"] == "W1"]
        assert flag["owed_min"] == 15
        change = done(stocked.get(f"{ROSTERS}/{roster_id}/changes"))["changes"][-1]["details"]
        assert change["overrides"][0]["reason"] == "major incident, agreed"
        assert change["owed"][0]["owed_min"] == 15
        found = verdict(stocked, roster_id)
        assert found.holds
        assert any("SET ASIDE W1 H001" in line and "major incident" in line for line in found.lines)


def test_a_duty_is_added_as_offered_and_removed_as_leave(stocked, roster_id, patch):
    friday = {"kind": "add", "handler": "H001", "start": at(FRIDAY, "07:00"), "end": at(FRIDAY, "15:00")}
    problem(patch(friday), 409, "P2", "rest day")
    told = done(patch(friday | {"offer": "rest_day"}))
    assert told["tiers"]["cost"]["after"] > told["tiers"]["cost"]["before"]
    assert len(duties(stocked, roster_id)) == 5
    removed = {"kind": "remove", "handler": "H001", "date": MONDAY}
    told = done(patch(removed))
    assert told["tiers"]["service"]["after"] > told["tiers"]["service"]["before"]
    assert [d["start"][:10] for d in duties(stocked, roster_id)] == [TUESDAY, "2026-03-25", THURSDAY, FRIDAY]
    roster = done(stocked.get(f"{ROSTERS}/{roster_id}"))
    assert roster["by_week"][MONDAY]["paid_min"]["H001"] == 4 * 480, "leave is credited, rest-day work is paid apart"
    assert roster["by_week"][MONDAY]["worked_min"]["H001"] == 4 * 480 + 435
    assert verdict(stocked, roster_id).holds
    problem(patch(removed), 422, MONDAY, "has a duty")
    problem(patch({"kind": "remove", "handler": "H001", "date": TUESDAY, "credited": False},
                  {"kind": "remove", "handler": "H001", "date": THURSDAY, "credited": False}), 409, "P1")  # fmt: skip


def test_breaks_and_activities_move_inside_their_duty(stocked, roster_id, patch):
    meal = next(a for a in duties(stocked, roster_id)[0]["activities"] if a["activity"] == "meal")
    there = {"kind": "break", "handler": "H001", "date": MONDAY, "start": meal["start"]}
    done(patch(there | {"to": at(MONDAY, "10:00")}))
    activities = duties(stocked, roster_id)[0]["activities"]
    assert [(a["activity"], a["start"][11:16]) for a in activities] == [
        ("999", "07:00"),
        ("meal", "10:00"),
        ("999", "11:00"),
    ]
    problem(patch({"kind": "break", "handler": "H001", "date": MONDAY, "start": at(MONDAY, "10:00"),
                   "to": at(MONDAY, "09:45")}), 409, "W10", "165 min after the start")  # fmt: skip
    problem(patch(there | {"to": at(MONDAY, "10:30")}), 422, "the start of a meal")
    desk = {"kind": "activity", "handler": "H001", "date": MONDAY, "activity": "101"}
    done(patch(desk | {"start": at(MONDAY, "12:00"), "end": at(MONDAY, "13:00")}))
    assert ("101", "12:00") in filled(stocked, roster_id)
    problem(patch(desk | {"start": at(MONDAY, "15:00"), "end": at(MONDAY, "16:15")}), 422, "inside the duty")
    assert verdict(stocked, roster_id).holds


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (move(at(MONDAY, "08:00")) | {"handler": "H999"}, ["changes[0] (move).handler", "H999"]),
        (move(at(FRIDAY, "08:00"), FRIDAY), ["changes[0] (move).date", FRIDAY]),
        (move(at(MONDAY, "08:05")), ["quarter-hour"]),
        (move(at(MONDAY, "08:00"), end=at(MONDAY, "08:00")), ["changes[0] (move).end"]),
        (move(at("2026-03-31", "08:00")), ["a time of the roster's weeks"]),
        ({"kind": "add", "handler": "H001", "start": at(MONDAY, "17:00"), "end": at(MONDAY, "20:00")}, ["has no duty"]),
        ({"kind": "add", "handler": "H001", "start": at(FRIDAY, "07:00"), "end": at(FRIDAY, "15:00"),
          "offer": "overtime"}, ["rest_day or toil"]),
        ({"kind": "shorten"}, ["move", "add"]),
    ],
)  # fmt: skip
def test_an_edit_of_nothing_is_refused(patch, change, words):
    problem(patch(change), 422, *words)


def test_edits_are_made_together_or_not_at_all(stocked, roster_id, patch):
    problem(patch(move(at(MONDAY, "08:00"), agreed=True), move(at(TUESDAY, "08:00"), TUESDAY)), 409, "P3")
    assert duties(stocked, roster_id)[0]["start"] == "2026-03-23T07:00:00Z"
    problem(patch(), 422, "changes")
    problem(patch(move(at(MONDAY, "08:00"), agreed=True), reason=""), 422, "reason")


def test_an_edit_names_the_revision_that_it_means(roster_id, patch):
    later = move(at(MONDAY, "08:00"), agreed=True)
    problem(patch(later, etag=None), 428, "If-Match")
    done(patch(later))
    problem(patch(later, etag=f'"{roster_id}-1"'), 412, "edited it", f"{roster_id}-2")


def test_an_approved_roster_is_a_draft_again_and_a_superseded_one_stays(stocked, roster_id, patch):
    def step(name: str) -> None:
        etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
        done(stocked.post(f"{ROSTERS}/{roster_id}/{name}", json={"reason": "x"}, headers={"If-Match": etag}))

    step("approve")
    assert done(patch(move(at(MONDAY, "08:00"), agreed=True)))["roster"]["status"] == "draft"
    step("supersede")
    problem(patch(move(at(MONDAY, "09:00"), agreed=True)), 409, "superseded")


@pytest.fixture
def swap_id(stocked, roster_id):
    done(add_handlers(stocked, handler_body("H001"), handler_body("H002")))

    def asked(**body):
        wanted = {"give": {"handler": "H001", "date": MONDAY}, "to": "H002"} | body
        return stocked.post(f"{ROSTERS}/{roster_id}/swaps", json=wanted)

    return asked


def decided(stocked, roster_id, swap_id, how: str, **body):
    etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
    return stocked.post(f"{ROSTERS}/{roster_id}/swaps/{swap_id}/{how}", json=body, headers={"If-Match": etag})


def test_a_swap_on_one_date_changes_hands(stocked, roster_id, patch, swap_id):
    done(patch(move(at(MONDAY, "09:00"), agreed=True)))
    swap = done(swap_id(take=MONDAY), 201)
    assert (swap["status"], swap["check"]["violations"], swap["check"]["applied"]) == ("open", [], False)
    problem(swap_id(take=MONDAY), 409, swap["id"])
    accepted = done(decided(stocked, roster_id, swap["id"], "accept"))
    assert (accepted["status"], accepted["check"]["applied"]) == ("accepted", True)
    assert duties(stocked, roster_id, "H001")[0]["start"][11:16] == "07:00"
    assert duties(stocked, roster_id, "H002")[0]["start"][11:16] == "09:00"
    problem(decided(stocked, roster_id, swap["id"], "accept"), 409, "accepted already")
    assert [s["status"] for s in done(stocked.get(f"{ROSTERS}/{roster_id}/swaps"))["swaps"]] == ["accepted"]
    assert verdict(stocked, roster_id).holds


def test_a_swap_that_breaks_a_rule_is_told_and_refused(stocked, roster_id, swap_id):
    """H002 already works on Monday, and H001 would work less than the contract says."""
    swap = done(swap_id(), 201)
    assert {v["rule"] for v in swap["check"]["violations"]} >= {"P1", "SINGLE"}
    problem(decided(stocked, roster_id, swap["id"], "accept"), 409, "nothing was changed")
    declined = done(decided(stocked, roster_id, swap["id"], "decline", reason="contract"))
    assert (declined["status"], declined["reason"]) == ("declined", "contract")
    problem(decided(stocked, roster_id, swap["id"], "decline"), 409, "declined already")


@pytest.mark.parametrize(
    ("body", "word"),
    [({"to": "H001"}, "another handler"), ({"to": "H999"}, "H999"), ({"take": FRIDAY}, FRIDAY),
     ({"give": {"handler": "H001", "date": FRIDAY}}, FRIDAY)],
)  # fmt: skip
def test_a_swap_of_nothing_is_refused(swap_id, body, word):
    problem(swap_id(**body), 422, word)


def test_a_dry_run_shows_duties_and_cover_as_they_would_be(stocked, roster_id, patch):
    before = done(stocked.get(f"{ROSTERS}/{roster_id}"))
    told = done(patch({"kind": "remove", "handler": "H001", "date": MONDAY}, dry_run=True))
    (gone,) = told["removed"]
    assert (gone["handler"], gone["start"], told["added"]) == ("H001", f"{MONDAY}T07:00:00Z", [])
    on = {queue: columns["on_calls"] for queue, columns in before["coverage"].items()}
    fewer = sum(sum(on[queue]) - sum(told["coverage"][queue]["on_calls"]) for queue in on)
    answered = [a for a in gone["activities"] if a["activity"] in on]
    assert fewer == sum(minutes(a) for a in answered) / 15 > 0
    for queue, cover in told["coverage"].items():
        need = before["coverage"][queue]["rostered"]
        for name, heads in (("short_before", on[queue]), ("short_after", cover["on_calls"])):
            assert cover[name] == sum(max(wanted - there, 0) for wanted, there in zip(need, heads, strict=True))


def minutes(activity: dict) -> float:
    return (datetime.fromisoformat(activity["end"]) - datetime.fromisoformat(activity["start"])).total_seconds() / 60
