"""Many rows into a table at once, for repositories: what is new is added, what stands is replaced where it differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import Cursor, sql
from sqlalchemy.orm import Session

from app.database import driver_connection


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What is replaced is kept in `table`, which has all its columns and `superseded_at`; `stamps` are columns that
    tell of each row that is written where it came from."""

    table: str
    superseded_at: datetime
    stamps: Mapping[str, object] = field(default_factory=dict)


def upsert(
    session: Session,
    table: str,
    key: Sequence[str],
    force_id: UUID,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    given: Sequence[str],
    kept: Kept | None = None,
) -> UpsertCounts:
    """Store `rows` (in the order of `columns`); what stands already under `force_id` and `key` is replaced only in the
    columns `given`, and kept elsewhere first where `kept` says so.

    Staged by COPY in a temporary table, since COPY itself is not allowed under row-level security.
    """
    stamps = {} if kept is None else kept.stamps
    changing = [column for column in given if column not in key]
    with driver_connection(session).cursor() as cursor:
        n_rows = _stage(cursor, table, columns, rows)
        if kept is not None:
            _keep(cursor, table, key, force_id, columns, changing, kept)
        cursor.execute(
            sql.SQL(
                "insert into {target} as r (force_id, {names}) select %s, {staged} from staged "
                "on conflict (force_id, {keys}) do update set {assignments} "
                "where ({old}) is distinct from ({new}) returning (xmax = 0)"
            ).format(
                target=sql.Identifier(table),
                names=_listed([*columns, *stamps]),
                staged=sql.SQL(", ").join([*map(sql.Identifier, columns), *[sql.Placeholder()] * len(stamps)]),
                keys=_listed(key),
                assignments=sql.SQL(", ").join(
                    sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in (*changing, *stamps)
                ),
                old=_listed(changing, "r"),
                new=_listed(changing, "excluded"),
            ),
            (force_id, *stamps.values()),
        )
        written = [inserted for (inserted,) in cursor.fetchall()]
        cursor.execute("drop table staged")
    inserted = sum(written)
    return UpsertCounts(inserted, len(written) - inserted, n_rows - len(written))


def _stage(cursor: Cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Copy the rows into the temporary table `staged`; how many there were."""
    cursor.execute(
        sql.SQL("create temporary table staged on commit drop as select {} from {} with no data").format(
            _listed(columns), sql.Identifier(table)
        )
    )
    n_rows = 0
    with cursor.copy(sql.SQL("copy staged ({}) from stdin").format(_listed(columns))) as copy:
        for row in rows:
            copy.write_row(row)
            n_rows += 1
    return n_rows


def _keep(
    cursor: Cursor,
    table: str,
    key: Sequence[str],
    force_id: UUID,
    columns: Sequence[str],
    changing: Sequence[str],
    kept: Kept,
) -> None:
    """Copy what is about to be replaced, locked so that nobody replaces it meanwhile."""
    whole = ["force_id", *columns, *kept.stamps]
    cursor.execute(
        sql.SQL(
            "insert into {kept} ({whole}, superseded_at) select {old}, %s from {target} r join staged s using ({keys}) "
            "where r.force_id = %s and ({changed}) is distinct from ({new}) for update of r"
        ).format(
            kept=sql.Identifier(kept.table),
            whole=_listed(whole),
            old=_listed(whole, "r"),
            target=sql.Identifier(table),
            keys=_listed(key),
            changed=_listed(changing, "r"),
            new=_listed(changing, "s"),
        ),
        (kept.superseded_at, force_id),
    )


def _listed(columns: Iterable[str], of: str | None = None) -> sql.Composed:
    """Names of columns by comma, each with the table's name where one is given."""
    names = (sql.Identifier(column) if of is None else sql.Identifier(of, column) for column in columns)
    return sql.SQL(", ").join(names)
