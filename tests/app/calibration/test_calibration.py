"""Calibrations over HTTP: from an imported history to an availability that other rooms can take."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import numpy as np
import pytest

from app.calibration import service
from app.calibration.service import whole_days
from app.database import EVERY_FORCE, force_session
from app.demonstration import truth
from app.demonstration.calls import write_csv
from app.demonstration.control_room import demonstration_calls
from app.forces.schemas import ForceSettings
from app.tables import CalibrationRow
from tests.helpers import FORCE, OTHER, add_calls, add_force, compute_run, done, history_csv, problem

CALIBRATIONS = f"/v1/forces/{FORCE}/calibrations"
LONDON = ForceSettings().zone


@pytest.fixture(scope="module")
def ten_weeks() -> str:
    """Recorded service over the spring clock change, without the column of the 101 desk's threshold."""
    made = demonstration_calls(date(2026, 4, 20), np.random.default_rng(2), weeks=16)
    text = io.StringIO()
    write_csv(made, text)
    header, *rows = text.getvalue().splitlines()
    per_queue = len(rows) // 2
    kept = 70 * 96 - 4
    return "\n".join([header, *rows[per_queue - kept : per_queue], *rows[-kept:]]) + "\n"


def test_from_history_to_availability(api, engine, ten_weeks):
    add_force(api, synthetic=True)
    done(add_calls(api, ten_weeks))
    run = done(api.post(CALIBRATIONS, json={"replications": 8}), 202)
    result = compute_run(engine, run["id"])
    found = done(api.get(f"{CALIBRATIONS}/{result['calibration_id']}"))
    told = found["availability"]
    assert told["lower"] < told["mean"] < told["upper"]
    assert abs(told["mean"] - truth.AVAILABILITY) < 0.06
    assert told["mean"] < told["on_calls"] < 1
    assert (told["days"], told["is_at_edge"], found["synthetic"]) == (56, False, True)
    assert (found["learned_from"], found["learned_until"]) == ("2026-02-23", "2026-04-19")
    assert found["day"][0] == "2026-04-06"
    assert len(found["day"]) == 14
    for measure in ("service_level_999", "abandonment_101"):
        coverage, days = found["coverage"][measure], found["predicted"][measure]
        inside = [low <= x <= high for low, x, high in zip(days["lower"], days["recorded"], days["upper"], strict=True)]
        assert coverage["share"] == pytest.approx(np.mean(inside), abs=0.08)  # rounded bounds
        assert (coverage["stated"], coverage["days"]) == (0.9, 14)
        assert 0.5 <= coverage["share"] <= 1.0
    assert 0.5 * 300 < found["patience"]["101"]["mean_s"] < 2 * 300
    with force_session(engine, EVERY_FORCE) as session:
        row = session.get(CalibrationRow, result["calibration_id"])
        latest = service.latest(session, row.force_id)
    assert latest is not None
    assert (latest["availability"], latest["lower"], latest["days"]) == (told["mean"], told["lower"], 56)
    assert latest["on_calls"] == told["on_calls"]
    assert "2026-04-19" in latest["source"]
    assert done(api.get(f"{CALIBRATIONS}/latest")) == found


def test_without_handlers_logged_on_it_says_what_is_needed(api):
    add_force(api)
    problem(api.post(CALIBRATIONS, json={}), 409, "handlers_staffed")
    done(add_calls(api, history_csv(1)))
    problem(api.post(CALIBRATIONS, json={}), 409, "handlers_staffed")
    rows = ["queue,interval_start,offered,handlers_staffed", "999,2026-03-01T00:00:00Z,5,9"]
    done(add_calls(api, "\n".join(rows) + "\n"))
    problem(api.post(CALIBRATIONS, json={}), 409, "0 whole days", "needs 56")
    problem(api.get(f"{CALIBRATIONS}/latest"), 404, "no calibration yet")
    problem(api.post(CALIBRATIONS, json={"replications": 7}), 422, "replications")


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        ((2026, 3, 27), (2026, 3, 30, 0), ((2026, 3, 27, 0), (2026, 3, 29, 23))),  # 30 March 00:00 is 23:00 UTC
        ((2026, 3, 27, 0, 15), (2026, 3, 30, 5), ((2026, 3, 28, 0), (2026, 3, 29, 23))),
        ((2024, 1, 1), (2026, 3, 20), ((2025, 1, 10, 0), (2026, 3, 20, 0))),  # no more than 62 weeks
    ],
)
def test_whole_local_days(first, end, expected):
    bounds = whole_days(datetime(*first, tzinfo=UTC), datetime(*end, tzinfo=UTC), LONDON)
    assert bounds == tuple(datetime(*at, tzinfo=UTC) for at in expected)


def test_forces_and_roles(api, key_for):
    add_force(api)
    add_force(api, OTHER)
    problem(api.post(CALIBRATIONS, json={}, headers=key_for(FORCE, "auditor")), 403)
    problem(api.get(f"{CALIBRATIONS}/latest", headers=key_for(OTHER, "planner")), 404)
