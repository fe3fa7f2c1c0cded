"""A stored roster as it is read, and what the next week learns from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.database import EVERY_FORCE, force_session
from app.rosters import run
from app.rosters.history import last_weeks
from app.runs import repository as runs
from rostering.roster import Activity, ActivitySpan, Duty
from tests.helpers import FORCE, OTHER, done, problem

WEEK = date(2026, 3, 23)


def one_duty(start: datetime) -> Duty:
    end = start + timedelta(hours=9)
    return Duty("H001", start, end, (ActivitySpan(Activity.CALLS_999, start, end),))


def test_a_roster_names_all_that_it_came_from(stocked, make):
    duty = one_duty(datetime(2026, 3, 24, 7, tzinfo=UTC))
    roster_id = make(WEEK, [duty])
    roster = done(stocked.get(f"/v1/forces/{FORCE}/rosters/{roster_id}"))
    requirement = done(stocked.get(f"/v1/forces/{FORCE}/requirements/latest"))
    assert (roster["requirement_id"], roster["forecast_id"]) == (requirement["id"], requirement["forecast_id"])
    assert (roster["week_start"], roster["status"], roster["synthetic"]) == ("2026-03-23", "draft", True)
    (listed,) = roster["duties"]
    assert (listed["handler"], listed["start"]) == ("H001", "2026-03-24T07:00:00Z")
    assert [activity["activity"] for activity in listed["activities"]] == ["999"]
    assert "problem" not in roster["certificate"]
    assert roster["certificate"]["versions"]["pacesetter"]
    certificate = done(stocked.get(f"/v1/forces/{FORCE}/rosters/{roster_id}/certificate"))
    assert certificate["problem"]
    assert (certificate["roster_id"], len(certificate["duties"])) == (roster_id, 1)


def test_the_newest_roster_is_the_latest_and_another_force_has_none(stocked, make):
    duty = one_duty(datetime(2026, 3, 24, 7, tzinfo=UTC))
    make(WEEK, [duty])
    newest = make(WEEK, [duty])
    assert done(stocked.get(f"/v1/forces/{FORCE}/rosters/latest"))["id"] == newest
    problem(stocked.get(f"/v1/forces/{OTHER}/rosters/latest"), 404, "no roster yet")
    problem(stocked.get(f"/v1/forces/{OTHER}/rosters/{newest}"), 404, newest)


def test_the_week_after_takes_the_newest_roster_of_the_week_before(stocked, make):
    """Not the pattern, which has H001 off on Sundays: the stored Sunday night reaches into Monday."""
    night = one_duty(datetime(2026, 3, 29, 21, tzinfo=UTC))
    make(WEEK, [one_duty(datetime(2026, 3, 24, 7, tzinfo=UTC))])
    make(WEEK, [night])
    wanted = {"week_start": "2026-03-30", "seconds": 5}
    run_id = UUID(done(stocked.post(f"/v1/forces/{FORCE}/rosters", json=wanted), 202)["id"])
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        row = runs.locked(session, run_id)
        inputs = run.load(session, row)
        last = last_weeks(session, row.force_id, WEEK + timedelta(days=7), inputs.settings.zone)
    assert inputs.problem.frozen_duties == (night,)
    assert last.minutes == {WEEK: {"H001": 480, "H002": 0}}
    assert last.nights == {WEEK: {"H001": 1}}
    assert last.weekends == {WEEK: {"H001": 1}}
    worked = {handler.ref: handler.worked_min_by_week[-1] for handler in inputs.problem.handlers}
    assert worked == {"H001": 480, "H002": 0}
    assert "newest roster" in inputs.notes[0]
    assert inputs.expected.paths.shape == (200, 2, 672)
    assert inputs.expected.aht_s.shape == (2, 672)
    assert inputs.expected.aht_s.mean(axis=1) == pytest.approx([340, 540], abs=1)  # 999 first


def test_a_week_with_a_clock_change_is_loaded_whole(stocked, make):  # noqa: ARG001
    wanted = {"week_start": WEEK.isoformat(), "seconds": 5}
    run_id = UUID(done(stocked.post(f"/v1/forces/{FORCE}/rosters", json=wanted), 202)["id"])
    with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
        inputs = run.load(session, runs.locked(session, run_id))
    assert inputs.expected.paths.shape == (200, 2, 668)
    assert inputs.problem.n_intervals == 668
    assert "patterns" in inputs.notes[0]
