"""Numbers and times as pages write them; charts as tables and files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.sign_in.routes import own
from app.web import words
from app.web.charts import Band, Chart, Line

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("at", "written"),
    [
        ("2026-03-29T00:45:00Z", "00:45 GMT"),
        ("2026-03-29T01:00:00Z", "02:00 BST"),
        ("2026-10-25T00:30:00Z", "01:30 BST"),
        ("2026-10-25T01:30:00Z", "01:30 GMT"),
        ("2026-10-24T12:00:00Z", "13:00"),
        ("2026-11-26T12:00:00Z", "12:00"),
    ],
)
def test_a_day_on_which_clocks_change_says_which_time_it_is(at, written):
    assert words.clock(datetime.fromisoformat(at), LONDON) == written


def test_days_are_local():
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert words.short_day(late, LONDON) == "Wed 1 Jul"
    assert words.long_day(date(2026, 7, 1), LONDON) == "Wednesday 1 July 2026"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (599.4323116, "599.4"),
        (0.8, "0.8"),
        (12345.6, "12,346"),
        (0.0, "0"),
        (None, "–"),
        (True, "yes"),
        ("s", "s"),
        ({"early_999": 0.5, "on": False}, "early 999 0.5, on no"),
    ],
)
def test_a_figure_has_four_digits_at_most(value, written):
    assert words.figure(value) == written


@pytest.mark.parametrize(
    ("value", "written"), [(8.4, "8 s"), (59.6, "1 min"), (125, "2 min 5 s"), (3600, "1 h"), (4200, "1 h 10 min")]
)
def test_durations_are_whole_seconds_then_minutes(value, written):
    assert words.seconds(value) == written


def a_chart(lower=(1.0, 2.0)):
    starts = [datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(hours=hour) for hour in (0, 1)]
    return Chart(
        "calls", "Calls", "calls by hour", starts, LONDON, [Line("999", [3.0, None], "999")], "Two hours.",
        bands=[Band("90%", lower, [5.0, 6.0], "999")],
    )  # fmt: skip


def test_a_chart_is_one_set_of_numbers_as_drawing_table_and_file():
    chart = a_chart()
    drawn = json.loads(chart.spec())
    table = [[*values] for _, values in chart.rows()]
    rows = list(csv.reader(io.StringIO(chart.csv())))
    assert drawn["lines"][0]["values"] == [row[0] for row in table] == [3.0, None]
    assert rows[0] == ["start", *chart.headings()]
    assert [row[1] for row in rows[1:]] == ["3.0", ""]
    assert [row[0] for row in rows[1:]] == ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"]


def test_whole_days_are_told_with_their_year():
    start = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert a_chart().written(start) == "Thu 31 Dec, 12:00"
    assert replace(a_chart(), whole_days=True).written(start) == "Thu 31 Dec 2026"


def test_a_chart_whose_columns_differ_in_length_is_refused():
    with pytest.raises(ValueError, match=r"chart calls: 90%, from has 1 values for 2 intervals"):
        a_chart(lower=[1.0])


@pytest.mark.parametrize("address", ["//x.example", "https://x.example", "/\\x.example", "/\n/x", "x", ""])
def test_nobody_is_sent_elsewhere_after_signing_in(address):
    assert own(address) == "/"


def test_who_signs_in_goes_on_to_the_page_asked_for():
    assert own("/forces/northshire/today?date=2026-11-26") == "/forces/northshire/today?date=2026-11-26"
