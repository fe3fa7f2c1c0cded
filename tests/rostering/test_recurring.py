"""Recurring gaps: one unit either side of each limit, and what is no recurring gap."""

from __future__ import annotations

import numpy as np
import pytest

from rostering.recurring import HOURS, hours_of_week, recurring_gaps

FRIDAY_18 = 4 * 24 + 18


def weeks(n: int, hour: int = FRIDAY_18, gap: float = 1.0, last: int | None = None) -> np.ndarray:
    """So many weeks in a row with a gap at an hour, the newest of them `last` weeks before the end."""
    values = np.zeros((10, HOURS))
    end = 10 - (last or 0)
    values[end - n : end, hour] = gap
    return values


@pytest.mark.parametrize(("n", "is_found"), [(4, True), (3, False)])
def test_so_many_weeks_in_a_row(n, is_found):
    found = recurring_gaps(weeks(n), weeks(10), n_weeks=4)
    assert [(gap.hour, gap.weeks, gap.short_h, gap.foreseen) for gap in found] == [(FRIDAY_18, 4, 1.0, 1.0)] * is_found


@pytest.mark.parametrize(("gap", "is_found"), [(0.5, True), (0.49, False)])
def test_as_large_as_asked_for(gap, is_found):
    assert bool(recurring_gaps(weeks(5, gap=gap), weeks(5, gap=gap), n_weeks=4, least_h=0.5)) is is_found


@pytest.mark.parametrize(("foreseen", "is_found"), [(3, True), (2, False)])
def test_foreseen_in_most_of_the_weeks(foreseen, is_found):
    """Three of four weeks are three quarters; a surprise that comes back is no fault of the plan."""
    assert bool(recurring_gaps(weeks(4), weeks(foreseen), n_weeks=4, least_foreseen=0.75)) is is_found


def test_a_row_that_has_ended_or_was_not_recorded_is_none():
    assert recurring_gaps(weeks(6, last=1), weeks(10), n_weeks=4) == ()
    unknown = weeks(6)
    unknown[-3, FRIDAY_18] = np.nan
    assert recurring_gaps(unknown, weeks(10), n_weeks=4) == ()
    assert len(recurring_gaps(unknown, weeks(10), n_weeks=2)) == 1


def test_hours_are_apart():
    both = weeks(5) + weeks(5, hour=3, gap=2.0)
    assert [(gap.hour, gap.short_h) for gap in recurring_gaps(both, both, n_weeks=4)] == [(3, 2.0), (FRIDAY_18, 1.0)]


def test_quarters_sum_to_hours_and_an_hour_that_is_skipped_is_unknown():
    hour = np.repeat([0, 1, 3], 4)
    told = hours_of_week(np.arange(12.0), hour)
    assert told[[0, 1, 3]].tolist() == [6, 22, 38]
    assert np.isnan(told[2])


def test_what_cannot_be_is_named():
    with pytest.raises(ValueError, match="168"):
        recurring_gaps(np.zeros((3, 24)), np.zeros((3, 24)), n_weeks=2)
    with pytest.raises(ValueError, match="n_weeks 1"):
        recurring_gaps(weeks(3), weeks(3), n_weeks=1)
