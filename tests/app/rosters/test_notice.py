"""Publishing in place of what people were told: the rules of notice, what they find and what makes a change stand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.certificates.recheck import recheck
from app.database import EVERY_FORCE, force_session
from app.rosters import life
from app.rosters.document import duties_from_json
from app.tables import AuditRow
from tests.app.rosters.conftest import missing_consent
from tests.helpers import FORCE, done, problem

ROSTERS = f"/v1/forces/{FORCE}/rosters"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY, THURSDAY, FRIDAY = "2026-03-23", "2026-03-26", "2026-03-27"


@pytest.fixture
def step(stocked):
    made: list[str] = []

    def taken(roster_id, name, **body):
        made.append(roster_id)
        etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
        return stocked.post(f"{ROSTERS}/{roster_id}/{name}", json=body, headers={"If-Match": etag})

    yield taken
    for roster_id in set(made):
        if done(stocked.get(f"{ROSTERS}/{roster_id}"))["status"] != "superseded":
            done(taken(roster_id, "supersede", reason="tried"))


@pytest.fixture
def told(make, step) -> str:
    """The published roster: H001 and H002 on nine hours from 07:00, Monday to Thursday; neither consents to moves."""
    roster_id = make()
    done(step(roster_id, "approve"))
    agreed = missing_consent(step(roster_id, "publish"))  # earlier tests told people something else
    if agreed:
        done(step(roster_id, "publish", agreed=agreed))
    return roster_id


def later(duty, by):
    spans = tuple(replace(span, start=span.start + by, end=span.end + by) for span in duty.activities)
    return replace(duty, start=duty.start + by, end=duty.end + by, activities=spans)


def successor(stocked, make, told, **moves):
    """An approved roster based on the published one, H002's duties of these weekdays later."""
    duties = duties_from_json(done(stocked.get(f"{ROSTERS}/{told}"))["duties"])
    new = [later(d, moves[f"{d.start:%a}"]) if d.handler == "H002" and f"{d.start:%a}" in moves else d for d in duties]
    roster_id = make(duties=new, pinned={"from_roster_id": told, "handlers": ["H001"]})
    etag = stocked.get(f"{ROSTERS}/{roster_id}").headers["ETag"]
    done(stocked.post(f"{ROSTERS}/{roster_id}/approve", json={}, headers={"If-Match": etag}))
    return roster_id


def key(day: str, handler: str = "H002") -> dict[str, str]:
    return {"handler": handler, "date": day}


def test_what_moves_with_too_little_notice_is_not_published(stocked, make, step, told):
    new = successor(stocked, make, told, Mon=HOUR, Thu=DAY)
    refused = problem(step(new, "publish"), 409, "was not published", "rule P3, handler H002", MONDAY, "days ahead")
    assert [(e["where"], e["value"], e["day"]) for e in refused["errors"]] == [
        ("rule P3", "H002", MONDAY), ("rule P2", "H002", THURSDAY), ("rule P2", "H002", FRIDAY)
    ]  # fmt: skip
    assert done(stocked.get(f"{ROSTERS}/{told}"))["status"] == "published", "nothing was changed"
    done(step(told, "supersede", reason="to get round it"))
    problem(step(new, "publish"), 409, "rule P3, handler H002")
    problem(step(new, "publish", agreed=[key(MONDAY), key(THURSDAY)]), 409, "1 duties", FRIDAY)
    problem(step(new, "publish", agreed=[key(MONDAY, "H001")]), 422, "agreed", "H001")
    problem(step(new, "publish", exigency=[key(MONDAY)]), 422, "reason")


def test_what_people_agreed_to_stands_and_is_told(stocked, make, step, told):
    new = successor(stocked, make, told, Mon=HOUR, Thu=DAY)
    agreed = [key(THURSDAY), key(FRIDAY)]
    answer = done(step(new, "publish", agreed=agreed, exigency=[key(MONDAY)], reason="major incident"))
    assert (answer["status"], answer["replaces"]) == ("published", [told])
    assert [(flag["rule"], flag["day"]) for flag in answer["notice"]] == [
        ("P3", MONDAY), ("P2", THURSDAY), ("P2", FRIDAY)
    ]  # fmt: skip
    certificate = done(stocked.get(f"{ROSTERS}/{new}/certificate"))
    assert (certificate["publication"]["agreed"], certificate["publication"]["notice"]) == (agreed, answer["notice"])
    verdict = recheck(json.dumps(certificate).encode())
    assert not [line for line in verdict.lines if "signature" in line and "FAULT" in line]
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        lines = session.scalars(select(AuditRow).where(AuditRow.subject == new).order_by(AuditRow.id)).all()
        assert lines[-1].details["exigency"] == [key(MONDAY)]
        assert lines[-1].details["notice"] == answer["notice"]


@pytest.mark.parametrize(
    ("now", "rules"),
    [(date(2025, 12, 23), []), (date(2025, 12, 24), ["P3"])],
    ids=["three months ahead", "a day less"],
)
def test_notice_at_its_edge(stocked, make, step, told, monkeypatch, now, rules):
    new = successor(stocked, make, told, Mon=HOUR)
    monkeypatch.setattr(life, "utc_now", lambda: datetime(now.year, now.month, now.day, 12, tzinfo=UTC))
    answer = done(step(new, "publish", agreed=[key(MONDAY)] if rules else []))
    assert [flag["rule"] for flag in answer["notice"]] == rules


def test_a_rest_day_moves_early_only_by_agreement(stocked, make, step, told, monkeypatch):
    new = successor(stocked, make, told, Thu=DAY)
    monkeypatch.setattr(life, "utc_now", lambda: datetime(2025, 12, 20, 12, tzinfo=UTC))
    days = [key(THURSDAY), key(FRIDAY)]
    problem(step(new, "publish", exigency=days, reason="major incident"), 422, "exigency", "agreement")
    assert done(step(new, "publish", agreed=days))["status"] == "published"
