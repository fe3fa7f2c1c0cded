"""Each refusal of handling times by call type, one unit either side of its limit, and what must still be allowed."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from app.csv_table import CsvFileError
from app.handling.parse import MAX_TYPE_CHARACTERS, MOST_TYPES, ParsedHandling, read_handling
from app.handling.schemas import HandlingReport

T0 = datetime(2026, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
HEADER = "queue,call_type,interval_start,answered,talk_s,wrap_s"


def read(text: str) -> ParsedHandling:
    return read_handling(io.BytesIO(text.encode()), now=NOW)


def file(*rows: tuple[object, ...]) -> str:
    return "\n".join([HEADER, *(",".join(map(str, row)) for row in rows)]) + "\n"


def one_row(**values: object) -> HandlingReport:
    row = dict(zip(HEADER.split(","), ("999", "theft", T0.isoformat(), 2, 600, 120), strict=True)) | values
    return read(file(tuple(row.values()))).report


def test_rows_become_queue_type_and_time():
    late = (T0 + timedelta(minutes=15)).isoformat()
    parsed = read(
        file(("101", "theft", late, 3, 900.5, ""), ("101", " theft ", "2026-06-01T01:00:00+01:00", 1, 300, 60))
    )
    assert parsed.rows == [
        ("101", "theft", T0, 1, 300.0, 60.0),
        ("101", "theft", T0 + timedelta(minutes=15), 3, 900.5, None),
    ]
    assert parsed.report.issues_total == 0
    (span,) = parsed.report.types
    assert (span.queue, span.call_type, span.first, span.last, span.calls) == (
        "101", "theft", T0, T0 + timedelta(minutes=15), 4,
    )  # fmt: skip


def test_wrap_up_may_be_absent():
    parsed = read(f"call_type,queue,interval_start,answered,talk_s\ntheft,999,{T0.isoformat()},2,600\n")
    assert parsed.rows == [("999", "theft", T0, 2, 600.0, None)]


@pytest.mark.parametrize(
    "name",
    [
        "ASB",
        "Domestic abuse",
        "Transport: RTC (injury)",
        "missing person / vulnerable adult",
        "Trosedd cefn gwlad",
        "ymosodiad difrifol, tŷ",
        "999 silent",
        "Type 1234",
        "x" * MAX_TYPE_CHARACTERS,
    ],
)
def test_names_of_types_are_the_forces_own(name):
    assert one_row(call_type=f'"{name}"').issues_total == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "1 to 40"),
        ("x" * (MAX_TYPE_CHARACTERS + 1), "1 to 40"),
        ("Type 12345", "more than 4 digits"),
        ("07700 900", "more than 4 digits"),
        ("=cmd", "1 to 40"),
        ("a;b", "1 to 40"),
    ],
)
def test_what_is_no_name_of_a_type_is_refused(name, words):
    report = one_row(call_type=f'"{name}"')
    assert report.issues_total == 1
    assert report.issues[0].column == "call_type"
    assert words in report.issues[0].reason


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("07700900123", "telephone numbers"),
        ("+44 7700 900123", "telephone numbers"),
        ("jane@example.org", "free text"),
        ("caller says that her neighbour shouts", "free text"),
    ],
)
def test_personal_data_refuses_the_file_and_is_not_repeated(name, kind):
    with pytest.raises(CsvFileError) as caught:
        one_row(call_type=name)
    assert kind in caught.value.message
    assert "personal data" in caught.value.message
    assert name not in f"{caught.value.message} {caught.value.value} {caught.value.expected}"


@pytest.mark.parametrize(("n_types", "is_refused"), [(MOST_TYPES, False), (MOST_TYPES + 1, True)])
def test_more_types_than_a_force_has_name_callers(n_types, is_refused):
    rows = file(
        *(("999", f"type {chr(97 + k // 26)}{chr(97 + k % 26)}", T0.isoformat(), 1, 300, 0) for k in range(n_types))
    )
    if is_refused:
        with pytest.raises(CsvFileError, match=f"{n_types} different call types"):
            read(rows)
    else:
        assert len(read(rows).report.types) == n_types


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"queue": "112"}, "queue", "999 or 101"),
        ({"interval_start": "2026-06-01T00:07:00Z"}, "interval_start", "grid of 15 minutes"),
        ({"interval_start": "2026-06-01T00:00:00"}, "interval_start", "no offset"),
        ({"answered": ""}, "answered", "whole number"),
        ({"answered": "2.5"}, "answered", "whole number"),
        ({"talk_s": ""}, "talk_s", "sum of seconds is expected"),
        ({"talk_s": "0:08:00"}, "talk_s", "number of seconds"),
        ({"talk_s": "-1"}, "talk_s", "0 or more"),
        ({"answered": 0, "wrap_s": 0}, "talk_s", "without an answered call"),
        ({"answered": 0, "talk_s": 0}, "wrap_s", "without an answered call"),
    ],
)
def test_a_faulty_value_is_named(values, column, words):
    report = one_row(**values)
    assert report.issues_total == 1
    assert (report.issues[0].row, report.issues[0].column) == (2, column)
    assert words in report.issues[0].reason


def test_no_call_takes_no_time():
    assert one_row(answered=0, talk_s=0, wrap_s=0).issues_total == 0


def test_a_row_that_repeats_counts_once_and_one_that_contradicts_is_refused():
    row = ("999", "theft", T0.isoformat(), 2, 600, 120)
    report = read(file(row, row)).report
    assert (report.rows_accepted, report.duplicates, report.issues_total) == (1, 1, 0)
    report = read(file(row, (*row[:-1], 121))).report
    assert "contradicts row 2: other values for queue 999, call type theft" in report.issues[0].reason


@pytest.mark.parametrize(("mean_s", "n_issues"), [(19.9, 1), (20.0, 0)])
def test_minutes_in_place_of_seconds_are_refused(mean_s, n_issues):
    assert one_row(answered=100, talk_s=mean_s * 100, wrap_s=0).issues_total == n_issues


@pytest.mark.parametrize(("ahead", "n_issues"), [(timedelta(days=1), 0), (timedelta(days=1, minutes=15), 1)])
def test_a_history_of_days_to_come_is_refused(ahead, n_issues):
    assert one_row(interval_start=(NOW + ahead).isoformat()).issues_total == n_issues
