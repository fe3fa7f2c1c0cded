"""The assumed school holidays of England against dates that an authority published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from forecasting.events import occurrences
from forecasting.terms import SCHOOL_HOLIDAY, school_holidays

LONDON = ZoneInfo("Europe/London")

# Weekdays without school in Staffordshire, first and last: www.staffordshire.gov.uk, school term dates 2024-2026.
PUBLISHED = [
    (date(2024, 10, 28), date(2024, 11, 1)),
    (date(2024, 12, 23), date(2025, 1, 3)),
    (date(2025, 2, 17), date(2025, 2, 21)),
    (date(2025, 4, 14), date(2025, 4, 25)),
    (date(2025, 5, 26), date(2025, 5, 30)),
    (date(2025, 7, 22), date(2025, 8, 29)),
    (date(2025, 10, 27), date(2025, 10, 31)),
    (date(2025, 12, 22), date(2026, 1, 2)),
    (date(2026, 2, 16), date(2026, 2, 20)),
    (date(2026, 3, 30), date(2026, 4, 10)),
    (date(2026, 5, 25), date(2026, 5, 29)),
    (date(2026, 7, 21), date(2026, 8, 31)),
]


def days_between(since: date, until: date) -> set[date]:
    """Local days in the assumed holidays."""
    edges = (datetime(day.year, day.month, day.day, tzinfo=LONDON) for day in (since, until))
    found = set()
    for occurrence in occurrences(school_holidays(), *edges, "Europe/London"):
        start, end = (moment.astimezone(LONDON) for moment in (occurrence.start, occurrence.end))
        assert start.time() == end.time() == datetime.min.time()
        found |= {start.date() + timedelta(days=i) for i in range((end.date() - start.date()).days)}
    return found


def test_the_usual_dates_are_met_up_to_the_edges_of_the_summer():
    assumed = days_between(date(2024, 9, 10), date(2026, 9, 1))
    published = {
        first + timedelta(days=i) for first, last in PUBLISHED for i in range((last - first).days + 1)
    }  # fmt: skip
    schooldays = {
        day
        for day in (date(2024, 9, 10) + timedelta(days=i) for i in range(721))
        if day.weekday() < 5 and day < date(2026, 9, 1)
    }
    differing = (assumed & schooldays) ^ (published & schooldays)
    assert all(day.month in (7, 9) for day in differing)
    assert len(differing) <= 3


@pytest.mark.parametrize("year", range(2001, 2060))
def test_every_year_has_six_holidays_that_do_not_overlap(year):
    edges = (datetime(year, month, 1, tzinfo=UTC) for year, month in ((year, 2), (year + 1, 2)))
    found = occurrences(school_holidays(), *edges, "Europe/London")
    assert len(found) == 6
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert {o.event.name for o in found} == {SCHOOL_HOLIDAY}
