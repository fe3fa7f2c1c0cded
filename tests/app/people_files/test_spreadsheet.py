"""CSV and workbooks as rows of text; what is too large or no such file is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import Workbook

from app.csv_table import CsvFileError
from app.errors import TooLarge
from app.spreadsheet import MAX_COLUMNS, MAX_UNPACKED, Layout, rows_of

HALF_PAST = datetime.fromisoformat("2026-06-01T07:30")  # a cell has no time zone


def workbook(*rows, sheet="Sheet") -> io.BytesIO:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def test_cells_are_read_as_they_would_be_written():
    cells = [date(2026, 6, 1), HALF_PAST, time(7), timedelta(hours=37, minutes=30), 37.0, 37.5, True,
             None, " a "]  # fmt: skip
    file = workbook(["h"], [], cells)
    assert list(rows_of(file, "xlsx", Layout(), 10)) == [
        (1, ["h"]),
        (3, ["2026-06-01", "2026-06-01 07:30:00", "07:00", "37:30", "37", "37.5", "yes", "", "a"]),
    ]


def test_a_sheet_is_chosen_by_name():
    file = workbook(["x"], sheet="Staff")
    assert list(rows_of(file, "xlsx", Layout(sheet="Staff"), 10)) == [(1, ["x"])]
    with pytest.raises(CsvFileError, match="no sheet 'Leavers'"):
        list(rows_of(file, "xlsx", Layout(sheet="Leavers"), 10))


def test_csv_of_another_separator_and_encoding():
    file = io.BytesIO("a;b\r\n\r\nCaf\xe9; 1 \r\n".encode("windows-1252"))
    assert list(rows_of(file, "csv", Layout(";", "cp1252"), 10)) == [(1, ["a", "b"]), (3, ["Caf\xe9", "1"])]
    with pytest.raises(CsvFileError, match="not utf-8"):
        list(rows_of(io.BytesIO(b"a\n\xe9\n"), "csv", Layout(), 10))


def test_limits_hold_on_either_side():
    assert len(list(rows_of(io.BytesIO(b"a\n" * 5), "csv", Layout(), 5))) == 5
    with pytest.raises(TooLarge, match="more than 5 rows"):
        list(rows_of(io.BytesIO(b"a\n" * 6), "csv", Layout(), 5))
    assert list(rows_of(io.BytesIO(b",".join([b"a"] * MAX_COLUMNS)), "csv", Layout(), 5))
    with pytest.raises(TooLarge, match="columns"):
        list(rows_of(io.BytesIO(b",".join([b"a"] * (MAX_COLUMNS + 1))), "csv", Layout(), 5))
    with pytest.raises(TooLarge, match="columns"):
        list(rows_of(workbook(["a"] * (MAX_COLUMNS + 1)), "xlsx", Layout(), 5))


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb, bomb.open("xl/workbook.xml", "w") as part:
        for _ in range(MAX_UNPACKED // 1_000_000 + 1):
            part.write(bytes(1_000_000))
    packed.seek(0)
    assert len(packed.getvalue()) < 1_000_000
    with pytest.raises(TooLarge, match="unpacks"):
        list(rows_of(packed, "xlsx", Layout(), 5))


def changed(part: str, old: bytes, new: bytes) -> io.BytesIO:
    """A workbook of two rows with something else in one of its parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(workbook(["a"], [1])) as sound, zipfile.ZipFile(made, "w") as written:
        for name in sound.namelist():
            content = sound.read(name)
            assert name != part or old in content
            written.writestr(name, content.replace(old, new) if name == part else content)
    made.seek(0)
    return made


@pytest.mark.parametrize("row", [5, 6])
def test_rows_that_are_said_to_lie_far_below_are_not_waited_for(monkeypatch, row):
    monkeypatch.setattr("app.spreadsheet.MAX_ROWS", 5)
    file = changed("xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="%d"' % row)
    if row == 5:
        assert [number for number, _ in rows_of(file, "xlsx", Layout(), 10)] == [1, 5]
    else:
        with pytest.raises(TooLarge, match="beyond 5"):
            list(rows_of(file, "xlsx", Layout(), 10))


@pytest.mark.parametrize("cell", [b'<c r="XFD2"/>', b'<c r="XFD2"><v>0</v></c>'])
def test_the_last_column_may_be_there_but_nothing_in_it(cell):
    file = changed("xl/worksheets/sheet1.xml", b"</c></row></sheetData>", b"</c>" + cell + b"</row></sheetData>")
    if b"<v>" in cell:
        with pytest.raises(TooLarge, match="row 2 has 16384 columns"):
            list(rows_of(file, "xlsx", Layout(), 5))
    else:
        assert list(rows_of(file, "xlsx", Layout(), 5)) == [(1, ["a"]), (2, ["1"])]


def test_a_workbook_whose_sheets_are_gone_is_refused():
    file = changed("xl/_rels/workbook.xml.rels", b"/xl/worksheets/sheet1.xml", b"/xl/worksheets/sheet9.xml")
    with pytest.raises(CsvFileError, match="no sheet"):
        list(rows_of(file, "xlsx", Layout(), 5))


@pytest.mark.parametrize("entity", [b'"9"', b'SYSTEM "file:///etc/hostname"'])
def test_entities_are_not_read(entity):
    declared = b"<!DOCTYPE x [<!ENTITY e " + entity + b">]><worksheet"
    file = changed("xl/worksheets/sheet1.xml", b"<worksheet", declared)
    with pytest.raises(CsvFileError, match=r"not readable|damaged"):
        list(rows_of(file, "xlsx", Layout(), 5))


@pytest.mark.parametrize("content", [b"", b"ref,team\n", b"PK\x03\x04 cut off"])
def test_what_is_no_workbook_is_refused(content):
    with pytest.raises(CsvFileError, match=r"no workbook|not readable"):
        list(rows_of(io.BytesIO(content), "xlsx", Layout(), 5))


def test_a_packing_that_nobody_knows_is_refused():
    content = bytearray(changed("xl/workbook.xml", b"<workbook", b"<workbook").getvalue())
    content[content.rindex(b"PK\x01\x02") + 6] = 84  # the version of the format that is needed to unpack the last part
    with pytest.raises(CsvFileError, match="no workbook"):
        list(rows_of(io.BytesIO(bytes(content)), "xlsx", Layout(), 5))


def test_a_workbook_without_its_parts_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as empty:
        empty.writestr("hello.txt", "hello")
    packed.seek(0)
    with pytest.raises(CsvFileError, match="not readable"):
        list(rows_of(packed, "xlsx", Layout(), 5))
