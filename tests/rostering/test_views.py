"""Views: the same minutes in every one, on days of 23, 24 and 25 hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from rostering.roster import Activity, ActivitySpan, Duty
from rostering.views import CODES, OFF_DUTY, day_view, month_view, week_view, year_view

from .roster_helpers import LONDON, local, written_duty

QUARTER = timedelta(minutes=15)


def schedule(first: datetime, n_days: int, seed: int = 0) -> list[Duty]:
    """Duties of three handlers with activities at random, one a day each, some over midnight."""
    rng = np.random.default_rng(seed)
    duties = []
    for day in range(n_days):
        for ref in ("A", "B", "C"):
            at = start = first + timedelta(days=day) + int(rng.integers(0, 64)) * QUARTER
            spans = []
            for activity in rng.permutation(np.array(list(Activity), dtype=object)):
                end = at + int(rng.integers(1, 5)) * QUARTER
                spans.append(ActivitySpan(activity, at, end))
                at = end
            duties.append(Duty(ref, start, at, tuple(spans)))
    return duties


def minutes_of(duties: list[Duty], ref: str, begin: datetime, end: datetime) -> Counter[Activity]:
    """Minutes by activity within a span, quarter-hour by quarter-hour."""
    found: Counter[Activity] = Counter()
    for duty in duties:
        for span in duty.activities:
            at = span.start
            while at < span.end:
                found[span.activity] += 15 * (duty.handler == ref and begin <= at < end)
                at += QUARTER
    return +found


def test_all_views_agree_to_the_minute() -> None:
    duties = schedule(local(date(2025, 2, 24), 0), 40)
    year = year_view(duties, LONDON, 2025)
    whole = sum(
        (minutes_of(duties, ref, local(date(2025, 1, 1), 0), local(date(2026, 1, 1), 0)) for ref in "ABC"), Counter()
    )
    assert dict(year.total.minutes) == dict(whole)
    assert len(year.total.duties) == len(duties)
    for number, first in enumerate(year.columns):
        month = month_view(duties, LONDON, first.year, first.month)
        assert month.total == year.totals[number]
        for row in month.rows:
            assert row.total == next(r for r in year.rows if r.handler == row.handler).cells[number]
    march = month_view(duties, LONDON, 2025, 3)
    for week in range(4):
        monday = date(2025, 3, 3) + timedelta(days=7 * week)
        table = week_view(duties, LONDON, monday)
        place = march.columns.index(monday)
        assert table.totals == march.totals[place : place + 7]
        for column, day in enumerate(table.columns):
            view = day_view(duties, LONDON, day)
            assert view.totals == table.totals[column].minutes
            for row in view.rows:
                cell = next(r for r in table.rows if r.handler == row.handler).cells[column]
                assert row.minutes == cell.minutes
                assert row.minutes == dict(minutes_of(duties, row.handler, local(day, 0), local(day, 0, days=1)))
                counted = Counter(row.codes)
                assert {CODES[a]: n // 15 for a, n in row.minutes.items()} == {
                    c: n for c, n in counted.items() if c != OFF_DUTY
                }


@pytest.mark.parametrize(
    ("day", "quarters", "hour_after", "clock"),
    [
        (date(2025, 2, 3), 96, 1, "01:00"),
        (date(2025, 3, 30), 92, 1, "02:00"),
        (date(2025, 10, 26), 100, 2, "01:00"),
    ],
)
def test_days_of_clock_changes(day: date, quarters: int, hour_after: int, clock: str) -> None:
    """A day has the quarter-hours that pass in it, and a night duty lasts as long as it does."""
    night = written_duty("N", local(day - timedelta(days=1), 22), 480, 240)
    view = day_view([night], LONDON, day)
    assert len(view.starts) == quarters
    assert view.starts[0].astimezone(UTC) == local(day, 0)
    assert f"{view.starts[4 * hour_after]:%H:%M}" == clock
    assert sum(view.totals.values()) == 360
    assert set(view.rows[0].codes[:24]) == {"9", "M", "B"}
    assert set(view.rows[0].codes[24:]) == {OFF_DUTY}


def test_who_is_shown_and_where_duties_start() -> None:
    """A duty's start is told in the column where it starts, its minutes where they fall; others may be shown."""
    monday = date(2025, 2, 3)
    night = written_duty("N", local(monday, 22), 480, 240)
    table = week_view([night], LONDON, monday, handlers=["Z"])
    assert [row.handler for row in table.rows] == ["N", "Z"]
    assert [cell.on_duty_min for cell in table.rows[0].cells] == [120, 360, 0, 0, 0, 0, 0]
    assert [len(cell.duties) for cell in table.rows[0].cells] == [1, 0, 0, 0, 0, 0, 0]
    assert table.rows[1].total.on_duty_min == 0
    assert week_view([night], LONDON, monday + timedelta(days=7)).rows == ()
    sunday = week_view([written_duty("N", local(monday, 22, days=-1), 480, 240)], LONDON, monday)
    assert [cell.on_duty_min for cell in sunday.rows[0].cells] == [360, 0, 0, 0, 0, 0, 0]
    assert sunday.rows[0].total.duties == ()
    assert day_view([], LONDON, monday, handlers=["Z"]).rows[0].codes == OFF_DUTY * 96
