"""A roster's hours on duty by handler and date, or month: what the month and year views of the page show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Table = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class Person:
    """Hours of each column, None: none, and in total."""

    ref: str
    name: str | None
    team: str
    hours: Sequence[float | None]
    total: float


@dataclass(frozen=True, slots=True)
class HoursTable:
    """Columns by their headings, a row for each person, totals of the columns."""

    headings: Sequence[str]
    rows: Sequence[Person]
    totals: Sequence[float | None]
    total: float


def table(
    view: Mapping[str, Any], kind: Table, teams: Mapping[str, str | None], names: Mapping[str, str]
) -> HoursTable:
    """The view of `app.rosters.look` as a table of hours."""
    return HoursTable(
        headings=[_heading(column, kind) for column in view["columns"]],
        rows=[
            Person(
                ref=row["handler"],
                name=names.get(row["handler"]),
                team=teams.get(row["handler"]) or "",
                hours=[_hours(cell) for cell in row["cells"]],
                total=row["total"]["on_duty_min"] / 60,
            )
            for row in view["rows"]
        ],
        totals=[_hours(cell) for cell in view["totals"]],
        total=view["total"]["on_duty_min"] / 60,
    )


def _heading(column: Any, kind: Table) -> str:
    if isinstance(column, date):
        return f"{column:%a %-d}" if kind == "month" else f"{column:%b}"
    return str(column)


def _hours(cell: Mapping[str, Any]) -> float | None:
    minutes = cell["on_duty_min"]
    return minutes / 60 if minutes else None
