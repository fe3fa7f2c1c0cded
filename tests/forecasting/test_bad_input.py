"""Histories that are broken, odd or sparse end in a clear error or in a stated fallback, never in a silent guess."""

import warnings
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import scores
from forecasting.calendar import Calendar, LocalGrid
from forecasting.clean import extreme_days, outages
from forecasting.days import DayTable, fold, is_open
from forecasting.demand import forecast
from forecasting.errors import CovariateInvalid, HistoryTooShort, HorizonInvalid, SeriesInvalid
from forecasting.events import Event
from forecasting.forecast import Forecast
from forecasting.series import IntervalSeries, regular_series
from tests.forecasting.synthetic import LONDON, synthetic_history, true_means
from tests.forecasting.test_features import feed_of

ZONE = ZoneInfo("Europe/London")
WEEK = 7 * 96
FIRST = date(2023, 1, 2)


@pytest.fixture(scope="module")
def series() -> IntervalSeries:
    return synthetic_history(16, seed=1, per_day=(600.0,))["999"]


def made_of(
    series: IntervalSeries, calendar: Calendar = LONDON, *, weeks: int = 1, n_paths: int = 5, **more
) -> Forecast:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return forecast({"999": series}, calendar, weeks=weeks, n_paths=n_paths, seed=1, **more)


def with_values(series: IntervalSeries, values: np.ndarray) -> IntervalSeries:
    return IntervalSeries(series.start, series.interval_s, values)


def missing_cells(series: IntervalSeries, share: float, seed: int = 1) -> IntervalSeries:
    is_missing = np.random.default_rng(seed).random(series.values.size) < share
    return with_values(series, np.where(is_missing, np.nan, series.values))


# --- refused


def test_irregular_and_duplicated_starts_are_named():
    start = datetime(2024, 3, 4, tzinfo=UTC)
    with pytest.raises(SeriesInvalid, match=r"00:07:00\+00:00 is not on the grid of 900 seconds"):
        regular_series([start, start + timedelta(minutes=7)], [1, 2], interval_s=900)
    again = datetime(2024, 3, 4, 1, tzinfo=ZoneInfo("Europe/Paris"))  # the same instant by another clock
    with pytest.raises(SeriesInvalid, match=r"2024-03-04T00:00:00\+00:00 is given 2 times"):
        regular_series([start, again], [1, 2], interval_s=900)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.5, "999 holds 0.5 calls at 2023-01-02T00:30:00"), (10_000_001.0, "at most 10000000")],
)
def test_counts_that_no_line_can_have_are_named(series, value, words):
    values = series.values.copy()
    values[2] = value
    with pytest.raises(SeriesInvalid, match=words):
        made_of(with_values(series, values))
    with pytest.raises(SeriesInvalid, match=r"is -1\.0"):
        with_values(series, np.full(3, -1.0))


def test_a_forecast_is_not_made_before_its_history_ends(series):
    assert made_of(series, known_by=series.end).origin == series.end
    for known_by in (series.end - timedelta(seconds=1), series.end.replace(tzinfo=None)):
        with pytest.raises(HorizonInvalid, match=r"known_by is .*: expected a time with time zone, not before the end"):
            made_of(series, known_by=known_by)


def test_seeds_and_names_out_of_range(series):
    with pytest.raises(HorizonInvalid, match="seed is -1"):
        forecast({"999": series}, LONDON, weeks=1, seed=-1)
    twice = (feed_of("rain", FIRST, np.arange(140.0)),) * 2
    with pytest.raises(CovariateInvalid, match="rain, rain: expected each name once"):
        made_of(series, covariates=twice)


def test_a_history_that_is_tagged_away_is_too_short(series):
    start = datetime(2023, 1, 1, tzinfo=ZONE)
    everything = Event("outage", start, series.end, is_excluded=True)
    with pytest.raises(HistoryTooShort, match=r"queue 999 has 0\.00 days of history .* not tagged"):
        made_of(series, events=[everything])
    # Fourteen days that are left are enough.
    most = Event("outage", start, series.end - timedelta(days=14), is_excluded=True)
    assert made_of(series, events=[most]).mean.mean() == pytest.approx(series.values[-14 * 96 :].mean(), rel=0.1)


