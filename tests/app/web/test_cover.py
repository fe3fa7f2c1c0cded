"""What the cover page makes of a week's heads, at the edges of its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from starlette.datastructures import URL
from starlette.requests import Request

from app.rosters.weekly_cover import WeekCover
from app.web.cover import view
from app.web.shell import html

LONDON, MONDAY = ZoneInfo("Europe/London"), date(2026, 11, 23)
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
N = 7 * 96


def week(**changes: object) -> WeekCover:
    """Four heads required for 999 and six for 101, and there."""
    required = np.repeat([[4], [6]], N, axis=1)
    whole = WeekCover(
        monday=MONDAY, start=BEGIN, required=required, on_calls=required.copy(), floor=None, chance=None,
        confidence=None, roster_id=uuid4(), status="published", requirement_id=uuid4(), made_at=BEGIN, daily={},
    )  # fmt: skip
    return replace(whole, **changes)


def with_heads(*changes: tuple[int, int, int]) -> WeekCover:
    """Place, desk (0 is 999) and heads more or fewer than required."""
    cover = week()
    for place, desk, more in changes:
        cover.on_calls[desk, place] += more
    return cover


@pytest.mark.parametrize(
    ("changes", "level", "text"),
    [
        ([], "met", "·"),
        ([(5, 0, -1)], "short", "−1"),
        ([(5, 0, -2)], "deep", "−2"),
        ([(5, 0, 1), (5, 1, -1)], "met", "·"),  # who holds both skills answers 101 from the desk of 999
        ([(5, 0, -1), (5, 1, 1)], "short", "−1"),  # 101 alone cannot answer 999
        ([(5, 1, -1)], "short", "−1"),
        ([(place, 1, 3) for place in (4, 5, 6, 7)], "over", "+3"),
        ([(place, 1, 3) for place in (4, 5, 6)], "met", "·"),  # not all of the hour
        ([(place, 1, 2) for place in (4, 5, 6, 7)], "met", "·"),
    ],
)
def test_an_hour_is_as_weak_as_its_weakest_quarter_hour(changes, level, text):
    cell = view.row(with_heads(*changes), MONDAY, LONDON).cells[1]
    assert (cell.level, cell.text) == (level, text)
    if level in ("short", "deep"):
        assert cell.at == BEGIN + timedelta(minutes=75)


def test_without_a_roster_hours_say_what_is_required():
    row = view.row(week(on_calls=None, roster_id=None), MONDAY, LONDON)
    assert {(cell.level, cell.text) for cell in row.cells} == {("none", "10")}
    assert view.totals(week(on_calls=None)) is None


def test_totals_are_hours_by_skill_and_of_both():
    found = view.totals(with_heads((0, 0, -2), (1, 1, -1), (2, 0, 1), (2, 1, -1), (3, 1, 4)))
    assert found == {"short_999": 0.5, "short_101": 0.5, "short": 0.75, "over": 1.0, "quarters": 2}


@pytest.mark.parametrize(("day", "hour", "n_quarters"), [(date(2026, 3, 29), 1, 0), (date(2026, 10, 25), 1, 8)])
def test_the_clock_changes_leave_an_hour_out_or_have_it_twice(day, hour, n_quarters):
    monday = day - timedelta(days=6)
    begin = datetime.combine(monday, datetime.min.time(), LONDON).astimezone(UTC)
    n = N - 4 if day.month == 3 else N + 4
    required = np.repeat([[4], [6]], n, axis=1)
    cover = week(monday=monday, start=begin, required=required, on_calls=required.copy())
    span = view.places(cover, day, LONDON)
    assert span.stop == n
    assert span.stop - span.start == (92 if day.month == 3 else 100)
    if n_quarters == 0:
        assert view.row(cover, day, LONDON).cells[hour].words.startswith("no such hour")
        return
    cover.on_calls[0, span.start + 8] -= 1  # the second time that it is one o'clock
    cell = view.row(cover, day, LONDON).cells[hour]
    assert (cell.level, cell.at) == ("short", datetime(2026, 10, 25, 1, tzinfo=UTC))


def test_the_days_drawing_has_a_block_for_each_stretch_that_is_short_or_over():
    cover = with_heads((8, 0, -1), (9, 0, -1), (20, 0, 2), (40, 1, -3))
    shown = view.shown(cover, MONDAY, LONDON, [])
    emergency, other = shown.drawing.lanes
    assert (emergency.short.count("M"), emergency.over.count("M"), emergency.most) == (1, 1, 6)
    assert (other.short.count("M"), other.over.count("M")) == (1, 0)
    assert shown.summary == "3 quarter-hours are short of people, most at 10:00: 3 short."
    assert [tick.label for tick in shown.drawing.ticks][:3] == ["00:00", "03:00", "06:00"]
    assert list(shown.charts[0].rows())[8][1] == [4, 3, 6, 6]
    assert view.shown(week(), MONDAY, LONDON, []).summary.startswith("Every quarter-hour")


def test_a_quarter_hour_outside_of_the_week_is_none():
    assert view.quarter(week(), BEGIN - timedelta(minutes=1), []) is None
    assert view.quarter(week(), BEGIN + timedelta(days=7), []) is None
    found = view.quarter(with_heads((N - 1, 0, -1)), BEGIN + timedelta(days=7, minutes=-1), [])
    assert (found.required, found.on_calls, found.surplus) == ({"999": 4, "101": 6}, {"999": 3, "101": 6}, -1)


def test_the_predicted_day_is_the_rosters_own():
    daily = {"dates": ["2026-11-24"], "service_level_999": {"lower": [0.8], "median": [0.9], "upper": [0.95]},
             "abandonment_101": {"lower": [None], "median": [None], "upper": [None]}}  # fmt: skip
    cover = week(daily=daily)
    assert view.row(cover, date(2026, 11, 24), LONDON).service_999 == (0.9, 0.8, 0.95)
    assert view.row(cover, date(2026, 11, 24), LONDON).lost_101 is None
    assert view.row(cover, MONDAY, LONDON).service_999 is None


@pytest.mark.parametrize("changes", [{}, {"on_calls": None, "roster_id": None, "status": None}])
def test_a_week_whose_days_were_not_simulated_has_a_page(changes):
    cover = week(**changes)
    told = html(
        Request({"type": "http", "headers": []}), "cover/page.html", title="Cover", zone=LONDON, address=URL("/cover"),
        cover=cover, shown=view.shown(cover, MONDAY, LONDON, []), quarter=None, monday=MONDAY, on=MONDAY,
    )  # fmt: skip
    assert b"The week by hour" in told.body
    assert b"Service by day" not in told.body
