"""Whatever the bytes, the import answers with a report or a `CsvFileError`."""

import contextlib
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.calls.history import COLUMNS
from app.calls.parse import read_calls
from app.csv_table import CsvFileError

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2100, 12, 31, tzinfo=UTC)
HEADER = b"queue,interval_start,offered,answered,talk_s\n"
CELLS = st.one_of(
    st.sampled_from(["999", "101", "", " ", "0", "1e999", "-0", "2026-03-29T01:00:00Z", "9999-12-31T23:45:00-14:00"]),
    st.sampled_from(
        ["0001-01-01T00:00:00+23:59", "2026-06-01T00:00:00+99:99", '"', '""', "\x00", "\r", "07700 900123"]
    ),
    st.text(max_size=12),
    st.integers(-2, 10**12).map(str),
    st.floats().map(str),
)
ROWS = st.lists(st.lists(CELLS, max_size=7).map(",".join), max_size=12)


def answers(data: bytes) -> None:
    file = io.BytesIO(data)
    with contextlib.suppress(CsvFileError):
        report = read_calls(file, zone=LONDON, now=NOW).report
        assert report.rows_read == report.rows_accepted + report.rows_rejected + report.duplicates
        assert report.rows_rejected <= report.issues_total
        report.model_dump_json(by_alias=True)
    assert not file.closed


@given(st.binary(max_size=400))
@example(b"\x00")
@example(b'"')
@example(b"\xef\xbb\xbf")
@example(HEADER + b'"' + b"x" * 200_000)
@example(HEADER + b"9" * 200_000)
@example(HEADER + b"999,\x00,1,1,1\n")
@example(HEADER + b'999,2026-06-01T00:00:00Z,"1\n' * 3)
@settings(max_examples=300, deadline=None)
def test_any_bytes(data):
    answers(data)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_after_a_header(data):
    answers(HEADER + data)


@given(ROWS)
@settings(max_examples=400, deadline=None)
def test_any_cells(rows):
    answers(HEADER + "\n".join(rows).encode("utf-8", "surrogatepass"))


@given(st.lists(st.sampled_from([*COLUMNS, "phone", "", "Queue", "\x00", "queue "]), max_size=20), ROWS)
@settings(max_examples=200, deadline=None)
def test_any_header(names, rows):
    answers((",".join(names) + "\n" + "\n".join(rows)).encode("utf-8", "surrogatepass"))
