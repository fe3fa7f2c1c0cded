"""Patterns over HTTP: what is asked for, the need that it becomes, what a run answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.patterns.run import weekly_need
from tests.helpers import FORCE, OTHER, done, end_run, problem

LONDON = ZoneInfo("Europe/London")
ADDRESS = f"/v1/forces/{FORCE}/patterns"
EARLY, LATE = {"start": "07:00", "length_min": 540}, {"start": "14:00", "length_min": 540}
WEEK = [EARLY, EARLY, LATE, LATE, None, None, None]


@pytest.mark.parametrize("start", [datetime(2026, 6, 7, 23, tzinfo=UTC), datetime(2026, 3, 22, tzinfo=UTC)])
def test_the_need_of_a_local_quarter_hour_is_its_mean(start):
    """Two weeks from local midnight, one of them with the clock change in March: heads that tell the local hour."""
    n = 2 * 672
    local = [(start + i * timedelta(minutes=15)).astimezone(LONDON) for i in range(n)]
    heads = np.array([[moment.hour for moment in local], [moment.weekday() for moment in local]])
    need = weekly_need(heads, start, LONDON)
    assert need[0].reshape(7, 24, 4).mean(axis=(0, 2)) == pytest.approx(np.arange(24))
    assert need[1].reshape(7, 96).mean(axis=1) == pytest.approx(np.arange(7))


def test_a_proposed_pattern_is_assessed(stocked):
    asked = {"team_size": 2, "weekly_min": 1920, "proposed": [WEEK]}
    run = done(stocked.post(ADDRESS, json=asked), 202)
    stored = end_run(stocked.app.state.engine, run["id"])
    assert stored.outcome == "legal"
    result = stored.result
    assert result["pattern"] == [WEEK]
    assert (result["report"]["n_duties"], result["report"]["weekly_paid_min"]) == (4, 1920)
    assert sum(result["report"]["fit"]["on_duty"]) == 2 * 4 * 36
    rosters = f"/v1/forces/{FORCE}/rosters"
    by_mode = done(stocked.post(rosters, json=asked | {"mode": "pattern"}), 202)
    assert (by_mode["kind"], by_mode["inputs"]) == ("pattern", run["inputs"])
    problem(stocked.post(rosters, json=asked | {"mode": "pattern", "week_start": "2026-03-23"}), 422, "week_start")
    bad = asked | {"proposed": [[LATE, EARLY, EARLY, EARLY, None, None, None]]}
    run = done(stocked.post(ADDRESS, json=bad), 202)
    stored = end_run(stocked.app.state.engine, run["id"])
    assert stored.outcome == "illegal"
    assert "W1" in {broken["rule"] for broken in stored.result["report"]["broken"]}


def test_a_small_pattern_is_designed(stocked):
    asked = {"weeks": 2, "team_size": 4, "starts": ["07:00", "15:00"], "lengths_min": [540], "max_shifts": 2,
             "weekly_min": 2160, "seconds": 60, "effort": 1}  # fmt: skip
    run = done(stocked.post(ADDRESS, json=asked), 202)
    stored = end_run(stocked.app.state.engine, run["id"])
    assert stored.outcome in ("optimal", "feasible")
    assert [len(week) for week in stored.result["pattern"]] == [7, 7]
    assert stored.result["report"]["broken"] == []
    for tier in stored.result["tiers"].values():
        assert tier["bound"] <= tier["objective"]


@pytest.mark.parametrize(
    ("change", "word"),
    [({"weeks": 0}, "weeks"), ({"team_size": 0}, "team_size"), ({"lengths_min": [725]}, "lengths_min"),
     ({"starts": ["07:05"]}, "quarter-hour"), ({"starts": ["07:00", "07:00"]}, "each once"),
     ({"proposed": [[None] * 6]}, "expected 7"), ({"lengths_min": []}, "lengths_min")],
)  # fmt: skip
def test_a_pattern_of_other_values_is_refused(stocked, change, word):
    problem(stocked.post(ADDRESS, json={"team_size": 5} | change), 422, word)


def test_a_pattern_needs_a_requirement(stocked):
    problem(stocked.post(f"/v1/forces/{OTHER}/patterns", json={"team_size": 5}), 404, "no requirement yet")
