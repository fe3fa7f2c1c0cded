"""Many rows into a table at once, for repositories: what is new is added, what stands is replaced where it differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql
from sqlalchemy.orm import Session

from app.database import driver_connection


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    inserted: int
    updated: int
    unchanged: int


def upsert(
    session: Session,
    table: str,
    key: Sequence[str],
    force_id: UUID,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    given: Sequence[str],
) -> UpsertCounts:
    """Store `rows` (in the order of `columns`); what stands already under `force_id` and `key` is replaced only in the
    columns `given`.

    Staged by COPY in a temporary table, since COPY itself is not allowed under row-level security.
    """
    target = sql.Identifier(table)
    names, keys = (sql.SQL(", ").join(map(sql.Identifier, chosen)) for chosen in (columns, ("force_id", *key)))
    changing = [column for column in given if column not in key]
    new = sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(c)) for c in changing)
    old = sql.SQL(", ").join(sql.SQL("r.{}").format(sql.Identifier(c)) for c in changing)
    assignments = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in changing)
    with driver_connection(session).cursor() as cursor:
        cursor.execute(
            sql.SQL("create temporary table staged on commit drop as select {} from {} with no data").format(
                names, target
            )
        )
        n_rows = 0
        with cursor.copy(sql.SQL("copy staged ({}) from stdin").format(names)) as copy:
            for row in rows:
                copy.write_row(row)
                n_rows += 1
        cursor.execute(
            sql.SQL(
                "insert into {target} as r (force_id, {names}) select %s, {names} from staged "
                "on conflict ({keys}) do update set {assignments} "
                "where ({old}) is distinct from ({new}) returning (xmax = 0)"
            ).format(target=target, names=names, keys=keys, assignments=assignments, old=old, new=new),
            (force_id,),
        )
        written = [inserted for (inserted,) in cursor.fetchall()]
        cursor.execute("drop table staged")
    inserted = sum(written)
    return UpsertCounts(inserted, len(written) - inserted, n_rows - len(written))
