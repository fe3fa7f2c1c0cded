"""Partners' feeds: bad values are refused, and nothing issued after an origin is ever seen from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.covariates import Covariate, covariate
from forecasting.errors import CovariateInvalid

FIRST = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(FIRST, float("nan"), NOON)], ["rain", "2026-06-01", "nan"]),
        ([(FIRST, 1.0, NOON), (FIRST + timedelta(days=1), float("-inf"), NOON)], ["2026-06-02", "-inf"]),
        ([(FIRST, 1.0, NOON), (FIRST, 2.0, NOON)], ["2026-06-01", "2026-06-01T12:00:00", "1.0", "2.0"]),
        ([(FIRST, 1.0, NOON.replace(tzinfo=None))], ["2026-06-01T12:00:00", "time zone"]),
    ],
)
def test_what_a_feed_can_not_hold_is_refused(rows, words):
    with pytest.raises(CovariateInvalid) as refusal:
        covariate("rain", rows)
    for word in words:
        assert word in str(refusal.value)


def test_rows_of_unequal_length_blank_names_and_absent_dates_are_refused():
    dates, values, issued_s = np.array([FIRST], "datetime64[D]"), np.array([1.0]), np.array([0])
    with pytest.raises(CovariateInvalid, match="disagree"):
        Covariate("rain", dates, np.array([1.0, 2.0]), issued_s)
    with pytest.raises(CovariateInvalid, match="name"):
        Covariate(" ", dates, values, issued_s)
    with pytest.raises(CovariateInvalid, match="missing"):
        Covariate("rain", np.array(["NaT"], "datetime64[D]"), values, issued_s)
    with pytest.raises(CovariateInvalid, match="time zone"):
        Covariate("rain", dates, values, issued_s).known_at(datetime(2026, 6, 1))  # noqa: DTZ001


def test_a_later_issue_replaces_an_earlier_one_once_it_is_out():
    feed = covariate("rain", [(FIRST, 5.0, NOON + HOUR), (FIRST, 3.0, NOON)])
    assert feed.known_at(NOON - timedelta(seconds=1))[0].size == 0
    assert feed.known_at(NOON)[1].tolist() == [3.0]
    assert feed.known_at(NOON + HOUR - timedelta(seconds=1))[1].tolist() == [3.0]
    assert feed.known_at(NOON + HOUR)[1].tolist() == [5.0]


def test_a_fraction_of_a_second_is_not_seen_early():
    feed = covariate("rain", [(FIRST, 5.0, NOON + timedelta(milliseconds=1))])
    assert feed.known_at(NOON)[0].size == 0
    assert feed.known_at(NOON + timedelta(seconds=1))[0].size == 1


def test_a_feed_can_not_be_changed_and_does_not_follow_its_source():
    values = np.array([1.0])
    feed = Covariate("rain", np.array([FIRST], "datetime64[D]"), values, np.array([0]))
    values[0] = 2.0
    assert feed.values.tolist() == [1.0]
    with pytest.raises(ValueError, match="read-only"):
        feed.values[0] = 3.0


def test_an_empty_feed_knows_nothing():
    dates, values = covariate("rain", []).known_at(NOON)
    assert (dates.size, values.size, dates.dtype) == (0, 0, np.dtype("datetime64[D]"))


ROWS = st.lists(
    st.tuples(st.integers(0, 12), st.floats(-1e6, 1e6), st.integers(-300, 300)), max_size=40,
    unique_by=lambda row: (row[0], row[2]),
)  # fmt: skip


def feed_of(rows):
    return covariate("rain", [(FIRST + timedelta(days=day), value, NOON + hours * HOUR) for day, value, hours in rows])


@given(ROWS, st.integers(-310, 310), st.randoms(use_true_random=False))
def test_what_is_known_is_the_latest_issue_of_each_date(rows, at, random):
    latest: dict[int, tuple[int, float]] = {}
    for day, value, hours in rows:
        if hours <= at and hours >= latest.get(day, (-1000, 0.0))[0]:
            latest[day] = hours, value
    shuffled = random.sample(rows, len(rows))
    dates, values = feed_of(shuffled).known_at(NOON + at * HOUR)
    assert dates.tolist() == [FIRST + timedelta(days=day) for day in sorted(latest)]
    assert values.tolist() == [latest[day][1] for day in sorted(latest)]


@given(ROWS, ROWS, st.integers(-310, 310))
def test_nothing_issued_after_the_origin_is_ever_visible(rows, later, at):
    """Whatever is issued afterwards, what was known at the origin stays the same."""
    origin = NOON + at * HOUR
    before = [row for row in rows if row[2] <= at]
    after = [(day, value, at + 1 + abs(hours)) for day, value, hours in later]
    after = list({(day, hours): (day, value, hours) for day, value, hours in after}.values())
    for known, expected in zip(feed_of(before + after).known_at(origin), feed_of(before).known_at(origin), strict=True):
        np.testing.assert_array_equal(known, expected)
