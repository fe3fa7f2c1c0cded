"""Rows of a CSV file or workbook, cell by cell. Knows neither columns nor database."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Literal
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.csv_table import MAX_LINE, CsvFileError
from app.findings import shown

Cell = str | int | float | bool | datetime | date | time | timedelta | None
Media = Literal["csv", "xlsx"]
Row = tuple[int, list[Cell]]  # numbered as a spreadsheet counts them

_MOST_UNPACKED = 400_000_000  # bytes of a workbook's parts: a year of quarter-hours of 20 splits has a tenth
_MOST_COLUMNS = 500
_CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "cp1252": "cp1252"}


@contextmanager
def opened(
    file: BinaryIO, media: Media, *, sheet: str | None, separator: str, encoding: str
) -> Iterator[Iterator[Row]]:
    """The file's rows in order, blank ones left out; the file stays open.

    Raises
    ------
    CsvFileError : not readable as such a file; also while rows are read
    """
    if media == "xlsx":
        with _workbook_rows(file, sheet) as rows:
            yield rows
        return
    text = io.TextIOWrapper(file, encoding=_CODECS[encoding], newline="")
    try:
        yield _csv_rows(text, separator, encoding)
    finally:
        text.detach()


def _csv_rows(text: io.TextIOWrapper, separator: str, encoding: str) -> Iterator[Row]:
    number = 0
    try:
        for number, fields in enumerate(csv.reader(_lines(text), delimiter=separator, strict=True), 1):
            if any(field.strip() for field in fields):
                yield number, [field.strip() for field in fields]
    except (UnicodeDecodeError, UnicodeError):
        message = f"the file is not {encoding} after row {number}: set the mapping's encoding, or save the file again"
        raise CsvFileError(message, row=number + 1, expected=encoding) from None
    except csv.Error as error:
        message = f"row {number + 1} is not readable as CSV: {error}"
        raise CsvFileError(message, row=number + 1, expected=f"fields between {separator!r}, quotes closed") from None


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line is longer than {MAX_LINE} characters")
        yield line


@contextmanager
def _workbook_rows(file: BinaryIO, sheet: str | None) -> Iterator[Iterator[Row]]:
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > _MOST_UNPACKED:
            raise CsvFileError(
                f"the workbook unpacks to {unpacked} bytes: expected at most {_MOST_UNPACKED}, send it in parts",
                expected=f"at most {_MOST_UNPACKED} bytes unpacked",
            )
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, ParseError) as error:
        if isinstance(error, CsvFileError):
            raise
        raise CsvFileError("the file is not a readable workbook", expected="an .xlsx workbook") from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise CsvFileError(
                f"the workbook has no sheet {sheet!r}",
                value=shown(", ".join(book.sheetnames)),
                expected=f"sheet {sheet}",
            )
        yield _sheet_rows(book[sheet] if sheet is not None else book.worksheets[0])
    finally:
        book.close()


def _sheet_rows(sheet: object) -> Iterator[Row]:
    sheet.reset_dimensions()  # type: ignore[attr-defined]  # what a workbook says of its own size is often wrong
    try:
        rows = sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS)  # type: ignore[attr-defined]
        for number, cells in enumerate(rows, 1):
            values = [cell.strip() if isinstance(cell, str) else cell for cell in cells]
            if any(value not in (None, "") for value in values):
                yield number, values
    except (KeyError, ValueError, ParseError, zipfile.BadZipFile):
        raise CsvFileError("the workbook is damaged", expected="an .xlsx workbook") from None


def text_of(cell: Cell) -> str:
    """A cell as it would be typed; a whole number without its fraction."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | time):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell).strip()
