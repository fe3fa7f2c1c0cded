"""Bodies and answers of the room for files of people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.findings import Finding
from app.handlers.schemas import DutyConcerned
from app.people_files.columns import COLUMNS, Kind
from app.schema import Schema
from app.spreadsheet import Encoding

MappingName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", examples=["dms-people"])]
ColumnName = Annotated[str, Field(min_length=1, max_length=80)]
DateFormat = Literal["YYYY-MM-DD", "DD/MM/YYYY", "DD/MM/YY", "DD-MM-YYYY", "DD.MM.YYYY", "DD-MMM-YYYY", "MM/DD/YYYY"]


class PeopleMappingIn(Schema):
    """How another system's file is read, each time the same way."""

    kind: Kind
    columns: dict[str, ColumnName] = Field(
        default_factory=dict, max_length=40, description="Our column: the file's header. Others keep our names.",
        examples=[{"ref": "Staff No", "contracted_h": "Contract Hrs"}],
    )  # fmt: skip
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, max_length=40, description="Of our column: the file's value as ours.",
        examples=[{"pattern": {"RC5A": "five-week"}}],
    )  # fmt: skip
    fixed: dict[str, str] = Field(
        default_factory=dict, max_length=40, description="Of our column: a value for every row, where it has none.",
        examples=[{"cycle_weeks": "10"}],
    )  # fmt: skip
    ignored: list[ColumnName] = Field(default_factory=list, max_length=200, description="Headers of no interest.")
    dates: DateFormat = "YYYY-MM-DD"
    separator: Literal[",", ";", "\t", "|"] = Field(",", description="Between the fields of a CSV file.")
    encoding: Encoding = Field("utf-8", description="Of a CSV file.")
    sheet: str | None = Field(None, min_length=1, max_length=100, description="Of a workbook; absent: the first.")

    @model_validator(mode="after")
    def _columns_are_ours(self) -> PeopleMappingIn:
        ours = COLUMNS[self.kind]
        for where in ("columns", "values", "fixed"):
            if unknown := sorted(set(getattr(self, where)) - set(ours)):
                raise ValueError(f"{where} names {unknown[0]!r}: expected columns of {self.kind}: {', '.join(ours)}")
        named = list(self.columns.values())
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"columns names the header {twice[0]!r} twice: expected each once")
        return self


class PeopleMappingOut(PeopleMappingIn):
    name: str
    updated_at: datetime
    etag: str = Field(description="As the header `ETag`: send it as `If-Match` to change or remove the mapping.")


class PeopleMappingsOut(Schema):
    mappings: list[PeopleMappingOut]


class Change(Schema):
    """What a file says of one handler, or of one handler's week or balance."""

    ref: str
    what: str | None = Field(None, description="Of hours the Monday, of balances the kind and date.")
    fields: dict[str, dict[str, Any]] = Field(description="By field what stood and what the file says.")


class PeopleImportReport(Schema):
    """What a file changes, or would."""

    kind: Kind
    mapping: str | None
    dry_run: bool
    rows_read: int
    created: list[Change] = Field(description="The first 500.")
    created_total: int
    changed: list[Change] = Field(description="The first 500.")
    changed_total: int
    unchanged: int
    unknown_columns: list[str] = Field(description="Headers that nothing was read from.")
    refused: list[Finding] = Field(description="The first 100 rows that can't be used, with their line.")
    refused_total: int = Field(description="Nothing is stored unless it is 0.")
    warnings: list[str] = Field(description="What to look at; the first 100.")
    published: list[DutyConcerned] = Field(
        description="Published duties that rest on what the file takes away, or lie on its leave: they stand until "
        "they are repaired. The first 500."
    )
