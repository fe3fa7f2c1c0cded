"""Files as telephony systems write them, by the mappings of the guide: every call once, in the right quarter-hour."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from pydantic import ValidationError

from app.calls.history import COLUMNS
from app.csv_table import CsvFileError
from app.mappings.legs import Thresholds
from app.mappings.read import Profile, read_mapped
from app.mappings.schemas import MappingIn

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "import.md"
ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 12, 1, tzinfo=UTC)
GENESYS, AVAYA, CALLS = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", GUIDE.read_text(), re.DOTALL))
THRESHOLDS = Thresholds({"999": 10.0, "101": 60.0}, None)

GENESYS_FILE = """Interval Start,Interval End,Media Type,Queue Id,Queue Name,Offer,Answer,Abandon,ASA,Service Level %,\
Avg Handle,Avg ACW
2026-06-01T06:15:00.000Z,2026-06-01T06:30:00.000Z,voice,1,999 Emergency,4,4,1,5000,75%,300000,60000
2026-06-01T06:30:00.000Z,2026-06-01T06:45:00.000Z,voice,1,999 Emergency,2,2,0,2500.5,100%,240000,30000
2026-06-01T06:15:00.000Z,2026-06-01T06:30:00.000Z,callback,1,999 Emergency,9,9,0,1,100%,1,1
2026-06-01T06:30:00.000Z,2026-06-01T06:45:00.000Z,voice,2,101 Non-emergency,3,2,1,61000,50%,600000,100000
2026-06-01T06:30:00.000Z,2026-06-01T06:45:00.000Z,voice,3,Switchboard,30,30,0,1000,100%,60000,0
"""
AVAYA_FILE = """Split/Skill Interval
Date:,01/06/2026
,
Time,Split/Skill,Avg Speed Ans,Avg Aban Time,ACD Calls,Avg ACD Time,Avg ACW Time,Aban Calls,Flow In,Flow Out
12:00AM-12:15AM,999 Main,:05,,10,5:00,1:00,0,0,3
12:00AM-12:15AM,999 Overflow,:20,:45,2,4:00,:30,1,3,0
11:45AM-12:00PM,999 Main,:04,,"1,000",:59,,0,0,0
Totals,,,,1012,,,1,3,3
"""
CALLS_FILE = """Call Ref,Arrived,Skill,Result,Queue Time,Ring Time,Talk,Wrap,Extension
A1,01/06/2026 09:14:59,EMER,Answered,00:00:04,00:00:03,00:05:00,00:01:00,4711
A2,01/06/2026 09:15:00,EMER,Overflowed,00:00:30,,,,
A2,01/06/2026 09:15:30,EMER2,Answered,00:00:05,00:00:02,00:03:00,00:00:30,4712
A2,01/06/2026 09:20:00,EMER,Answered,00:01:00,00:00:02,00:02:00,,4713
A3,01/06/2026 09:16:00,NONEM,Abandoned,00:02:00,,,,
A4,01/06/2026 09:16:00,NONEM,Outbound,,,00:02:00,,4712
"""


def read(file: str | bytes, mapping: dict, media="csv", now=NOW, **changes):
    content = file.encode() if isinstance(file, str) else file
    profile = Profile(name="test", version=3, mapping=MappingIn.model_validate(mapping | changes))
    return read_mapped(io.BytesIO(content), media, profile, zone=ZONE, thresholds=THRESHOLDS, now=now)


def cell(parsed, queue: str, start: str) -> dict:
    moment = datetime.fromisoformat(start)
    (row,) = [row for row in parsed.history.rows() if (row[0], row[1]) == (queue, moment)]
    return {name: value for name, value in zip(COLUMNS[2:], row[2:], strict=True) if value is not None}


def reasons(parsed) -> str:
    return " | ".join(f"{issue.row} {issue.column}: {issue.reason}" for issue in parsed.report.issues)


def workbook(*rows: list) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_genesys_export_becomes_sums_of_seconds():
    parsed = read(GENESYS_FILE, GENESYS)
    assert not parsed.report.issues, reasons(parsed)
    assert cell(parsed, "999", "2026-06-01T06:15:00Z") == {
        "offered": 5, "answered": 4, "answered_within_threshold": 3, "abandoned": 1, "talk_s": 960.0, "wrap_s": 240.0,
        "answered_wait_s": 20.0,
    }  # fmt: skip
    assert cell(parsed, "101", "2026-06-01T06:30:00Z")["answered_wait_s"] == 122.0
    assert cell(parsed, "999", "2026-06-01T00:00:00Z")["offered"] == 0
    told = parsed.report.mapping
    assert {split.split: (split.queue, split.rows, split.offered) for split in told.splits} == {
        "999 Emergency": ("999", 2, 7.0),
        "101 Non-emergency": ("101", 1, 3.0),
    }
    assert told.passed_over == {"other values of Media Type": 1, "splits of no queue": 1}
    assert told.filled == 2 * 96 - 3  # the whole local day of both queues
    assert "Queue Id" in told.unread_columns


def test_an_avaya_report_counts_overflow_once_and_keeps_the_time_of_both_splits():
    parsed = read(AVAYA_FILE, AVAYA)
    assert not parsed.report.issues, reasons(parsed)
    first = cell(parsed, "999", "2026-05-31T23:00:00Z")  # local midnight, in summer
    # 10 answered at once, 3 overflowed: 2 of them answered there and one given up.
    assert (first["offered"], first["answered"], first["abandoned"]) == (13, 12, 1)
    assert (first["talk_s"], first["wrap_s"]) == (10 * 300 + 2 * 240, 10 * 60 + 2 * 30)
    assert (first["answered_wait_s"], first["abandoned_wait_s"]) == (10 * 5 + 2 * 20, 45)
    noon = cell(parsed, "999", "2026-06-01T10:45:00Z")
    assert (noon["offered"], noon["talk_s"]) == (1000, 59000.0)
    assert parsed.report.mapping.passed_over == {"totals": 1}
    assert len(parsed.history.rows()) == 96


def test_a_file_of_calls_is_summed_and_legs_of_a_call_are_one():
    parsed = read(CALLS_FILE, CALLS)
    assert not parsed.report.issues, reasons(parsed)
    assert cell(parsed, "999", "2026-06-01T08:00:00Z")["answered_within_threshold"] == 1  # 7 s
    overflowed = cell(parsed, "999", "2026-06-01T08:15:00Z")
    assert (overflowed["offered"], overflowed["answered"], overflowed["answered_within_threshold"]) == (1, 1, 0)
    assert (overflowed["answered_10_60s"], overflowed["answered_wait_s"]) == (1, 37.0)  # until its first answer
    assert (overflowed["talk_s"], overflowed["wrap_s"]) == (300.0, 30.0)  # of both who took it
    given_up = cell(parsed, "101", "2026-06-01T08:15:00Z")
    assert (given_up["offered"], given_up["abandoned"], given_up["abandoned_wait_s"]) == (1, 1, 120.0)
    assert all("A2" not in repr(row) for row in parsed.history.rows())
    assert parsed.report.mapping.passed_over == {"outcomes that are no calls": 1}


def test_the_same_in_a_workbook_with_its_own_times_and_durations():
    lines = [line.split(",") for line in CALLS_FILE.splitlines()]
    rows: list[list] = [lines[0]]
    for line in lines[1:]:
        arrived = datetime.strptime(line[1], "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007
        spans = [timedelta(**dict(zip(("hours", "minutes", "seconds"), map(int, text.split(":")), strict=True)))
                 if text else None for text in line[4:8]]  # fmt: skip
        rows.append([line[0], arrived, *line[2:4], *spans, line[8]])
    assert read(workbook(*rows), CALLS, "xlsx").history.rows() == read(CALLS_FILE, CALLS).history.rows()


ROW = "stamp,split,calls\n"
BARE = {
    "split": "split",
    "splits": {"E": {"queue": "999"}, "E2": {"queue": "999"}},
    "time": {"at": "stamp", "format": "%Y-%m-%d %H:%M", "zone": "local"},
    "columns": {"offered": "calls"},
}


def starts(parsed) -> list[str]:
    return [row[1].strftime("%d %H:%M") for row in parsed.history.rows()]


def clock(**changes) -> dict:
    return BARE | {"time": BARE["time"] | changes}


def test_the_hour_that_comes_twice_is_told_apart_by_its_second_row():
    stamps = [f"2026-10-25 {hour}:{minute:02d}" for hour in ("00", "01", "01", "02") for minute in (0, 15, 30, 45)]
    parsed = read(ROW + "".join(f"{stamp},E,{n}\n" for n, stamp in enumerate(stamps)), BARE)
    assert not parsed.report.issues
    assert [row[2] for row in parsed.history.rows()] == list(range(16))
    assert starts(parsed)[:5] == ["24 23:00", "24 23:15", "24 23:30", "24 23:45", "25 00:00"]
    ends = [f"2026-10-25 {text}" for text in ("00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45", "01:00")]
    by_end = read(ROW + "".join(f"{stamp},E,{n}\n" for n, stamp in enumerate(ends)), clock(marks="end"))
    assert starts(by_end) == ["24 23:00", "24 23:15", "24 23:30", "24 23:45", "25 00:00", "25 00:15", "25 00:30",
                              "25 00:45"]  # fmt: skip


def test_the_hour_that_never_comes_is_refused_unless_it_is_empty():
    around = ROW + "2026-03-29 00:45,E,1\n2026-03-29 01:15,E,{}\n2026-03-29 02:00,E,2\n"
    assert starts(read(around.format(0), BARE)) == ["29 00:45", "29 01:00"]
    assert read(around.format(0), BARE).report.mapping.passed_over == {"the hour that the clocks skip": 1}
    assert "clocks go forward" in reasons(read(around.format(5), BARE))
    assert starts(read(around.format(5), clock(zone="utc"))) == ["29 00:45", "29 01:15", "29 02:00"]


def test_calls_of_the_repeated_hour_follow_the_file():
    calls = {**CALLS, "time": {"at": "Arrived", "format": "%d/%m/%Y %H:%M:%S", "zone": "local"}}
    head = CALLS_FILE.splitlines()[0] + "\n"
    times = ["01:50:00", "01:49:58", "01:59:00", "01:05:00", "01:59:00", "02:00:00"]
    rows = [f",25/10/2026 {at},EMER,Answered,00:00:01,,00:01:00,,\n" for at in times]
    parsed = read(head + "".join(rows), calls, omitted_over="rows")
    assert [(row[1].strftime("%H:%M"), row[2]) for row in parsed.history.rows() if row[2]] == [
        ("00:45", 3), ("01:00", 1), ("01:45", 1), ("02:00", 1)
    ]  # fmt: skip


def test_the_end_of_the_day_is_written_in_three_ways():
    apart = {"date": "day", "format": "%Y-%m-%d %H:%M", "zone": "utc", "marks": "end"}
    head = "day,stamp,split,calls\n"
    for written, changes in (("2026-06-02,00:00", {}), ("2026-06-01,24:00", {}),
                             ("2026-06-01,00:00", {"midnight_ends_day": True})):  # fmt: skip
        assert starts(read(f"{head}{written},E,1\n", clock(**apart, **changes))) == ["01 23:45"]


@pytest.mark.parametrize(("omitted", "n", "offered"), [("missing", 2, [3, 7]), ("zero", 3, [3, 0, 7])])
def test_an_omitted_interval_is_missing_or_zero_as_the_mapping_says(omitted, n, offered):
    file = ROW + "2026-06-01 10:00,E,3\n2026-06-01 10:30,E,7\n"
    parsed = read(file, BARE, omitted=omitted)
    assert [row[2] for row in parsed.history.rows()] == offered
    assert parsed.report.intervals_missing == 3 - n


def test_whole_days_are_filled_up_to_now_and_no_further():
    file = ROW + "2026-06-01 10:00,E,3\n"
    wide = read(file, BARE, omitted="zero", omitted_over="days", now=datetime(2026, 6, 1, 10, 7, tzinfo=UTC))
    assert (starts(wide)[0], starts(wide)[-1]) == ("31 23:00", "01 09:45")
    assert len(read(file, BARE, omitted="zero", omitted_over="days").history.rows()) == 96


def test_a_quarter_hour_that_a_split_does_not_tell_of_is_left_out():
    file = ROW + "2026-06-01 10:00,E,3\n2026-06-01 10:00,E2,4\n2026-06-01 10:15,E,5\n"
    parsed = read(file, BARE)
    assert [row[2] for row in parsed.history.rows()] == [7]
    assert parsed.report.mapping.left_out == 1
    assert "E2" in parsed.report.warnings[0].reason
    assert [row[2] for row in read(file, BARE, omitted="zero").history.rows()] == [7, 5]


def test_five_minutes_are_summed():
    file = ROW + "".join(f"2026-06-01 10:{minute:02d},E,{minute}\n" for minute in (0, 5, 10, 15, 20))
    assert [row[2] for row in read(file, BARE, interval_min=5).history.rows()] == [15]
    assert [row[2] for row in read(file, BARE, interval_min=5, omitted="zero").history.rows()] == [15, 35]
    assert "15 minutes" in reasons(read(file, BARE))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("2026-06-01 10:00,E,3.5", "whole number"),
        ("2026-06-01 10:00,E,-3", "0 or more"),
        ("2026-06-01 10:00,E,", "offered"),
        ("2026-06-01 10:00,X9,3", "X9"),
        ("01/06/2026 10:00,E,3", "%Y-%m-%d %H:%M"),
        ("2026-06-01 10:07,E,3", "15 minutes"),
        ("2027-06-01 10:00,E,3", "future"),
        ("2026-06-01 10:00,E,3\n2026-06-01 10:00,E,4", "other values"),
    ],
)
def test_what_can_not_be_read_is_named(line, word):
    parsed = read(ROW + line + "\n", BARE)
    assert parsed.report.issues_total == 1
    assert word in reasons(parsed)


@pytest.mark.parametrize(
    "name", ["ANI", "Caller", "caller_id", "Calling Party", "Telephone No", "Customer Name", "Notes"]
)
def test_a_column_of_callers_refuses_the_file_by_name(name):
    with pytest.raises(CsvFileError, match=name):
        read(f"stamp,split,calls,{name}\n2026-06-01 10:00,E,3,x\n", BARE)


def test_a_column_that_looks_like_callers_refuses_the_file_without_its_value():
    with pytest.raises(CsvFileError, match=r"column 'Far end'.*telephone") as refused:
        read("stamp,split,calls,Far end\n2026-06-01 10:00,E,3,07700900123\n", BARE)
    assert "07700900123" not in repr(vars(refused.value))
    kept = read("stamp,split,calls,Calls per hour,Max Delay\n2026-06-01 10:00,E,3,12,00:10\n", BARE)
    assert kept.report.mapping.unread_columns == ["Calls per hour", "Max Delay"]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("90", "s", 90), ("1500", "ms", 1.5), ("1.5", "min", 90), ("01:02:03", "hh:mm:ss", 3723), (":45", "mm:ss", 45),
     ("72:05", "mm:ss", 4325), ("5:12", "hh:mm:ss", None), ("00:05:12", "mm:ss", None), ("00:60:00", "hh:mm:ss", None),
     ("1:05", "s", None)],
)  # fmt: skip
def test_durations_are_of_the_unit_that_the_mapping_names(text, unit, value):
    mapping = BARE | {"columns": {"offered": "calls", "answered": "calls", "talk_s": {"add": ["t"], "unit": unit}}}
    parsed = read(f"stamp,split,calls,t\n2026-06-01 10:00,E,3,{text}\n", mapping)
    if value is None:
        assert unit in reasons(parsed)
    else:
        assert cell(parsed, "999", "2026-06-01T09:00:00Z")["talk_s"] == value


def test_marks_of_thousands_and_decimals_are_the_systems_own():
    mapping = BARE | {"separator": ";", "decimal": ",", "thousands": ".",
                      "columns": {"offered": "calls", "talk_s": "t"}}  # fmt: skip
    file = "stamp;split;calls;t\n2026-06-01 10:00;E;1.234;2.000.250,5\n"
    assert cell(read(file, mapping), "999", "2026-06-01T09:00:00Z") == {"offered": 1234, "talk_s": 2000250.5}
    assert "in threes" in reasons(read(file.replace("1.234", "1.23"), mapping))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"columns": {"answered": "calls"}}, "offered"),
        ({"columns": {"offered": "calls", "overflow_in": "f"}}, "counted_before"),
        ({"splits": {"E": {"queue": "999", "counted_before": True}}}, "overflow_in"),
        ({"columns": {"offered": "calls", "talk_s": {"add": ["t"], "mean_of": "answered"}}}, "answered"),
        ({"columns": {"offered": {"add": ["calls"], "unit": "ms"}}}, "unit"),
        ({"splits": {"E": {"queue": None}}}, "999 or 101"),
        ({"time": {"at": "stamp", "zone": "local", "format": "%H:%M"}}, "day, month, year"),
        ({"time": {"at": "stamp", "zone": "local", "format": "%d/%M/%Y %H:%M"}}, "reads no time"),
        ({"calls": CALLS["calls"]}, "either"),
        ({"decimal": ",", "thousands": ","}, "decimal"),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused(changes, word):
    with pytest.raises(ValidationError, match=word):
        MappingIn.model_validate(BARE | changes)


@pytest.mark.parametrize(
    ("file", "media", "word"),
    [
        ("stamp,split\n2026-06-01 10:00,E\n", "csv", "calls"),
        ("stamp,split,calls,calls\n2026-06-01 10:00,E,1,2\n", "csv", "2 times"),
        (ROW, "csv", "no rows"),
        ("", "csv", "no header"),
        (b"\xff\xfe\x00", "csv", "utf-8"),
        (b"PK\x03\x04not a workbook", "xlsx", "workbook"),
    ],
)
def test_a_file_that_is_none_is_refused(file, media, word):
    with pytest.raises(CsvFileError, match=word):
        read(file, BARE, media)
