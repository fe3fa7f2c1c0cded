"""A CSV file or a workbook as rows of text, within limits of size. Knows no database."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Literal

from openpyxl import load_workbook

from app.csv_table import MAX_LINE, CsvFileError
from app.errors import TooLarge

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[str, Format] = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
MAX_UNPACKED = 200_000_000  # bytes of a workbook once unpacked: a file that claims to be small may hold much more
MAX_PARTS = 1_000  # files within a workbook
MAX_COLUMNS = 200

Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: separator and encoding of CSV, name of a workbook's sheet (None: the first one)."""

    delimiter: str = ","
    encoding: str = "utf-8"
    sheet: str | None = None


def rows_of(file: BinaryIO, format: Format, layout: Layout, most_rows: int) -> Rows:
    """Numbered rows as a spreadsheet counts them, empty ones left out; cells of a workbook as text: dates as
    2026-06-30, times as 07:00, whole numbers without a fraction.

    Raises `CsvFileError` for what is no such file, `TooLarge` beyond `most_rows` or `MAX_COLUMNS`.
    """
    rows = _csv(file, layout) if format == "csv" else _workbook(file, layout)
    for number, fields in rows:
        if number > most_rows:
            raise TooLarge(f"the file has more than {most_rows} rows: send it in parts")
        if len(fields) > MAX_COLUMNS:
            raise TooLarge(f"row {number} has {len(fields)} columns: expected at most {MAX_COLUMNS}")
        if any(fields):
            yield number, fields


def _csv(file: BinaryIO, layout: Layout) -> Rows:
    encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    number = 0
    try:
        for number, fields in enumerate(csv.reader(_lines(text), delimiter=layout.delimiter, strict=True), 1):
            yield number, [field.strip() for field in fields]
    except UnicodeDecodeError:
        message = (
            f"the file is not {layout.encoding} after row {number}: save it so, or say its encoding in the mapping"
        )
        raise CsvFileError(message, row=number + 1, expected=layout.encoding) from None
    except csv.Error as error:
        message = f"row {number + 1} is not readable as CSV: {error}"
        raise CsvFileError(message, row=number + 1, expected="separated fields, quotes closed") from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line is longer than {MAX_LINE} characters")
        yield line


def _workbook(file: BinaryIO, layout: Layout) -> Rows:
    _require_small(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # the library raises whatever its parsers do
        raise CsvFileError(f"the workbook is not readable: {type(error).__name__}", expected="an .xlsx file") from error
    try:
        if layout.sheet is not None and layout.sheet not in book.sheetnames:
            named = ", ".join(book.sheetnames[:10])
            raise CsvFileError(f"the workbook has no sheet {layout.sheet!r}", expected=f"one of its sheets: {named}")
        sheet = book[layout.sheet] if layout.sheet is not None else book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not to be trusted
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1), 1):
            fields = [_text(cell) for cell in cells]
            while fields and not fields[-1]:
                fields.pop()
            yield number, fields
    finally:
        book.close()


def _require_small(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise CsvFileError("the file is no workbook", expected="an .xlsx file") from None
    file.seek(0)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise TooLarge(f"the workbook unpacks to more than {MAX_UNPACKED} bytes or {MAX_PARTS} parts: save it as CSV")


def _text(cell: object) -> str:
    """A cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = cell.time() == time(0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat(timespec="minutes" if not cell.second else "seconds")
    if isinstance(cell, timedelta):
        minutes = cell // timedelta(minutes=1)
        return f"{minutes // 60}:{minutes % 60:02d}"
    return str(cell).strip()
