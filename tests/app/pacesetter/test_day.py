"""A day that is over, from numbers made by hand: totals, targets at their edges, both clocks, shifts and drivers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.forces.schemas import ForceSettings
from app.forces.staffing import Transfer
from app.intraday.cover import Cover
from app.pacesetter.day import Past, clocks, shifts, told
from app.pacesetter.recorded import COLUMNS, Foreseen, Recorded
from app.pacesetter.schemas import DriverName

DAY, LONDON = date(2026, 6, 29), ZoneInfo("Europe/London")
BEGIN = datetime(2026, 6, 28, 23, tzinfo=UTC)  # midnight by summer time
N, N_DAY = 124, 96  # quarter-hours of the day and the night after it; of the day
WITHIN = {"999": 9.0, "101": 10.0}


def columns(**values: float) -> dict[str, np.ndarray]:
    return {name: np.full(N, float(values.get(name, np.nan))) for name in COLUMNS}


def past(**changes: object) -> Past:
    """Each quarter-hour: 10 calls of each queue, 9 of 999 in time, 1 of 101 abandoned; as forecast, as rostered."""
    recorded = Recorded(
        BEGIN,
        {
            "999": columns(offered=10, answered=10, answered_within_threshold=9, abandoned=0, talk_s=2000, wrap_s=1000,
                           answered_wait_s=50, handlers_staffed=6),
            "101": columns(offered=10, answered=9, abandoned=1, talk_s=3600, wrap_s=900, answered_wait_s=90,
                           handlers_staffed=4),
        },
    )  # fmt: skip
    paths = np.full((20, 2, N), 10, dtype=np.int32)
    foreseen = Foreseen(uuid4(), BEGIN, np.full((2, N), 10.0), np.full((2, N), 300.0), paths)
    cover = Cover(
        BEGIN, np.full((2, N), 5), np.full((2, N), 5), np.full((2, N), 10.0), np.zeros(N, int), np.zeros(N, int),
        np.ones(N, bool), (),
    )  # fmt: skip
    whole = Past(DAY, LONDON, ForceSettings(), recorded, foreseen, cover, {})
    return replace(whole, **changes)


def test_a_days_totals_leave_the_night_after_it_out():
    day = told(past())
    emergency, other = day.queues
    assert (emergency.offered, emergency.answered_within_threshold) == (10 * N_DAY, 9 * N_DAY)
    assert (emergency.service_level, emergency.mean_answer_s, other.abandonment) == (0.9, 5, 0.1)
    assert (emergency.forecast.mean, emergency.forecast.lower, emergency.forecast.upper) == (960, 960, 960)
    assert (emergency.intervals, emergency.intervals_of_day) == (N_DAY, N_DAY)
    assert emergency.predicted is None


def test_targets_hold_at_their_edge_and_not_one_call_beyond():
    whole = past()
    assert [queue.meets for queue in told(whole).queues] == [True, True]
    assert told(whole).warnings == []
    whole.recorded.columns["101"]["abandoned"][0] += 1
    assert [queue.meets for queue in told(whole).queues] == [True, False]
    assert told(whole).warnings[0].startswith("999 met its target and 101 did not")
    whole.recorded.columns["999"]["answered_within_threshold"][0] -= 1
    assert [queue.meets for queue in told(whole).queues] == [False, False]
    assert told(whole).warnings == []


def test_what_a_quarter_hour_does_not_count_is_not_known_of_the_day():
    whole = past()
    whole.recorded.columns["999"]["answered_within_threshold"][5] = np.nan
    whole.recorded.columns["101"]["offered"][7] = np.nan
    emergency, other = told(whole).queues
    assert (emergency.service_level, emergency.meets) == (None, None)
    assert other.intervals == N_DAY - 1
    assert (other.offered, other.abandonment) == (10 * (N_DAY - 1), 0.1)
    assert other.forecast.mean == 950  # of the recorded quarter-hours alone


def test_a_day_without_calls_is_none():
    whole = past()
    for queue in ("999", "101"):
        whole.recorded.columns[queue]["offered"][:N_DAY] = np.nan
    assert told(whole) is None


def test_the_prediction_is_that_of_the_day():
    daily = {
        "dates": ["2026-06-28", "2026-06-29"],
        "service_level_999": {"lower": [0.1, 0.8], "median": [0.2, 0.9], "upper": [0.3, 0.95]},
        "abandonment_101": {"lower": [0, 0.01], "median": [0, None], "upper": [0, 0.05]},
    }
    emergency, other = told(past(daily=daily)).queues
    assert (emergency.predicted.lower, emergency.predicted.median, emergency.predicted.upper) == (0.8, 0.9, 0.95)
    assert other.predicted is None


def test_the_published_clock_bounds_what_the_forces_counts():
    same = clocks(0.9, 0.02, Transfer(mean_s=0), 10)
    assert [(one.within, one.over_60s, one.is_bound) for one in same] == [(0.9, 0.02, False)] * 2
    assert clocks(0.9, 0.02, Transfer(mean_s=3), 10)[1].is_bound
    # Waits of nobody, or of some over ten seconds; the transfer lognormal: the bound holds for the sum.
    rng = np.random.default_rng(1)
    variance = np.log1p(0.5**2)
    transfer = rng.lognormal(np.log(7) - variance / 2, variance**0.5, 200_000)
    waits = np.where(rng.random(200_000) < 0.8, rng.uniform(0, 10, 200_000), 80.0)
    force, published = clocks(float((waits < 10).mean()), float((waits > 60).mean()), Transfer(mean_s=7), 10)
    both = waits + transfer
    assert force.within > published.within > (both < 10).mean()
    assert published.over_60s <= (both > 60).mean()
    nearly = np.where(waits < 10, 0.0, waits)  # the bound is attained where whoever does not wait does not wait at all
    assert published.within == pytest.approx((nearly + transfer < 10).mean(), abs=4 * (0.25 / 200_000) ** 0.5)


def test_shifts_are_ranked_by_the_worse_of_both_targets():
    whole = past()
    late = whole.recorded.places(BEGIN + timedelta(hours=15), BEGIN + timedelta(hours=23))
    early = whole.recorded.places(BEGIN + timedelta(hours=7), BEGIN + timedelta(hours=15))
    whole.recorded.columns["999"]["answered_within_threshold"][late] = 10
    whole.recorded.columns["101"]["abandoned"][late] = 0.5
    whole.recorded.columns["101"]["abandoned"][early] = 2
    day = told(whole)
    assert [shift.name for shift in shifts(whole)] == ["Early", "Late", "Night"]
    assert (day.best.name, day.best.allowance_used) == ("Late", 0.5)
    assert (day.worst.name, day.worst.allowance_used) == ("Early", 2)
    assert day.best.start == datetime(2026, 6, 29, 14, tzinfo=UTC)


def test_drivers_are_calls_handling_and_heads_against_what_was_expected():
    whole = past()
    night = whole.recorded.places(BEGIN + timedelta(hours=23), BEGIN + timedelta(hours=31))
    whole.recorded.columns["999"]["offered"][night] = 12
    whole.recorded.columns["999"]["handlers_staffed"][night] = 3
    found = {driver.name: (driver.actual, driver.expected) for driver in shifts(whole)[2].drivers}
    assert found[DriverName.CALLS_999] == (12 * 32, 10 * 32)
    assert found[DriverName.HANDLING_999] == (300, 300)
    assert found[DriverName.HANDLING_101] == (500, 300)
    assert found[DriverName.HEADS] == (7, 10)


@pytest.mark.parametrize(("missing", "n_shifts"), [(3, 3), (4, 2)])  # of 32 quarter-hours; nine in ten must be there
def test_a_shift_with_too_many_gaps_is_not_compared(missing, n_shifts):
    whole = past()
    first = whole.recorded.places(BEGIN + timedelta(hours=7), BEGIN + timedelta(hours=15)).start
    whole.recorded.columns["101"]["offered"][first : first + missing] = np.nan
    assert len(shifts(whole)) == n_shifts


def test_a_day_of_the_clock_change_has_all_of_its_hours():
    begin = datetime(2026, 10, 24, 23, tzinfo=UTC)
    n = 128  # 25 hours and 7 more
    whole = past()
    longer = Recorded(begin, {queue: {name: np.full(n, values[0]) for name, values in columns.items()}
                              for queue, columns in whole.recorded.columns.items()})  # fmt: skip
    cover = replace(whole.cover, on_calls=np.full((2, n), 5), is_rostered=np.ones(n, bool))
    day = replace(whole, day=date(2026, 10, 25), recorded=longer, foreseen=None, cover=cover)
    assert told(day).queues[0].intervals_of_day == 100
    assert [(shift.end - shift.start) for shift in shifts(day)] == [timedelta(hours=8)] * 3
