"""The roster's page before it is a page: strokes, gaps, days of 23 and 25 hours, what may stand in a script."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.rosters.drawing import Drawn, area, drawn, gaps, letters, outline, strokes
from app.web.rosters.view import Facts, grid, script_safe, steps

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 3, 23)  # the clocks go forward on its Sunday


def duty(handler: str, start: datetime, *spans: tuple[str, int]) -> dict:
    """A duty as stored: activities with their minutes."""
    activities, at = [], start
    for activity, minutes in spans:
        end = at + timedelta(minutes=minutes)
        activities.append({"activity": activity, "start": at.isoformat(), "end": end.isoformat()})
        at = end
    return {"handler": handler, "start": start.isoformat(), "end": at.isoformat(), "activities": activities}


def facts(*duties: dict, monday: date = MONDAY, weeks: int = 1, carried: tuple[dict, ...] = (), **more) -> Facts:
    begin = datetime.combine(monday, datetime.min.time(), LONDON)
    end = datetime.combine(monday + timedelta(weeks=weeks), datetime.min.time(), LONDON)
    n = (end.astimezone(UTC) - begin.astimezone(UTC)) // timedelta(minutes=15)
    columns = {"rostered": [1] * n, "on_calls": [1] * n}
    people = [
        {"ref": ref, "leave": leave, "skills": [{"skill": "999", "first": None, "last": None}], "roles": []}
        for ref, leave in {"H001": [], "H002": [{"first": f"{monday}", "last": f"{monday}"}], **more}.items()
    ]
    body = {"duties": list(duties), "carried_over": list(carried), "coverage": {"999": columns, "101": columns}}
    problem = {"handlers": people, "rules": {"rules": [{"id": "W1", "text": "</script>"}]}}
    return Facts(monday, weeks, LONDON, body, problem, {"H001": "B", "H002": "A"}, {"H001": "O'Neil"}, {})


def lengths(path: str) -> int:
    return sum(int(length) for length in re.findall(r"h(\d+)", path))


def test_a_duty_is_drawn_from_its_start_for_as_long_as_each_activity_lasts():
    begin = datetime(2026, 3, 23, tzinfo=UTC)
    one = drawn(duty("H001", begin + timedelta(hours=7), ("999", 60), ("meal", 30), ("999", 15)), begin, fixed=False)
    assert (one.start, one.end, one.compact(3)) == (28, 35, [3, 28, "9*4 M*2 9*1", 0])
    assert strokes([one], 0, 96) == {"9": "M28 0h4M34 0h1", "M": "M32 0h2"}
    assert letters([one], 0, 96) == [(f"{100 * 33 / 96:.2f}%", "M")]


@given(
    runs=st.lists(st.tuples(st.sampled_from("91MBTLH"), st.integers(1, 12)), min_size=1, max_size=8),
    start=st.integers(-40, 100),
    first=st.integers(0, 40),
    width=st.integers(1, 96),
)
def test_strokes_are_the_duty_inside_of_the_window_and_no_more(runs, start, first, width):
    one = Drawn("H001", start, tuple(runs), fixed=True)
    paths = strokes([one], first, first + width)
    inside = max(0, min(one.end, first + width) - max(one.start, first))
    assert lengths(paths.pop("F", "")) == inside
    assert sum(map(lengths, paths.values())) == inside


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60))
def test_gaps_cover_each_short_quarter_hour_once(heads):
    required, on_calls = zip(*heads, strict=True)
    found = gaps(required, on_calls)
    short = {at for at, (wanted, there) in enumerate(heads) if there < wanted}
    assert {at for first, last, _ in found for at in range(first, last)} == short
    assert sum(last - first for first, last, _ in found) == len(short)
    assert all(seats == max(required[at] - on_calls[at] for at in range(first, last)) for first, last, seats in found)


def test_an_outline_steps_where_heads_change():
    assert outline([2, 2, 3], 4) == "M0 2H2V1H3"
    assert area([2, 2, 3], 4) == "M0 2H2V1H3V4H0z"


def test_the_day_of_the_clock_change_is_as_long_as_it_is_and_says_so():
    spring = grid(facts(), "week", MONDAY)
    assert [day.quarters for day in spring.days] == [96] * 6 + [92]
    assert (spring.quarters, spring.days[-1].clocks) == (668, "Clocks go forward: 23 hours")
    assert spring.days[-1].ticks[1] == (f"{100 * 20 / 92:.2f}%", "06")  # five hours after midnight
    autumn = grid(facts(monday=date(2026, 10, 19)), "day", date(2026, 10, 25))
    assert (autumn.quarters, autumn.offset, autumn.days[0].clocks) == (100, 576, "Clocks go back: 25 hours")


def test_a_person_has_a_cell_for_each_date():
    night = duty("H001", datetime(2026, 3, 24, 21, tzinfo=UTC), ("999", 600))
    before = duty("H002", datetime(2026, 3, 22, 21, tzinfo=UTC), ("101", 600))
    shown = grid(facts(night, carried=(before,)), "week", MONDAY)
    away, there = shown.rows
    assert [away.ref, there.ref, there.name] == ["H002", "H001", "O'Neil"]  # by team
    assert [cell.kind for cell in away.cells] == ["leave"] + ["rest"] * 6
    assert away.paths["F"] == "M0 0h28"  # what reaches into the week of what stood before
    assert [cell.text for cell in there.cells[:3]] == ["Rest day", "21:00 to 07:00", "Rest day"]


@pytest.mark.parametrize(
    ("look", "day", "expected"),
    [
        ("day", MONDAY, (None, date(2026, 3, 24))),
        ("day", date(2026, 4, 5), (date(2026, 4, 4), None)),
        ("week", date(2026, 3, 30), (MONDAY, None)),
        ("weeks", MONDAY, (None, None)),
    ],
)
def test_one_goes_no_further_than_the_roster(look, day, expected):
    assert steps(facts(weeks=2), look, day) == expected


def test_what_stands_in_the_page_for_the_script_cannot_end_it():
    written = script_safe(grid(facts(), "week", MONDAY).data)
    assert "</" not in written
    assert "\\u003c/script" in written