# --- sparse, odd and very different


@pytest.mark.parametrize("weeks", [3, 6, 16])
def test_seventy_in_a_hundred_cells_missing(weeks):
    """What was never seen among so many missing cells is no closed hour: a sixth of the calls would be lost."""
    whole = synthetic_history(weeks + 2, seed=weeks, per_day=(900.0,), day_cv=0.05)["999"]
    past = whole.until(LONDON.midnight(FIRST + timedelta(weeks=weeks)))
    sparse, full = made_of(missing_cells(past, 0.7), weeks=2), made_of(past, weeks=2)
    assert any("never seen; taken like their neighbours" in note for note in sparse.notes)
    assert not any("taken as closed" in note for note in sparse.notes)
    assert not sparse.cleaning
    actual = whole.values[past.values.size :]
    known = slice(0, actual.size)
    # 30% of three weeks are as many calls as of one: 5700, a level known to 1.3% and a shape by few terms.
    assert abs(scores.bias(full.mean[0, known], sparse.mean[0, known])) < 0.06
    assert scores.wape(actual, sparse.mean[0, known]) < 1.06 * scores.wape(actual, full.mean[0, known])


def test_closed_hours_stay_closed_when_little_is_missing():
    grid = LONDON.grid(LONDON.midnight(FIRST), 900, 3 * WEEK)
    opening = (grid.weekdays < 6) & (grid.slots >= 32) & (grid.slots < 72)
    rng = np.random.default_rng(1)
    for share in (0.0, 0.1):
        values = np.where(opening & (rng.random(opening.size) >= share), 5.0, np.nan)
        seen = is_open(fold(values, grid, LONDON))
        assert (seen[:6, 32:72]).all()
        assert seen.sum() == 6 * 40, "every hour never seen is outside the opening hours"


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 0.8), st.integers(2, 12), st.integers(0, 99))
def test_missing_cells_alone_close_no_hour(share, weeks, seed):
    grid = LONDON.grid(LONDON.midnight(FIRST), 3600, weeks * 168)
    values = np.where(np.random.default_rng(seed).random(weeks * 168) < share, np.nan, 3.0)
    # One run in a hundred histories, by construction; the longest run that is left is a few hours.
    assert (~is_open(fold(values, grid, LONDON))).sum() <= 24


def test_prophet_takes_days_seen_in_part_and_keeps_out_of_histories_with_gaps():
    whole = synthetic_history(100, seed=4, per_day=(400.0,), day_cv=0.05)["999"]
    sparse = made_of(missing_cells(whole, 0.7))
    assert not any("Prophet not used" in note for note in sparse.notes)
    usual = whole.values.mean()
    assert sparse.mean.mean() == pytest.approx(usual, rel=0.08)
    gap = whole.values.copy()
    gap[3 * WEEK : -4 * WEEK] = np.nan
    after = made_of(with_values(whole, gap))
    assert any("Prophet not used" in note and "without gaps" in note for note in after.notes)
    assert after.mean.mean() == pytest.approx(usual, rel=0.15)


def test_a_stray_value_years_before_changes_little():
    short = synthetic_history(2, seed=3, per_day=(600.0,))["999"]
    years = 4 * 365 * 96
    stray = IntervalSeries(
        short.start - timedelta(minutes=15 * years), 900, np.r_[3.0, np.full(years - 1, np.nan), short.values]
    )
    assert scores.wape(made_of(short).mean[0], made_of(stray).mean[0]) < 0.15


def days_of(values: np.ndarray, grid: LocalGrid) -> tuple[DayTable, np.ndarray]:
    table = fold(values, grid, LONDON)
    return table, np.zeros(table.dates.size, dtype=bool)


