"""Rows into CSV or Parquet files, a batch at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import IO, Any, Literal

from app.bi.dictionary import Row, Table, Type

Format = Literal["csv", "parquet"]
MEDIA_TYPES: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_BATCH = 20_000  # rows in memory


def write(table: Table, rows: Iterator[Row], file: IO[bytes], format: Format) -> None:
    """Write all rows; the file stays open."""
    if format == "csv":
        _write_csv(table, rows, file)
    else:
        _write_parquet(table, rows, file)


def _write_csv(table: Table, rows: Iterable[Row], file: IO[bytes]) -> None:
    """RFC 4180 with a header; instants as RFC 3339 in UTC, what is absent as an empty field."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(column.name for column in table.columns)
    for row in rows:
        writer.writerow([_text(value) if isinstance(value, datetime) else value for value in row])
    text.detach()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _write_parquet(table: Table, rows: Iterator[Row], file: IO[bytes]) -> None:
    # Loaded where it is needed: it would be a third of the memory of an API that nobody asks for Parquet.
    import pyarrow as pa
    from pyarrow import parquet

    types: dict[Type, Any] = {
        Type.TEXT: pa.string(),
        Type.INTEGER: pa.int64(),
        Type.NUMBER: pa.float64(),
        Type.INSTANT: pa.timestamp("us", tz="UTC"),
        Type.DATE: pa.date32(),
    }
    schema = pa.schema([pa.field(column.name, types[column.type]) for column in table.columns])
    with parquet.ParquetWriter(file, schema) as writer:
        while batch := list(islice(rows, _BATCH)):
            columns = [
                pa.array(values, type=field.type)
                for values, field in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
