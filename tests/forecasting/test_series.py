from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesInvalid
from forecasting.series import IntervalSeries, regular_series

START = datetime(2024, 3, 4, tzinfo=UTC)


def test_end_follows_the_last_interval():
    assert IntervalSeries(START, 900, np.zeros(96)).end == START + timedelta(days=1)


def test_local_start_is_kept_as_the_same_instant_in_utc():
    local = datetime(2024, 3, 4, 5, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    series = IntervalSeries(local, 900, np.zeros(1))
    assert series.start == START
    assert series.start.utcoffset() == timedelta(0)


def test_values_are_a_read_only_copy():
    given_values = np.ones(4)
    series = IntervalSeries(START, 900, given_values)
    given_values[0] = 7
    assert series.values[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 2


@pytest.mark.parametrize(
    ("start", "interval_s", "values", "message"),
    [
        (START.replace(tzinfo=None), 900, [1.0], "time zone"),
        (START + timedelta(seconds=1), 900, [1.0], "grid"),
        (START, 7, [1.0], "divisor"),
        (START, 0, [1.0], "divisor"),
        (START, 900, [0.0, -1.0], r"2024-03-04T00:15:00\+00:00 is -1.0"),
        (START, 900, [np.inf], "inf"),
        (START, 900, [[1.0]], "shape"),
    ],
)
def test_impossible_series_are_refused(start, interval_s, values, message):
    with pytest.raises(SeriesInvalid, match=message):
        IntervalSeries(start, interval_s, np.array(values))


def test_until_knows_nothing_of_later_intervals():
    series = IntervalSeries(START, 900, np.arange(8.0))
    assert series.until(START + timedelta(minutes=45)).values.tolist() == [0, 1, 2]
    assert series.until(START + timedelta(minutes=59)).end == START + timedelta(minutes=45)
    assert series.until(START - timedelta(days=1)).values.size == 0


@given(st.dictionaries(st.integers(0, 300), st.integers(0, 50), min_size=1), st.randoms())
def test_pairs_in_any_order_fill_the_grid_and_gaps_are_missing(pairs, random):
    items = list(pairs.items())
    random.shuffle(items)
    series = regular_series(
        [START + timedelta(minutes=15 * k) for k, _ in items], [v for _, v in items], interval_s=900
    )
    first = min(pairs)
    assert series.start == START + timedelta(minutes=15 * first)
    assert series.values.size == max(pairs) - first + 1
    for position, value in enumerate(series.values):
        assert pairs.get(first + position, None) == (None if np.isnan(value) else value)


def test_duplicated_interval_is_named():
    with pytest.raises(SeriesInvalid, match=r"2024-03-04T00:00:00\+00:00 is given 2 times"):
        regular_series([START, START], [1, 2], interval_s=900)


def test_pairs_must_exist_and_match():
    with pytest.raises(SeriesInvalid, match="0 starts"):
        regular_series([], [], interval_s=900)
    with pytest.raises(SeriesInvalid, match="1 starts"):
        regular_series([START], [1, 2], interval_s=900)