def test_days_seen_in_part_are_no_extreme_days():
    """Three days in four missing, some of the others but for an hour: totals differ by what was seen."""
    series = synthetic_history(30, seed=5, per_day=(600.0,))["999"]
    days = np.random.default_rng(0).random(series.values.size // 96 + 1) < 0.7
    values = np.where(np.repeat(days, 96)[: series.values.size], np.nan, series.values)
    grid = LONDON.grid(series.start, 900, values.size)
    _, notes = extreme_days("999", grid, *days_of(values, grid))
    assert notes == []
    # A day of three times the calls is still found among days of which a fifth of the hours is missing.
    busy = missing_cells(series, 0.2).values.copy()
    busy[grid.dates == np.datetime64("2023-05-10")] *= 3
    _, [note] = extreme_days("999", grid, *days_of(busy, grid))
    assert "3." in note.reason or "2.9" in note.reason


@pytest.mark.parametrize("per_day", [1300.0, 2000.0])
def test_chance_silences_of_busy_lines_are_no_outages(per_day):
    """Less than a hundredth of an outage is to be found in a history without any: none in ten."""
    for seed in range(10):
        series = synthetic_history(26, seed=seed, per_day=(per_day,), day_cv=0.1)["999"]
        grid = LONDON.grid(series.start, 900, series.values.size)
        assert not outages("999", series.values, grid, fold(series.values, grid, LONDON))[1]


@pytest.mark.parametrize("interval_s", [60, 540, 675, 960, 1800, 3600, 7200, 14400, 43200, 86400])
def test_every_part_of_a_day_is_an_interval(interval_s):
    size = 35 * 86_400 // interval_s
    calls = np.random.default_rng(1).poisson(1200 * interval_s / 86_400, size).astype(float)
    made = made_of(IntervalSeries(datetime(2024, 2, 26, tzinfo=UTC), interval_s, calls), n_paths=2)
    assert made.end - made.start == timedelta(days=7) or interval_s < 3600
    assert made.mean.sum() == pytest.approx(7 * 1200, rel=0.06)  # the level of 42,000 calls, and its drift


@pytest.mark.parametrize(("month", "day"), [(3, 26), (10, 22)])
def test_a_week_of_days_is_seven_whatever_the_clocks_do(month, day):
    end = datetime(2024, month, day, tzinfo=UTC)
    made = made_of(IntervalSeries(end - timedelta(days=70), 86_400, np.full(70, 500.0)), n_paths=2)
    assert made.intervals == 7


def test_a_day_of_intervals_strewn_over_weeks_is_the_least(series):
    for n in (96, 95):
        values = np.full(series.values.size, np.nan)
        values[np.linspace(0, values.size - 1, n).astype(int)] = 5.0
        if n == 96:
            assert made_of(with_values(series, values)).mean == pytest.approx(np.full((1, WEEK), 5.0), rel=0.15)
            continue
        with pytest.raises(HistoryTooShort, match=r"95 intervals in all: expected .* and 96 intervals"):
            made_of(with_values(series, values))


def test_one_call_a_week_and_one_call_ever(series):
    weekly, once = np.zeros((2, 30 * WEEK))
    weekly[300::WEEK] = once[300] = 1
    made = made_of(with_values(series, weekly), weeks=4, n_paths=400)
    # Thirty calls: the rate is known to a standard error of 18%.
    assert made.mean.sum() == pytest.approx(4, rel=0.36)
    assert made.paths.sum(axis=-1).mean() == pytest.approx(made.mean.sum(), abs=4 * (made.mean.sum() / 400) ** 0.5)
    assert 0 < made_of(with_values(series, once), weeks=4).mean.sum() < 4


def test_a_giant_and_a_dwarf_do_not_disturb_each_other():
    history = synthetic_history(12, seed=2, per_day=(1e6, 1.0), correlation=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        both = forecast(history, LONDON, weeks=1, n_paths=50, seed=1)
    for row, queue in enumerate(both.queues):
        alone = forecast({queue: history[queue]}, LONDON, weeks=1, n_paths=50, seed=1)
        assert (both.mean[row] == alone.mean[0]).all()
        per_week = history[queue].values.sum() / 12
        assert both.mean[row].sum() == pytest.approx(per_week, abs=0.06 * per_week + 4 * (per_week / 12) ** 0.5)


def test_silent_queues_beside_a_short_one_cause_no_warning():
    short = synthetic_history(3, seed=1, per_day=(500.0,))["999"]
    silent = with_values(short, np.zeros(short.values.size))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        made = forecast({"999": short, "a": silent, "b": silent}, LONDON, weeks=1, n_paths=5, seed=1)
    assert (made.mean[1:] == 0).all()
    assert sum("no calls in its history" in note for note in made.notes) == 2


# --- clocks


@pytest.mark.parametrize("interval_s", [900, 3600, 86_400])
@pytest.mark.parametrize("place", ["Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo"])
def test_other_clocks(place, interval_s):
    """Half-hour offsets, a clock change of half an hour, none at all, and one at midnight."""
    calendar = Calendar(place, None, None)
    per_day = 86_400 // interval_s
    grid = calendar.grid(datetime(2023, 9, 1, tzinfo=UTC), interval_s, 12 * 7 * per_day)
    hour = grid.slots * interval_s / 3600
    truth = 900 / per_day * (1 + (per_day > 1) * 0.7 * np.sin(2 * np.pi * (hour - 9) / 24))
    calls = np.random.default_rng(1).poisson(truth).astype(float)
    past = 10 * 7 * per_day
    made = made_of(IntervalSeries(datetime(2023, 9, 1, tzinfo=UTC), interval_s, calls[:past]), calendar)
    assert scores.wape(truth[past : past + made.intervals], made.mean[0]) < 0.06
    for grain in ("hour", "day", "week") if per_day > 1 else ("day", "week"):
        sums = made.aggregate(grain)
        assert (sums.paths.sum(axis=-1) == made.paths.sum(axis=-1)).all()
        assert sums.mean.sum() == pytest.approx(made.mean.sum())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2023-03-26T00:00", "2023-10-29T00:00"),  # the hour before either change
        ("2023-03-26T01:00", "2023-10-29T01:00"),  # the instants of both changes
        ("2023-03-26T00:45", "2023-10-29T00:45"),
        ("2023-05-03T13:15", "2023-09-13T17:45"),  # mid-day
    ],
)
def test_histories_that_start_and_end_anywhere(start, end):
    first, last = (datetime.fromisoformat(edge).replace(tzinfo=UTC) for edge in (start, end))
    means, _ = true_means(LONDON, FIRST, 60, per_day=1500.0)
    zero = LONDON.midnight(FIRST)
    at, until = ((moment - zero) // timedelta(minutes=15) for moment in (first, last))
    calls = np.random.default_rng(1).poisson(means).astype(float)
    made = made_of(IntervalSeries(first, 900, calls[at:until]), weeks=13)
    local = last.astimezone(ZONE) + timedelta(weeks=13)
    assert made.end == local.replace(tzinfo=ZONE).astimezone(UTC)
    assert scores.wape(means[until : until + made.intervals], made.mean[0]) < 0.06


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["Europe/London", "Asia/Kolkata", "America/Havana", "Australia/Lord_Howe", "Asia/Beirut"]),
    st.integers(0, 2 * 365 * 96),
    st.sampled_from([900, 1800, 3600]),
    st.integers(1, 300),
)
def test_local_and_utc_time_round_trip(place, quarter_hours, interval_s, intervals):
    seconds = 1_672_531_200 + quarter_hours * 900 // interval_s * interval_s
    grid = Calendar(place, None, None).grid(datetime.fromtimestamp(seconds, UTC), interval_s, intervals)
    assert (np.diff(grid.utc_s) == interval_s).all()
    zone = ZoneInfo(place)
    for utc_s, offset_s, day, slot in zip(grid.utc_s, grid.offset_s, grid.dates, grid.slots, strict=True):
        local = datetime.fromtimestamp(int(utc_s), zone)
        assert local.date() == day.item()
        assert (local.hour * 3600 + local.minute * 60) // interval_s == slot
        assert local.astimezone(UTC).timestamp() == utc_s == local.replace(tzinfo=UTC).timestamp() - offset_s
