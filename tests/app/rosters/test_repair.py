"""What a repair is asked with, and the problem that it becomes: no solver here."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from app.database import EVERY_FORCE, force_session
from app.rosters import run
from app.runs import repository as runs
from rostering.problem import Mode
from tests.app.rosters.conftest import WEEK
from tests.helpers import FORCE, done, problem

ROSTERS = f"/v1/forces/{FORCE}/rosters"
NOW = "2026-03-24T12:00:00Z"  # Tuesday noon: of four duties each, two have begun
OFFER = {"handler": "H001", "kind": "rest_day", "date": "2026-03-27", "earliest": "2026-03-27T07:00:00Z",
         "latest": "2026-03-27T17:00:00Z", "most_min": 540}  # fmt: skip


def step(stocked, roster_id: str, name: str) -> None:
    etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
    done(stocked.post(f"{ROSTERS}/{roster_id}/{name}", json={"reason": "x"}, headers={"If-Match": etag}))


@pytest.fixture(scope="module")
def published_ids() -> list[str]:
    return []


@pytest.fixture
def published(stocked, make, published_ids) -> str:
    """A published roster; the last one is taken away."""
    for old in published_ids:
        step(stocked, old, "supersede")
    published_ids[:] = [make(WEEK)]
    step(stocked, published_ids[0], "approve")
    step(stocked, published_ids[0], "publish")
    return published_ids[0]


def ask(stocked, roster_id, **body):
    return stocked.post(f"{ROSTERS}/{roster_id}/repair", json={"now": NOW} | body)


def loaded(stocked, answer) -> run.Inputs:
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        return run.load(session, runs.locked(session, UUID(done(answer, 202)["id"])))


def test_what_has_begun_stands_and_who_is_absent_is_gone(stocked, published):
    absent = [{"handler": "H002", "first": "2026-03-24", "last": "2026-03-25"}]
    surge = [{"queue": "101", "start": "2026-03-26T12:00:00Z", "end": "2026-03-26T13:00:00Z", "heads": 3}]
    inputs = loaded(stocked, ask(stocked, published, absent=absent, offers=[OFFER], surge=surge))
    made = inputs.problem
    assert made.mode is Mode.REPAIR
    assert len(made.published) == 8
    assert len(made.frozen_duties) == 4
    assert {f"{duty.start:%a}" for duty in made.frozen_duties} == {"Mon", "Tue"}
    by_ref = {handler.ref: handler for handler in made.handlers}
    away = [day for day in range(23, 30) if by_ref["H002"].on_leave(date(2026, 3, day))]
    assert away == [24, 25]
    assert [offer.date for offer in by_ref["H001"].offers] == [date(2026, 3, 27)]
    assert made.told_at is not None
    assert made.told_at.isoformat() == "2026-03-24T12:00:00+00:00"
    plain = loaded(stocked, ask(stocked, published)).problem
    more = made.cover.needed_101 - plain.cover.needed_101
    first = (3 * 24 + 12) * 4
    assert more[first : first + 4].tolist() == [3] * 4
    assert more.sum() == 12
    assert inputs.before == plain.published


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"absent": [{"handler": "H999", "first": "2026-03-24", "last": "2026-03-24"}]}, ["absent[0]", "H999"]),
        ({"absent": [{"handler": "H001", "first": "2026-03-25", "last": "2026-03-24"}]}, ["before it starts"]),
        ({"absent": [{"handler": "H001", "first": "2026-04-01", "last": "2026-04-02"}]}, ["absent[0]", "2026-03-29"]),
        ({"offers": [OFFER | {"handler": "H999"}]}, ["offers[0]", "H999"]),
        ({"offers": [OFFER | {"date": "2026-03-31"}]}, ["offers[0].date", "2026-03-31"]),
        ({"offers": [OFFER | {"kind": "favour"}]}, ["overtime"]),
        ({"surge": [{"queue": "999", "start": "2026-03-30T12:00:00Z", "end": "2026-03-30T13:00:00Z", "heads": 1}]},
         ["surge[0]"]),
        ({"surge": [{"queue": "112", "start": NOW, "end": "2026-03-24T13:00:00Z", "heads": 1}]}, ["999"]),
        ({"now": "2026-03-24T12:00:00"}, ["now"]),
    ],
)  # fmt: skip
def test_a_repair_of_nothing_is_refused(stocked, published, body, words):
    problem(ask(stocked, published, **body), 422, *words)


def test_only_a_published_roster_that_has_not_passed_is_repaired(stocked, make, published):
    problem(ask(stocked, make(WEEK)), 409, "is draft")
    problem(ask(stocked, published, now="2026-03-30T00:00:00Z"), 409, "has passed")
    problem(ask(stocked, UUID(int=7)), 404, "unknown")
    roster = done(ask(stocked, published), 202)
    assert (roster["kind"], roster["inputs"]["mode"]) == ("roster", "repair")


def test_the_same_key_asks_once(stocked, published):
    headers = {"Idempotency-Key": "repair-1"}
    first, second = (
        done(stocked.post(f"{ROSTERS}/{published}/repair", json={"now": NOW}, headers=headers), 202) for _ in range(2)
    )
    assert first["id"] == second["id"]


def test_asked_for_as_a_mode_a_repair_is_the_same(stocked, published):
    """With one key both addresses name the same run, and the mode refuses what the address refuses."""
    body = {"now": NOW, "seconds": 7, "absent": [{"handler": "H002", "first": "2026-03-24", "last": "2026-03-24"}]}
    headers = {"Idempotency-Key": "repair-2"}
    by_address = done(stocked.post(f"{ROSTERS}/{published}/repair", json=body, headers=headers), 202)
    asked = body | {"mode": "repair", "from_roster_id": published}
    assert done(stocked.post(ROSTERS, json=asked, headers=headers), 202)["id"] == by_address["id"]
    problem(stocked.post(ROSTERS, json=asked | {"from_roster_id": str(UUID(int=7))}), 404, "unknown")
    wrong = asked | {"absent": [{"handler": "H002", "first": "2026-03-24"}], "weeks": 1}
    told = problem(stocked.post(ROSTERS, json=wrong), 422)
    assert {error["where"] for error in told["errors"]} == {"absent[0].last", "weeks"}
    problem(stocked.post(ROSTERS, json={"mode": "repair"}), 422, "from_roster_id")
