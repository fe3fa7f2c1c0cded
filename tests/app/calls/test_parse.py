"""Each refusal of the import, one unit either side of its limit, and what must still be allowed."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.calls.history import COLUMNS
from app.calls.parse import ParsedCalls, read_calls
from app.calls.schemas import ImportReport
from app.csv_table import MAX_COUNT, MAX_LINE, CsvFileError
from tests.shared import DATA, needs

LONDON = ZoneInfo("Europe/London")
T0 = "2026-06-01T00:00:00Z"
NOW = datetime(2100, 12, 31, tzinfo=UTC)  # after everything here but the tests of the future
MONTCO = DATA / "calls/montco/force_999_101.csv"


def read(text: str | bytes, zone: ZoneInfo = LONDON) -> ParsedCalls:
    return read_calls(io.BytesIO(text.encode() if isinstance(text, str) else text), zone=zone, now=NOW)


def one_row(**values: object) -> ImportReport:
    """Report of a file with one row: a sound one but for `values`."""
    row = {"queue": "999", "interval_start": T0, "offered": 10} | values
    return read(",".join(row) + "\n" + ",".join(str(v) for v in row.values()) + "\n").report


def refused(text: str | bytes) -> CsvFileError:
    with pytest.raises(CsvFileError) as caught:
        read(text)
    return caught.value


def test_a_full_row_in_any_order_becomes_a_row_of_columns():
    values = {
        "queue": "101", "interval_start": "2026-06-01T01:15:00+01:00", "offered": "10", "answered": "7",
        "answered_within_threshold": "5", "answered_10_60s": "2", "answered_over_60s": "1", "abandoned": "3",
        "abandoned_short": "1", "talk_s": "2100", "wrap_s": "700.5", "answered_wait_s": "90", "abandoned_wait_s": "200",
        "callbacks_offered": "2", "callbacks_accepted": "1", "callbacks_completed": "1", "handlers_staffed": "12",
    }  # fmt: skip
    names = sorted(values)
    parsed = read("\ufeff" + ",".join(names) + "\r\n" + ",".join(values[n] for n in names))
    assert parsed.columns == tuple(names)
    assert parsed.report.issues_total == 0
    (row,) = parsed.history.rows()
    assert row == (
        "101", datetime(2026, 6, 1, 0, 15, tzinfo=UTC), 10, 7, 5, 2, 1, 3, 1, 2100.0, 700.5, 90.0, 200.0, 2, 1, 1, 12
    )  # fmt: skip
    assert len(row) == len(COLUMNS)


def test_empty_optional_values_are_none_and_the_file_stays_open():
    file = io.BytesIO(f"queue,interval_start,offered,answered,talk_s\n999,{T0},3,,\n".encode())
    parsed = read_calls(file, zone=LONDON, now=NOW)
    assert parsed.history.rows()[0][3] is None
    assert parsed.history.rows()[0][9] is None
    assert not file.closed


@pytest.mark.parametrize(
    ("sound", "wrong", "column"),
    [
        ({"offered": 10, "answered": 7, "abandoned": 3}, {"offered": 9, "answered": 7, "abandoned": 3}, "offered"),
        ({"answered": 10}, {"answered": 11}, "offered"),
        (
            {"answered": 7, "answered_within_threshold": 7},
            {"answered": 7, "answered_within_threshold": 8},
            "answered_within_threshold",
        ),
        (
            {"answered": 7, "answered_10_60s": 4, "answered_over_60s": 3},
            {"answered": 7, "answered_10_60s": 5, "answered_over_60s": 3},
            "answered_10_60s",
        ),
        ({"abandoned": 2, "abandoned_short": 2}, {"abandoned": 2, "abandoned_short": 3}, "abandoned_short"),
        ({"answered": 1, "talk_s": 1}, {"answered": 0, "talk_s": 1}, "talk_s"),
        ({"answered": 0, "wrap_s": 0}, {"answered": 0, "wrap_s": 1}, "wrap_s"),
        ({"abandoned": 1, "abandoned_wait_s": 5}, {"abandoned": 0, "abandoned_wait_s": 5}, "abandoned_wait_s"),
        ({"offered": 0}, {"offered": -1}, "offered"),
        ({"offered": MAX_COUNT}, {"offered": MAX_COUNT + 1}, "offered"),
        ({"offered": 10}, {"offered": "10.0"}, "offered"),
        ({"offered": 10}, {"offered": ""}, "offered"),
        ({"offered": 10}, {"offered": "١٠"}, "offered"),
        ({"offered": 10}, {"offered": "1_0"}, "offered"),
        ({"talk_s": 100000000}, {"talk_s": "1.00000001e8"}, "talk_s"),
        ({"talk_s": "0"}, {"talk_s": "-0.1"}, "talk_s"),
        ({"talk_s": "1.5e3"}, {"talk_s": "1e999"}, "talk_s"),
        ({"talk_s": "480"}, {"talk_s": "nan"}, "talk_s"),
        ({"talk_s": "480"}, {"talk_s": "0:08:00"}, "talk_s"),
        ({"queue": "101"}, {"queue": "102"}, "queue"),
        ({"interval_start": T0}, {"interval_start": "2026-06-01T00:01:00Z"}, "interval_start"),
        ({"interval_start": T0}, {"interval_start": "2026-06-01T00:00:00.5Z"}, "interval_start"),
        ({"interval_start": "2026-06-01T00:45:00+05:45"}, {"interval_start": "2026-06-01T00:45:00"}, "interval_start"),
        ({"interval_start": "2028-02-29T00:00:00Z"}, {"interval_start": "2026-02-29T00:00:00Z"}, "interval_start"),
        ({"interval_start": "1990-01-01T00:00:00Z"}, {"interval_start": "1989-12-31T23:45:00Z"}, "interval_start"),
        ({"interval_start": T0}, {"interval_start": "0001-01-01T00:00:00+14:00"}, "interval_start"),
        ({"interval_start": T0}, {"interval_start": "01/06/2026 00:00"}, "interval_start"),
        (
            {"callbacks_offered": 2, "callbacks_accepted": 2},
            {"callbacks_offered": 2, "callbacks_accepted": 3},
            "callbacks_accepted",
        ),
    ],
)
def test_a_row_either_side_of_a_limit(sound, wrong, column):
    assert one_row(**sound).issues_total == 0
    report = one_row(**wrong)
    assert (report.rows_read, report.rows_accepted, report.rows_rejected) == (1, 0, 1)
    assert (report.issues[0].row, report.issues[0].column) == (2, column)


def test_reasons_name_what_was_expected():
    assert "offset" in one_row(interval_start="2026-06-01T00:00:00").issues[0].reason
    assert "hh:mm:ss" in one_row(talk_s="0:08:00").issues[0].reason
    assert one_row(answered=8, abandoned=3).issues[0].reason == "answered 8 + abandoned 3 exceeds offered 10"


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        (b"", None, "empty"),
        (b"\n\n", None, "empty"),
        (b"queue,interval_start,offered\n", None, "no rows"),
        (f"999,{T0},3\n".encode(), None, "not a header"),
        (b"queue,interval_start\n", "offered", "lacks"),
        (b"queue,interval_start,offered,offered\n", "offered", "more than once"),
        (b"queue;interval_start;offered\n", None, "commas"),
        (f"queue,interval_start,offered,caller\n999,{T0},1,x\n".encode(), "caller", "not known"),
        (f"queue,interval_start,offered\n999,{T0},3\xff\n".encode("latin-1"), None, "UTF-8"),
        ("queue,interval_start,offered\n".encode("utf-16"), None, "UTF-8"),
        (f'queue,interval_start,offered\n999,{T0},"3\n'.encode(), None, "not readable as CSV"),
        (b"queue,interval_start,offered\n" + b"9" * (MAX_LINE + 1), None, "longer"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_was_expected(text, column, words):
    error = refused(text)
    assert words in error.message
    assert error.column == column
    assert error.expected


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("offered", "07700900123", "telephone numbers"),
        ("offered", "+44 7700 900123", "telephone numbers"),
        ("talk_s", "(01234) 567890", "telephone numbers"),
        ("talk_s", "07700900123", "telephone numbers"),
        ("queue", "447700900123", "telephone numbers"),
        ("answered", "caller was distressed", "free text"),
        ("answered", "a.smith@example.org", "free text"),
        ("interval_start", "spoke to John Smith at length", "free text"),
    ],
)
def test_personal_data_refuses_the_file_and_is_never_repeated(column, value, kind):
    row = {"queue": "999", "interval_start": T0, "offered": "3"} | {column: value}
    error = refused(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    assert kind in error.message
    assert error.column == column
    said = f"{error} {error.value} {error.expected}"
    assert not any(word in said for word in value.split() if len(word) > 3)


def test_an_unknown_column_of_telephone_numbers_is_named_as_such():
    error = refused(f"queue,interval_start,offered,cli\n999,{T0},1,07700900123\n")
    assert "telephone" in error.message
    assert "07700900123" not in str(error)


@pytest.mark.parametrize("value", ["seven", "Smith", "12345678"])
def test_a_wrong_word_or_number_is_a_row_issue_with_letters_masked(value):
    report = one_row(answered=value)
    assert report.rows_rejected == 1
    assert report.issues[0].value in ("xxxxx", "12345678")


def test_a_truncated_last_row_is_rejected_but_a_missing_last_newline_is_not():
    head = f"queue,interval_start,offered\n999,{T0},3\n"
    assert read(head.rstrip("\n")).report.issues_total == 0
    report = read(head + "999,2026-06-01T00").report
    assert (report.rows_accepted, report.rows_rejected, report.issues[0].row) == (1, 1, 3)
    assert "2 fields" in report.issues[0].reason


def test_identical_duplicates_count_once_and_contradicting_ones_are_rejected():
    head = f"queue,interval_start,offered\n999,{T0},3\n"
    same = read(head + "999,2026-06-01T01:00:00+01:00,3\n").report
    assert (same.rows_accepted, same.duplicates, same.warnings_total, same.issues_total) == (1, 1, 1, 0)
    other = read(head + f"999,{T0},4\n").report
    assert (other.rows_accepted, other.rows_rejected, other.issues_total) == (1, 1, 1)
    assert "contradicts row 2" in other.issues[0].reason
    assert read(head + f"101,{T0},4\n").report.rows_accepted == 2


@pytest.mark.parametrize(("talk_s", "issues"), [(20 * 30, 0), (20 * 30 - 1, 1), (14400 * 30, 0), (14400 * 30 + 1, 1)])
def test_mean_handling_times_show_minutes_and_milliseconds(talk_s, issues):
    report = one_row(offered=30, answered=30, talk_s=talk_s)
    assert report.issues_total == issues
    assert report.rows_accepted == 1
    assert all(issue.row is None and issue.column == "talk_s" for issue in report.issues)


def test_few_calls_prove_no_unit():
    assert one_row(offered=29, answered=29, talk_s=29).issues_total == 0
    assert one_row(offered=30, answered=30, talk_s=500, wrap_s=100).issues_total == 0


def test_span_and_gaps_of_each_queue():
    start = datetime(2026, 6, 1, tzinfo=UTC)
    kept = [0, 1, 4, 5, 7]
    rows = "".join(f"999,{(start + timedelta(minutes=15 * i)).isoformat()},1\n" for i in reversed(kept))
    report = read("queue,interval_start,offered\n" + rows).report
    (span,) = report.queues
    assert (span.first, span.last, span.intervals) == (start, start + timedelta(minutes=105), 5)
    assert [(g.start, g.end, g.intervals) for g in report.gaps] == [
        (start + timedelta(minutes=30), start + timedelta(minutes=60), 2),
        (start + timedelta(minutes=90), start + timedelta(minutes=105), 1),
    ]
    assert (report.gaps_total, report.intervals_missing) == (2, 3)
    assert set(report.model_dump(by_alias=True)["gaps"][0]) == {"queue", "from", "to", "intervals"}


@pytest.mark.parametrize(("day", "expected"), [("2026-03-29", 92), ("2026-10-25", 100), ("2026-06-14", None)])
def test_clock_changes_inside_the_span(day, expected):
    first = datetime.fromisoformat(day).replace(tzinfo=LONDON).astimezone(UTC) - timedelta(hours=1)
    moments = [first + timedelta(minutes=15 * i) for i in range(96 + 16)]
    rows = "".join(f"101,{m.isoformat()},1\n" for m in moments)
    report = read("queue,interval_start,offered\n" + rows).report
    found = [(str(c.date), c.expected, c.found) for c in report.clock_changes]
    assert found == ([(day, expected, {"101": expected})] if expected else [])
    assert report.warnings_total == 0


def test_an_hour_lost_at_a_clock_change_is_warned_of():
    first = datetime(2026, 10, 24, 22, tzinfo=UTC)
    moments = [first + timedelta(minutes=15 * i) for i in range(112)]
    rows = "".join(f"101,{m.isoformat()},1\n" for m in moments if m.hour != 1)
    report = read("queue,interval_start,offered\n" + rows).report
    assert report.clock_changes[0].found == {"101": 96}
    assert report.warnings_total == 1


def test_the_first_hundred_issues_are_listed_and_all_are_counted():
    rows = "".join(f"999,{T0},-{i}\n" for i in range(1, 131))
    report = read("queue,interval_start,offered\n" + rows).report
    assert (len(report.issues), report.issues_total, report.rows_rejected) == (100, 130, 130)


@needs(MONTCO)
def test_the_montgomery_file_reads_without_a_rejected_row():
    with MONTCO.open("rb") as file:
        report = read_calls(file, zone=ZoneInfo("America/New_York"), now=NOW).report
    assert (report.rows_read, report.rows_accepted, report.issues_total, report.gaps_total) == (49336, 49336, 0, 0)
    assert [c.expected for c in report.clock_changes] == [92]


def quarters(n: int, minutes: int) -> str:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    rows = [f"999,{(start + timedelta(minutes=minutes * i)).isoformat()},3" for i in range(n)]
    return "\n".join(["queue,interval_start,offered", *rows])


@pytest.mark.parametrize(("n", "minutes", "issues"), [(96, 15, 0), (96, 30, 1), (95, 30, 0), (96, 60, 1)])
def test_a_history_on_a_coarser_grid_is_refused(n: int, minutes: int, issues: int):
    report = read(quarters(n, minutes)).report
    assert report.issues_total == issues
    if issues:
        assert ":00" in report.issues[0].reason
        assert report.rows_rejected == 0


@pytest.mark.parametrize(("ahead", "issues"), [(timedelta(days=1), 0), (timedelta(days=1, minutes=15), 1)])
def test_calls_of_days_to_come_are_refused(ahead: timedelta, issues: int):
    now = datetime(2026, 6, 1, tzinfo=UTC)
    text = f"queue,interval_start,offered\n101,{(now + ahead).isoformat()},3\n"
    report = read_calls(io.BytesIO(text.encode()), zone=LONDON, now=now).report
    assert report.issues_total == issues
