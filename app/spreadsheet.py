"""A CSV file or a workbook as rows of cells, or of text, within limits of size. Knows neither columns nor database."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Literal

from app.csv_table import MAX_LINE, CsvFileError
from app.errors import TooLarge

Format = Literal["csv", "xlsx"]
Encoding = Literal["utf-8", "utf-16", "cp1252"]
Cell = str | int | float | bool | datetime | date | time | timedelta | None
Row = tuple[int, list[Cell]]  # numbered as a spreadsheet counts them

MEDIA_TYPES: dict[str, Format] = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
MAX_UNPACKED = 400_000_000  # bytes of a workbook once unpacked: a file that claims to be small may hold much more
MAX_PARTS = 1_000  # files within a workbook
MAX_COLUMNS = 500
MAX_ROWS = 1_048_576  # of a sheet, as the format has it; a row that claims a higher place would be waited for
_CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "cp1252": "cp1252"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: separator and encoding of CSV, name of a workbook's sheet (None: the first one)."""

    separator: str = ","
    encoding: Encoding = "utf-8"
    sheet: str | None = None


def cells_of(file: BinaryIO, format: Format, layout: Layout) -> Iterator[Row]:
    """The file's rows in order, blank ones left out, texts without blanks around them; the file stays open.

    Raises, also while rows are read, `CsvFileError` for what is no such file, `TooLarge` beyond `MAX_COLUMNS`.
    """
    rows = _csv(file, layout) if format == "csv" else _workbook(file, layout)
    for number, cells in rows:
        if len(cells) > MAX_COLUMNS:
            raise TooLarge(f"row {number} has {len(cells)} columns: expected at most {MAX_COLUMNS}")
        if any(cell not in (None, "") for cell in cells):
            yield number, cells


def rows_of(file: BinaryIO, format: Format, layout: Layout, most_rows: int) -> Iterator[tuple[int, list[str]]]:
    """Rows as text, see `text_of`. Raises as `cells_of`, and `TooLarge` beyond `most_rows`."""
    for number, cells in cells_of(file, format, layout):
        if number > most_rows:
            raise TooLarge(f"the file has more than {most_rows} rows: send it in parts")
        yield number, [text_of(cell) for cell in cells]


def text_of(cell: Cell) -> str:
    """A cell as it would be typed: dates as 2026-06-30, times as 07:00, whole numbers without a fraction."""
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


def _csv(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    text = io.TextIOWrapper(file, encoding=_CODECS[layout.encoding], newline="")
    number = 0
    try:
        for number, fields in enumerate(csv.reader(_lines(text), delimiter=layout.separator, strict=True), 1):
            yield number, [field.strip() for field in fields]
    except UnicodeError:
        told = (
            f"the file is not {layout.encoding} after row {number}: set the mapping's encoding, or save the file again"
        )
        raise CsvFileError(told, row=number + 1, expected=layout.encoding) from None
    except csv.Error as error:
        told = f"row {number + 1} is not readable as CSV: {error}"
        expected = f"fields between {layout.separator!r}, quotes closed"
        raise CsvFileError(told, row=number + 1, expected=expected) from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line is longer than {MAX_LINE} characters")
        yield line


def _workbook(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    from openpyxl import load_workbook  # loaded where it is wanted: it takes a part of the process's start

    _require_small(file)
    # The library raises whatever its parsers do, when it opens a workbook and while it reads rows.
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise CsvFileError(f"the workbook is not readable: {type(error).__name__}", expected="an .xlsx file") from error
    try:
        if layout.sheet is not None and layout.sheet not in book.sheetnames:
            named = ", ".join(book.sheetnames[:10])
            raise CsvFileError(f"the workbook has no sheet {layout.sheet!r}", expected=f"one of its sheets: {named}")
        if not book.worksheets:
            raise CsvFileError("the workbook has no sheet", expected="a sheet with a header and rows")
        rows = _sheet_rows(book[layout.sheet] if layout.sheet is not None else book.worksheets[0])
        number = 0
        while (cells := _next_of(rows, number)) is not None:
            number += 1
            if number > MAX_ROWS:
                raise TooLarge(f"the sheet has rows beyond {MAX_ROWS}: send it in parts")
            yield number, cells
    finally:
        book.close()


def _sheet_rows(sheet: Any) -> Iterator[list[Cell]]:
    sheet.reset_dimensions()  # what a workbook says of its own size is often wrong
    for cells in sheet.iter_rows(values_only=True):
        # Blank cells up to the sheet's last column are common, and there are 16,384 columns: told at once.
        beyond = cells[MAX_COLUMNS:]
        kept = cells[:MAX_COLUMNS] if beyond.count(None) == len(beyond) else cells
        row = [cell.strip() if isinstance(cell, str) else cell for cell in kept]
        while row and row[-1] in (None, ""):
            row.pop()
        yield row


def _next_of(rows: Iterator[list[Cell]], number: int) -> list[Cell] | None:
    """The next row; None after the last."""
    try:
        return next(rows, None)
    except Exception as error:
        told = f"the workbook is damaged after row {number}: {type(error).__name__}"
        raise CsvFileError(told, row=number + 1, expected="an .xlsx file") from error


def _require_small(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except Exception as error:  # also of versions and packings that the library does not know
        raise CsvFileError("the file is no workbook", expected="an .xlsx file") from error
    file.seek(0)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise TooLarge(f"the workbook unpacks to more than {MAX_UNPACKED} bytes or {MAX_PARTS} parts: save it as CSV")
