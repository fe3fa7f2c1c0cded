"""Long tables over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Annotated, Any

from fastapi import Depends, Header, Query
from fastapi.responses import StreamingResponse

from app.access import Reading
from app.bi import service
from app.bi.files import MEDIA_TYPES, Format
from app.bi.schemas import TablesOut
from app.edge.routing import Router
from app.schema import Instant

router = Router(prefix="/v1/forces/{force}/tables", tags=["tables"])

AS_OF = "Pacesetter-As-Of"
_PIECE = 65_536  # bytes
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The table, a file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            MEDIA_TYPES["parquet"]: {"schema": {"type": "string", "format": "binary"}},
        },
        "headers": {AS_OF: {"schema": {"type": "string"}, "description": "Ask with it as `changed_since` next time."}},
    }
}


async def _format(
    accept: Annotated[str | None, Header(description="`application/vnd.apache.parquet`, else CSV.")] = None,
    format: Annotated[Format | None, Query(description="Stronger than `Accept`.")] = None,
) -> Format:
    return format or ("parquet" if MEDIA_TYPES["parquet"] in (accept or "").lower() else "csv")


@router.get("")
def get_tables(work: Reading) -> TablesOut:  # noqa: ARG001 - whoever may read the force's data
    """The data dictionary: every table with its key, columns, types, units and meanings."""
    return service.dictionary()


@router.get("/{name}", responses=_FILES, response_class=StreamingResponse)
def get_table(
    name: str,
    work: Reading,
    format: Annotated[Format, Depends(_format)],
    since: Annotated[
        Instant | None, Query(alias="from", description="Quarter-hours, days, weeks from then on.")
    ] = None,
    until: Annotated[Instant | None, Query(alias="to", description="And before then.")] = None,
    changed_since: Annotated[Instant | None, Query(description="Rows stored or changed since then alone.")] = None,
) -> StreamingResponse:
    """A table as CSV or Parquet. Rows that changed keep their key, so that they replace those loaded before; a few may
    come twice."""
    file, as_of = service.written(work, name, format, since=since, until=until, changed_since=changed_since)
    headers = {
        AS_OF: as_of.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "Content-Disposition": f'attachment; filename="{work.force.slug}-{name}.{format}"',
        "Cache-Control": "private, no-cache",
    }
    return StreamingResponse(_pieces(file), media_type=MEDIA_TYPES[format], headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
