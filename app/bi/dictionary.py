"""What a table is: its columns with types, units and meanings, its key, and what makes its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session


class Type(StrEnum):
    """Of a column; instants are UTC."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    INSTANT = "instant"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """`unit` is empty where there is none; shares lie in 0..1."""

    name: str
    type: Type
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a table is asked for; absent: all. `sees_people` : whether single people may be told, else groups of at
    least `least_group`."""

    force_id: UUID
    zone: ZoneInfo
    since: datetime | None
    until: datetime | None
    changed_since: datetime | None
    sees_people: bool
    least_group: int

    def local(self, moment: datetime) -> str:
        """The moment by the force's clock, with its offset."""
        return moment.astimezone(self.zone).isoformat()


Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names columns that together are never the same in two rows, and stay those of a row that is changed."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Callable[[Session, Scope], Iterator[Row]]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names) or not set(self.key) <= set(names):
            raise ValueError(f"table {self.name}: columns are {names}, key {self.key}")


CHANGED = Column("changed_at", Type.INSTANT, "", "When the row was stored or last changed; `changed_since` goes by it.")
QUEUE = Column("queue", Type.TEXT, "", "999 or 101.")
START = Column("interval_start", Type.INSTANT, "", "Start of the quarter-hour.")
LOCAL = Column("local_start", Type.TEXT, "", "The same by the force's clock, with its offset from UTC.")
