"""Requirements over HTTP: what they assume, who set it, and the same figures as CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import numpy as np
import pytest

from app.forces.schemas import ForceSettings
from app.requirements.assumed import Register, holds, lending_of, room_assumptions, shrinkage_of
from app.requirements.expected import Expected
from app.requirements.repository import Waiting
from tests.helpers import FORCE, ORIGIN, SPRING_DAY, done

LATEST = f"/v1/forces/{FORCE}/requirements/latest"
DAYS = 7


def expected(calibration=None, waiting=(None, None), callers=None, **settings) -> Expected:
    n = DAYS * 96
    ones = np.ones((2, n))
    made = ForceSettings.model_validate(settings)
    starts = [(ORIGIN + i * timedelta(minutes=15)).astimezone(made.zone) for i in range(n)]
    return Expected(
        start=ORIGIN,
        interval_s=900,
        mean_calls=ones,
        rate_cv=0.1 * ones,
        day_cv=0.1 * ones,
        aht_s=300 * ones,
        aht_cv=0 * ones,
        call_cv=(float("nan"), 1.2),
        paths=np.ones((3, 2, n), dtype=np.int32),
        days=np.array([start.toordinal() for start in starts]),
        past_abandonment=None,
        waiting=waiting,
        calibration=calibration,
        settings=made,
        set_by="settings version 3, jane, 2026-03-01",
        callers=callers or {},
    )


def test_every_assumption_says_its_value_source_and_who_set_it():
    known = expected(
        waiting=(Waiting(400, 4000.0, 36000.0), None),
        queues={"101": {"redial": 0.2, "mean_patience_s": 250}},
        callbacks={"accepts": 0.2},
    )
    register = Register(known)
    assumed = room_assumptions(known, register)
    entries = {entry["name"]: entry for entry in register.entries}
    assert all({"name", "value", "unit", "source", "set_by"} <= entry.keys() for entry in register.entries)
    assert entries["999 mean patience"]["value"] == pytest.approx(100.0)
    assert entries["999 mean patience"]["set_by"] == "learned from history"
    assert entries["101 mean patience"] | {"value": 250, "set_by": known.set_by} == entries["101 mean patience"]
    assert entries["101 mean handling time"]["value"] == pytest.approx(300.0)
    assert entries["999 calls expected"]["value"] == known.intervals
    assert entries["101 redial"]["set_by"] == known.set_by
    assert entries["spill from 101 to 999"]["set_by"] == "default"
    assert (entries["spill from 101 to 999"]["low"], entries["spill from 101 to 999"]["high"]) == (0, 0.1)
    assert entries["999 spread of handling times"]["set_by"] == "default"
    assert entries["101 spread of handling times"]["set_by"] == "learned from history"
    assert assumed.non_emergency.redial == 0.2
    assert assumed.callbacks is not None
    assert assumed.callbacks.accepts == 0.2
    high = room_assumptions(known, Register(known), "high")
    assert (high.spill, high.emergency.redial, high.non_emergency.redial) == (0.1, 0.8, 0.2)


def test_single_calls_tell_more_of_patience_than_totals():
    told = {"mean_s": 231.0, "lower_s": 220.0, "upper_s": 245.0, "level": 0.9, "shape": 0.89, "source": "replay 7",
            "balking": {"share": 0.1, "lower": 0.09, "upper": 0.12}}  # fmt: skip
    known = expected(waiting=(Waiting(400, 4000.0, 36000.0),) * 2, callers={"101": told})
    register = Register(known)
    assumed = room_assumptions(known, register)
    assert assumed.emergency.patience_s == pytest.approx(100.0)
    callers = assumed.non_emergency
    assert (callers.patience_s, callers.patience_shape, callers.balking) == (231.0, 0.89, 0.1)
    assert room_assumptions(known, Register(known), "high").non_emergency.balking == 0.12
    sources = {e["name"]: (e["source"], e["set_by"]) for e in register.entries}
    for name in ("101 mean patience", "101 shape of patience", "101 balking"):
        assert sources[name] == ("replay 7", "learned from history")


def test_short_abandons_bound_balking_beside_what_is_assumed():
    """100 left at once; of 1,000 calls 300 are not known to have been answered in time."""
    waiting = Waiting(400, 4000.0, 36000.0, (1000, 600, 100))
    contradicting = Waiting(400, 4000.0, 36000.0, (1000, 950, 100))
    register = Register(expected(waiting=(waiting, contradicting)))
    assumed = room_assumptions(register.expected, register)
    entries = {entry["name"]: entry for entry in register.entries}
    bounds = entries["999 balking as the history bounds it"]
    assert 0.08 < bounds["low"] < 100 / 1000 < 100 / 400 < bounds["high"] < 0.30
    assert "101 balking as the history bounds it" not in entries
    assert assumed.emergency.balking == entries["999 balking"]["value"] == 0


def test_shrinkage_follows_weekday_and_local_hour_and_leaves_out_what_is_rostered():
    known = expected(shrinkage=[
        {"name": "absence", "share": 0.05, "whole_duties": True},
        {"name": "leave", "share": 0.2, "on_the_day": False},
        {"name": "briefing", "share": 0.1, "weekdays": ["Sunday"], "from": "01:00", "until": "02:15"},
    ])  # fmt: skip
    lost = shrinkage_of(known, Register(known))
    at_briefing = np.flatnonzero(lost > 0.06)
    assert lost[0] == pytest.approx(0.05)
    assert lost[at_briefing[0]] == pytest.approx(1 - 0.95 * 0.9)
    # On the spring Sunday the clocks leave out 01:00 to 02:00: a quarter-hour of the window is left.
    moments = [known.local_starts[i] for i in at_briefing]
    assert [(moment.date(), moment.hour, moment.minute) for moment in moments] == [(SPRING_DAY, 2, 0)]


def test_a_calibrated_availability_takes_the_place_of_unplanned_time():
    found = {"availability": 0.9, "lower": 0.88, "upper": 0.92, "on_calls": 0.93, "source": "calibration of 56 days"}
    known = expected(found)
    register = Register(known)
    assert room_assumptions(known, register).availability == 0.9
    assert shrinkage_of(known, register)[0] == pytest.approx(1 - 0.96 * 0.93)
    assert {e["name"]: e for e in register.entries}["availability"]["source"] == "calibration of 56 days"
    without = expected()
    assert room_assumptions(without, Register(without)).availability == pytest.approx(0.98)
    assert shrinkage_of(without, Register(without))[0] == pytest.approx(1 - 0.96 * 0.98)


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts():
    known = expected(posts=[
        {"name": "desk", "skill": "digital", "heads": 2, "interruptible": True, "weekdays": ["Friday"],
         "from": "22:00", "until": "06:00"},
        {"name": "supervisor", "skill": "supervisor", "heads": 1},
    ])  # fmt: skip
    night = holds(known, known.settings.posts[0])
    when = [known.local_starts[i] for i in np.flatnonzero(night)]
    assert len(when) == 32
    assert (when[0].strftime("%A %H:%M"), when[-1].strftime("%A %H:%M")) == ("Friday 22:00", "Saturday 05:45")
    assert lending_of(known).tolist() == (2 * night).tolist()  # a supervisor lends to nobody


def test_a_stored_requirement_shows_register_definitions_and_range(stocked):
    description = done(stocked.get(LATEST))["description"]
    names = {entry["name"] for entry in description["register"]}
    assert {"999 mean patience", "101 redial", "absence on the day", "fewest seats with skill 999"} <= names
    assert any("10 s" in sentence for sentence in description["definitions"])
    likely_h = description["hours"]["seats_h"]
    for case in ("low", "high"):
        assert description["range"][f"at_{case}_shares_h"] == pytest.approx(likely_h, rel=0.1)


def test_quarter_hours_come_as_csv(stocked):
    read = done(stocked.get(LATEST))
    answer = stocked.get(LATEST, params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["seats_999"]) for row in rows] == read["seats"]["999"]
    assert [float(row["first_attempts_101"]) for row in rows] == read["first_attempts"]["101"]
    assert {row["requirement_id"] for row in rows} == {read["id"]}
    again = stocked.get(LATEST, params={"format": "csv"}, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
