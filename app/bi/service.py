"""Tables for reporting tools: listed with their columns, written to files."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import IO, cast

from app.access import Work
from app.bi import calls, people, plans
from app.bi.dictionary import Scope, Table
from app.bi.files import Format, write
from app.bi.schemas import TablesOut
from app.database import utc_now
from app.errors import NotFound, invalid
from app.forces import service as forces
from app.identity.roles import Permission

TABLES: dict[str, Table] = {table.name: table for room in (calls, plans, people) for table in room.TABLES}
_IN_MEMORY = 8_000_000  # bytes; what is larger is spooled to disk
_MARGIN = timedelta(minutes=10)  # an import that is under way stores rows with the time at which it began


def dictionary() -> TablesOut:
    """Every table with its columns."""
    return TablesOut.model_validate(
        {
            "tables": [
                {
                    "name": table.name,
                    "meaning": table.meaning,
                    "key": list(table.key),
                    "columns": [asdict(column) for column in table.columns],
                }
                for table in TABLES.values()
            ]
        }
    )


def written(
    work: Work,
    name: str,
    format: Format,
    *,
    since: datetime | None,
    until: datetime | None,
    changed_since: datetime | None,
) -> tuple[IO[bytes], datetime]:
    """The table as a file at its start, and the `changed_since` to ask with next time. Raises `NotFound`, `Invalid`."""
    table = TABLES.get(name)
    if table is None:
        raise NotFound(f"table {name!r} does not exist: there are {', '.join(TABLES)}")
    if since is not None and until is not None and since >= until:
        raise invalid("from", since.isoformat(), f"a time before 'to' ({until.isoformat()})")
    settings = forces.current_settings(work.session, work.force.id).settings
    as_of = utc_now() - _MARGIN
    scope = Scope(
        force_id=work.force.id,
        zone=settings.zone,
        since=since,
        until=until,
        changed_since=changed_since,
        sees_people=work.actor.may(Permission.PLAN),
        least_group=settings.least_group,
    )
    file = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - closed once it is sent
    try:
        write(table, table.rows(work.session, scope), file, format)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, as_of
