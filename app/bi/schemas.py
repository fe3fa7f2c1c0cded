"""The data dictionary."""

from __future__ import annotations

from pydantic import Field

from app.bi.dictionary import Type
from app.schema import Schema


class ColumnOut(Schema):
    name: str
    type: Type = Field(description="In Parquet: string, int64, float64, timestamp (UTC), date32.")
    unit: str = Field(description="Empty where there is none; shares lie in 0..1.")
    meaning: str


class TableOut(Schema):
    name: str
    meaning: str
    key: list[str] = Field(description="Columns that tell rows apart, and stay the same when a row changes.")
    columns: list[ColumnOut]


class TablesOut(Schema):
    tables: list[TableOut]
