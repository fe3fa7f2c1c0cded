"""Stored forecasts and requirements as they are read: sums agree, quantiles are ordered, local days are right."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.helpers import FORCE, OTHER, done, problem

LONDON = ZoneInfo("Europe/London")
ROUNDING = 5.1e-5  # means are rounded to four places


def read(api, force=FORCE, **query):
    return done(api.get(f"/v1/forces/{force}/forecasts/latest", params=query))


def local(start: str) -> datetime:
    return datetime.fromisoformat(start).astimezone(LONDON)


def sums_by(quarters, key) -> dict:
    sums: dict = {}
    for start, mean in zip(quarters["start"], quarters["mean"], strict=True):
        sums[key(start)] = sums.get(key(start), 0.0) + mean
    return sums


@pytest.mark.parametrize("force", [FORCE, OTHER])
@pytest.mark.parametrize("queue", ["999", "101"])
def test_quarter_hours_add_up_to_hours_and_days(stocked, force, queue):
    quarters, hours, days = (read(stocked, force, aggregate=a)["queues"][queue] for a in ("15min", "hour", "day"))
    n = len(quarters["start"])
    by_hour = sums_by(quarters, lambda start: start[:13])
    assert list(by_hour.values()) == pytest.approx(hours["mean"], abs=5 * ROUNDING)
    by_day = sums_by(quarters, lambda start: local(start).date())
    assert list(by_day.values()) == pytest.approx(days["mean"], abs=101 * ROUNDING)
    assert sum(days["mean"]) == pytest.approx(sum(quarters["mean"]), abs=(n + 14) * ROUNDING)
    assert min(quarters["mean"]) >= 0


@pytest.mark.parametrize(("force", "day", "hours"), [(FORCE, "2026-03-29", 23), (OTHER, "2026-10-25", 25)])
def test_a_local_day_lasts_as_long_as_the_clocks_say(stocked, force, day, hours):
    starts = [
        datetime.fromisoformat(start) for start in read(stocked, force, aggregate="day")["queues"]["999"]["start"]
    ]
    assert len(starts) == 14
    assert all(local(start.isoformat()).time().isoformat() == "00:00:00" for start in starts)
    lengths = {local(start.isoformat()).date().isoformat(): after - start for start, after in pairwise(starts)}
    assert lengths.pop(day) == timedelta(hours=hours)
    assert set(lengths.values()) == {timedelta(hours=24)}
    of_day = [
        start
        for start in read(stocked, force, aggregate="hour")["queues"]["999"]["start"]
        if local(start).date().isoformat() == day
    ]
    assert len(of_day) == hours


def test_a_fortnight_over_a_clock_change_has_an_hour_less_or_more(stocked):
    assert len(read(stocked, FORCE)["queues"]["999"]["start"]) == 14 * 96 - 4
    assert len(read(stocked, OTHER)["queues"]["999"]["start"]) == 14 * 96 + 4


@pytest.mark.parametrize("aggregate", ["15min", "hour", "day"])
def test_quantiles_rise_with_their_level_and_enclose_the_mean(stocked, aggregate):
    levels = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
    answer = read(stocked, aggregate=aggregate, levels=",".join(map(str, levels)))
    assert answer["levels"] == levels
    for queue in answer["queues"].values():
        assert list(queue["quantiles"]) == [f"{level:g}" for level in levels]
        quantiles = np.array(list(queue["quantiles"].values()))
        assert (np.diff(quantiles, axis=0) >= 0).all()
        assert (quantiles == quantiles.round()).all()
        assert (quantiles[0] <= queue["mean"]).all()
        assert (quantiles[-1] >= queue["mean"]).all()
        assert (np.diff(quantiles[[1, -2]], axis=0) > 0).all()


def test_days_are_surer_than_their_quarter_hours(stocked):
    """Quantiles of a sum come from the same paths: they are not the sums of quantiles."""
    quarters = read(stocked, levels="0.9", queue="999")["queues"]["999"]
    days = read(stocked, levels="0.9", queue="999", aggregate="day")["queues"]["999"]
    assert sum(days["quantiles"]["0.9"]) < sum(quarters["quantiles"]["0.9"])


def test_levels_by_comma_and_by_repetition_are_the_same(stocked):
    by_comma, repeated = read(stocked, levels="0.1,0.9"), read(stocked, levels=["0.1", "0.9"])
    assert by_comma == repeated
    assert read(stocked, levels=["0.1,0.9"])["levels"] == [0.1, 0.9]
    assert read(stocked)["levels"] == [0.1, 0.5, 0.9]


def test_levels_that_are_close_are_told_apart_and_each_is_told_once(stocked):
    answer = read(stocked, levels="0.9999999,1,0.5,0.50", queue="999", aggregate="day")
    assert answer["levels"] == [0.9999999, 1, 0.5]
    assert list(answer["queues"]["999"]["quantiles"]) == ["0.9999999", "1", "0.5"]


@pytest.mark.parametrize(
    "levels", ["", "1.01", "-0.01", "nan", "inf", "half", "0.1,,0.9", "0.1;0.9", ",".join(["0.5"] * 51)]
)
def test_levels_outside_their_range_are_refused(stocked, levels):
    answer = stocked.get(f"/v1/forces/{FORCE}/forecasts/latest", params={"levels": levels})
    problem(answer, 422, "levels", "0 to 1")


def test_fifty_levels_are_answered(stocked):
    assert len(read(stocked, aggregate="day", levels=",".join(f"{i / 49:.3f}" for i in range(50)))["levels"]) == 50


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"aggregate": "quarter"}, "aggregate"),
        ({"queue": "112"}, "queue"),
        ({"from": "2026-03-22T23:45:00Z"}, "2026-03-22T23:45"),
        ({"to": "2026-04-05T23:15:00Z"}, "2026-04-05T23:15"),
        ({"from": "2026-03-24T00:00:00Z", "to": "2026-03-24T00:00:00Z"}, "2026-03-24"),
        ({"from": "2026-03-24T00:10:00Z"}, "00:10"),
        ({"from": "2026-03-24T00:00:00"}, "from"),
        ({"to": "0001-01-01T00:00:00+01:00"}, "to"),
    ],
)
def test_a_window_outside_the_forecast_is_refused(stocked, query, word):
    problem(stocked.get(f"/v1/forces/{FORCE}/forecasts/latest", params=query), 422, word)


def test_a_window_holds_its_part_of_the_same_figures(stocked):
    whole = read(stocked, queue="101")["queues"]
    span = {"from": "2026-03-24T01:00:00+01:00", "to": "2026-03-24T02:00:00Z"}
    part = read(stocked, queue="101", **span)["queues"]["101"]
    first = whole["101"]["start"].index("2026-03-24T00:00:00Z")
    assert list(whole) == ["101"]
    assert part["start"] == whole["101"]["start"][first : first + 8]
    assert part["mean"] == whole["101"]["mean"][first : first + 8]
    assert part["quantiles"]["0.5"] == whole["101"]["quantiles"]["0.5"][first : first + 8]


def test_handling_times_are_those_of_the_history(stocked):
    """Talk plus wrap-up is 340 s for 999 and 540 s for 101 in each quarter-hour of the history."""
    for aggregate in ("15min", "day"):
        queues = read(stocked, aggregate=aggregate)["queues"]
        assert queues["999"]["mean_handling_s"] == pytest.approx([340] * len(queues["999"]["mean"]), abs=1)
        assert queues["101"]["mean_handling_s"] == pytest.approx([540] * len(queues["101"]["mean"]), abs=1)


def test_a_forecast_says_what_it_is(stocked):
    answer = read(stocked)
    assert answer["synthetic"] is True
    assert answer["origin"] == answer["starts_at"] == "2026-03-23T00:00:00Z"
    assert (answer["description"]["seed"], answer["description"]["paths"]) == (7, 200)
    assert read(stocked, OTHER)["synthetic"] is False
    by_id = done(stocked.get(f"/v1/forces/{FORCE}/forecasts/{answer['id']}"))
    assert by_id == answer


def test_a_requirement_meets_its_targets_and_adds_shrinkage_once(stocked):
    answer = done(stocked.get(f"/v1/forces/{FORCE}/requirements/latest"))
    n = 14 * 96 - 4
    seats, rostered = answer["seats"], answer["rostered"]
    assert {len(column) for column in (answer["start"], *seats.values(), *rostered.values())} == {n}
    assert answer["forecast_id"] == read(stocked)["id"]
    assert min(answer["service_level_999"]) >= answer["description"]["targets"]["999"]["service_level"]
    assert max(answer["abandonment_101"]) <= answer["description"]["targets"]["101"]["abandonment"]
    assert min(seats["999"]) >= 2
    both, heads = np.add(seats["999"], seats["101"]), np.add(rostered["999"], rostered["101"])
    net = answer["description"]["shrinkage"]
    assert (heads * (1 - net) >= both - 1e-9).all()
    assert ((heads - 2) * (1 - net) < both).all()  # rounded up for each skill, no more
    by_id = done(stocked.get(f"/v1/forces/{FORCE}/requirements/{answer['id']}"))
    assert by_id == answer


def test_patience_is_learned_from_all_waiting(stocked):
    """Answered calls wait 12 s and abandoned ones 50 s: the sum over abandoned calls, not their mean wait."""
    learned = done(stocked.get(f"/v1/forces/{FORCE}/requirements/latest"))["description"]["assumptions"]["999"]
    assert "26 weeks" in learned["source"]
    assert learned["lower_s"] < learned["mean_patience_s"] < learned["upper_s"]
    assert learned["mean_patience_s"] == pytest.approx(12 * 0.95 / 0.05 + 50, rel=0.05)
