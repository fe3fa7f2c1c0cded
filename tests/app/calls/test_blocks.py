"""Reading column by column gives what reading row by row gives: rows, reasons, refusals."""

import io
from datetime import UTC, datetime
from unittest.mock import patch
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.calls import blocks
from app.calls.history import VALUES, row_of
from app.calls.parse import read_calls
from app.calls.quality import contradictions, doubtful
from app.csv_table import MAX_LINE, CsvFileError

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2100, 12, 31, tzinfo=UTC)
COLUMNS = "queue,interval_start,offered,answered,talk_s"

ODD = {
    "queue": [" 999", '"101"', "999.0", "102", ""],
    "interval_start": [
        "2026-06-01T00:00:00+00:00", "2026-06-01T01:00:00+01:00", "2026-06-01 00:00:00Z", "2026-06-01t00:00:00z",
        "2026-06-01T00:00:00", "2026-06-01T00:00Z", "2026-06-31T00:00:00Z", "2026-06-01T00:00:00.0Z",
        "2026-06-01T00:00:00.0000Z", "2026-06-01T00:00:00+24:00", "2026-06-01T00:00:00-01:60", "2026-06-01T24:00:00Z",
        "2026-06-01T00:00:00+0100", "2026-06-01T00:00:60Z", "1989-12-31T23:45:00Z", "1990-01-01T00:00:00+00:15",
        "2101-01-01T00:00:00+00:00", "2100-12-31T23:45:00-00:15", "0000-01-01T00:00:00Z", "2026-06-01T00:07:00Z",
        " 2026-06-01T00:00:00Z", "-026-06-01T00:00:00Z", "٢026-06-01T00:00:00Z",
    ],
    "offered": [
        "", " ", "999999", "1000000", "1000001", "00000005", "000000005", "+5", "-0", "0x1F", "5.0", "1e1", "1_0", "٣",
        "²", '"7"', '"', "5\x00", "07700900123", "nan",
    ],
    "answered": ["", " ", "8", "0", "00000001", "000000001", "1000001", "0x1", "1.", '""'],
    "talk_s": [
        "", " ", "5.", ".5", "1e3", "1E+3", "-0.0", "-1", "nan", "inf", "0x10", "100000000", "100000001", "99999999.9",
        "00000001", "000000001", "000000001.5", "0:08:00", "1.00000000000000000001", '"12"', "a b c", "12,5", "1_0.5",
    ],
}  # fmt: skip
SOUND = ["999", "2026-06-01T00:15:00Z", "7", "5", "900.5"]
ROWS = st.tuples(
    st.sampled_from(["999", "101"]),
    st.builds("2026-06-0{}T00:{}:00Z".format, st.integers(1, 3), st.sampled_from(["00", "15", "30", "45"])),
    *[st.sampled_from(["1", "2"])] * 3,
).map(",".join)
SPOILED = st.integers(0, 4).flatmap(
    lambda i: st.sampled_from(list(ODD.values())[i]).map(lambda odd: ",".join([*SOUND[:i], odd, *SOUND[i + 1 :]]))
)
BROKEN = st.sampled_from(["", "\r", "999", "999,2026-06-01T00:00:00Z,1,1,", '"999,2026-06-01T00:00:00Z,1,1,5"', '"a\n'])
LINES = st.lists(st.one_of(ROWS, ROWS, SPOILED, BROKEN), max_size=14)


def told(text: bytes, **patched: object) -> object:
    """All that reading a file ends in."""
    with patch.multiple(blocks, **patched):
        try:
            parsed = read_calls(io.BytesIO(text), zone=LONDON, now=NOW)
        except CsvFileError as error:
            return error.message, error.row, error.column, error.value, error.expected
    return parsed.columns, parsed.history.rows(), parsed.report.model_dump_json()


@given(LINES, st.sampled_from(["\n", "\n", "\r\n"]), st.sampled_from(["", "\n", "\n\n"]), st.sampled_from([40, 10**6]))
@example(['"999",2026-06-01T00:00:00Z,"1","",5'], "\r\n", "\n", 10**6)
@example(["999,2026-06-01T00:00:00Z,1,1,5"] * 3, "\n", "", 40)
@example(["999,2026-06-01T00:00:00Z,1,1,5", "", "999,2026-06-01T00:15:00Z,1,2,5"], "\n", "", 10**6)
@example(["999,2026-06-01T00:00:00Z,1,1," + "5" * MAX_LINE, "999,2026-06-01T00:15:00Z,1"], "\n", "\n", 10**6)
@settings(max_examples=60, deadline=None)
def test_both_ways_are_one(lines, newline, end, block):
    text = (newline.join([COLUMNS, *lines]) + end).encode()
    assert told(text, _BLOCK=block) == told(text, _strings=lambda *_: None)


@pytest.mark.parametrize(("column", "odd"), [(column, odd) for column, cells in ODD.items() for odd in cells])
def test_an_odd_cell_reads_the_same_both_ways(column, odd):
    spoiled = [odd if name == column else cell for name, cell in zip(COLUMNS.split(","), SOUND, strict=True)]
    text = "\n".join([COLUMNS, "101,2026-06-01T00:00:00Z,7,5,900", ",".join(spoiled)]).encode()
    assert told(text, _BLOCK=10**6) == told(text, _strings=lambda *_: None)


def test_plain_files_take_the_fast_way():
    rows = [f'"999",2026-06-{d:02}T00:{m:02}:00Z,{d},,{m}.5' for d in range(1, 31) for m in (0, 15, 30, 45)]
    with patch.object(blocks, "rest_of_table", side_effect=AssertionError), patch.object(blocks, "read_table"):
        parsed = read_calls(io.BytesIO("\r\n".join([COLUMNS, *rows, ""]).encode()), zone=LONDON, now=NOW)
    assert parsed.report.rows_accepted == len(rows)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_rows_are_doubted_where_they_contradict_themselves(data):
    value = st.one_of(st.none(), st.integers(0, 3))
    row = [data.draw(st.integers(0, 3)), *(data.draw(value) for _ in VALUES[1:])]
    values = np.array(row, dtype=float)
    assert doubtful(values[:, None]).tolist() == [bool(contradictions(row_of(999, 0, values)))]


@pytest.mark.parametrize("column", VALUES)
def test_a_value_that_is_absent_is_no_doubt(column):
    values = np.full((len(VALUES), 1), np.nan)
    values[0], values[VALUES.index(column)] = 1, 1
    assert doubtful(values).tolist() == [False]
