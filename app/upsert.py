"""Many rows into a table at once, for repositories: what is new is added, what stands is replaced where it differs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from psycopg import Cursor, sql
from sqlalchemy.orm import Session

from app.database import driver_connection

_AT_A_TIME = 10_000  # rows that are put as CSV at once


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What is replaced is kept in `table`, which has all its `columns` and `superseded_at`; `stamps` are columns that
    tell of each row that is written where it came from."""

    table: str
    columns: Sequence[str]
    superseded_at: datetime
    stamps: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Names:
    """Of a table and of what of it is written, for queries."""

    table: str
    key: Sequence[str]
    given: Sequence[str]

    @property
    def changing(self) -> list[str]:
        return [column for column in self.given if column not in self.key]

    def same_row(self) -> sql.Composed:
        pairs = (sql.SQL("r.{0} = s.{0}").format(sql.Identifier(column)) for column in self.key)
        # Bounds that the join implies: what stands is read within them alone.
        bounds = sql.SQL("r.{} between %(first)s and %(last)s").format(sql.Identifier(self.key[-1]))
        return sql.SQL(" and ").join([sql.SQL("r.force_id = %(force)s"), bounds, *pairs])

    def differs(self) -> sql.Composed:
        return sql.SQL("({}) is distinct from ({})").format(_listed(self.changing, "r"), _listed(self.changing, "s"))


def upsert(
    session: Session,
    table: str,
    key: Sequence[str],
    force_id: UUID,
    given: Sequence[str],
    pieces: Iterable[bytes],
    kept: Kept | None = None,
) -> UpsertCounts:
    """Store rows of the columns `given`, which come as `pieces` of CSV, an empty field being absent. What stands
    already under `force_id` and `key` is replaced in these columns alone, kept elsewhere first where `kept` says so.

    The last of `key` is a time. Staged by COPY in a temporary table, since COPY itself is not allowed under row-level
    security. Each step then handles all rows at once; a lock sees to it that nobody adds rows of this force between.
    """
    names, stamps = _Names(table, key, given), {} if kept is None else kept.stamps
    values: dict[str, object] = {"force": force_id, **{f"stamp_{name}": value for name, value in stamps.items()}}
    with driver_connection(session) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{table} {force_id}",))
        n_rows = _stage(cursor, table, given, pieces)
        bounds = sql.SQL("select min({0}), max({0}) from staged").format(sql.Identifier(key[-1]))
        values["first"], values["last"] = cursor.execute(bounds).fetchone() or (None, None)
        if kept is not None:
            _keep(cursor, names, kept, values)
        updated = _update(cursor, names, stamps, values)
        inserted = _insert(cursor, names, stamps, values)
        cursor.execute("drop table staged")
    return UpsertCounts(inserted, updated, n_rows - inserted - updated)


def csv_pieces(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Rows as CSV; None is an empty field."""
    left = iter(rows)
    while some := list(islice(left, _AT_A_TIME)):
        text = io.StringIO()
        csv.writer(text).writerows(some)
        yield text.getvalue().encode()


def _stage(cursor: Cursor, table: str, given: Sequence[str], pieces: Iterable[bytes]) -> int:
    """Copy the rows into the temporary table `staged`; how many there were."""
    cursor.execute(
        sql.SQL("create temporary table staged on commit drop as select {} from {} with no data").format(
            _listed(given), sql.Identifier(table)
        )
    )
    with cursor.copy(sql.SQL("copy staged ({}) from stdin (format csv)").format(_listed(given))) as copy:
        for piece in pieces:
            copy.write(piece)
    n_rows = cursor.rowcount
    cursor.execute("analyze staged")  # else it is taken to hold a few rows
    return n_rows


def _keep(cursor: Cursor, names: _Names, kept: Kept, values: Mapping[str, object]) -> None:
    """Copy what is about to be replaced."""
    whole = ["force_id", *kept.columns, *kept.stamps]
    query = sql.SQL(
        "insert into {kept} ({whole}, superseded_at) select {old}, %(superseded_at)s from {table} r join staged s "
        "on {same_row} where {differs}"
    ).format(
        kept=sql.Identifier(kept.table),
        whole=_listed(whole),
        old=_listed(whole, "r"),
        table=sql.Identifier(names.table),
        same_row=names.same_row(),
        differs=names.differs(),
    )
    cursor.execute(query, {**values, "superseded_at": kept.superseded_at})


def _update(cursor: Cursor, names: _Names, stamps: Iterable[str], values: Mapping[str, object]) -> int:
    """Replace what differs; how many rows did."""
    new = [sql.SQL("{0} = s.{0}").format(sql.Identifier(column)) for column in names.changing]
    stamped = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(f"stamp_{name}")) for name in stamps]
    query = sql.SQL("update {table} r set {new} from staged s where {same_row} and {differs}").format(
        table=sql.Identifier(names.table),
        new=sql.SQL(", ").join([*new, *stamped]),
        same_row=names.same_row(),
        differs=names.differs(),
    )
    cursor.execute(query, values)
    return cursor.rowcount


def _insert(cursor: Cursor, names: _Names, stamps: Iterable[str], values: Mapping[str, object]) -> int:
    """Add what is new; how many rows were."""
    query = sql.SQL(
        "insert into {table} (force_id, {columns}) select %(force)s, {staged} from staged s "
        "where not exists (select from {table} r where {same_row})"
    ).format(
        table=sql.Identifier(names.table),
        columns=_listed([*names.given, *stamps]),
        staged=sql.SQL(", ").join(
            [*(sql.Identifier("s", c) for c in names.given), *(sql.Placeholder(f"stamp_{name}") for name in stamps)]
        ),
        same_row=names.same_row(),
    )
    cursor.execute(query, values)
    return cursor.rowcount


def _listed(columns: Iterable[str], of: str | None = None) -> sql.Composed:
    """Names of columns by comma, each with the table's name where one is given."""
    names = (sql.Identifier(column) if of is None else sql.Identifier(of, column) for column in columns)
    return sql.SQL(", ").join(names)
