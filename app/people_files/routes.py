"""Files of people over HTTP, and how they are read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import Depends, Header, Query, Request, Response

from app.access import Importing, Planning, Reading
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES, UnsupportedMedia
from app.people_files import mappings, service
from app.people_files.columns import Kind
from app.people_files.schemas import (
    MappingName,
    PeopleImportReport,
    PeopleMappingIn,
    PeopleMappingOut,
    PeopleMappingsOut,
)
from app.spreadsheet import MEDIA_TYPES, Format
from app.uploads import DryRun

router = Router(prefix="/v1/forces/{force}/people", tags=["people"])

IfMatch = Annotated[str | None, Header(max_length=1000, description="ETag as you read it; needed to change one.")]
_FILE = {"requestBody": {"required": True, "content": {
    "text/csv": {"schema": {"type": "string"}, "example": "ref,first,last\nH017,2026-07-06,2026-07-12\n"},
    **{name: {"schema": {"type": "string", "format": "binary"}} for name in MEDIA_TYPES if name != "text/csv"},
}}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and what it is."""

    file: BinaryIO
    format: Format


async def _file(request: Request) -> Upload:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise UnsupportedMedia(f"Content-Type is {media_type or 'missing'!r}: expected {' or '.join(MEDIA_TYPES)}")
    return Upload(io.BytesIO(await request.body()), MEDIA_TYPES[media_type])


@router.post("/import", openapi_extra=_FILE)
def import_people(
    work: Importing,
    upload: Annotated[Upload, Depends(_file)],
    kind: Annotated[Kind | None, Query(description="What the rows say; absent: as the mapping says.")] = None,
    mapping: Annotated[MappingName | None, Query(description="Name of the mapping that the file is read by.")] = None,
    add: Annotated[
        bool, Query(description="Rows are added to a handler's entries of the kind instead of taking their place.")
    ] = False,
    dry_run: DryRun = False,
) -> PeopleImportReport:
    """Take a CSV file or workbook of another system: all of it or nothing. Answers what it changes, field by field;
    the same file again changes nothing. Columns that look like names, contacts, health or reasons are refused."""
    return service.take(work, upload.file, upload.format, kind, mapping, add=add, dry_run=dry_run)


@router.get("/mappings")
def list_mappings(work: Reading) -> PeopleMappingsOut:
    """How the force's files are read."""
    return PeopleMappingsOut(mappings=mappings.listed(work.session, work.force.id))


@router.get("/mappings/{name}")
def get_mapping(name: MappingName, work: Reading, response: Response) -> PeopleMappingOut:
    """How a file is read."""
    found = mappings.find(work.session, work.force.id, name)
    response.headers["ETag"] = found.etag
    return found


@router.put("/mappings/{name}", responses=EDIT_RESPONSES)
def put_mapping(
    name: MappingName, body: PeopleMappingIn, work: Planning, response: Response, if_match: IfMatch = None
) -> PeopleMappingOut:
    """Say once how another system's file is read: its headers, dates, values and separators."""
    stored = mappings.put(work, name, if_match, body)
    response.headers["ETag"] = stored.etag
    return stored


@router.delete("/mappings/{name}", status_code=204, responses=EDIT_RESPONSES)
def delete_mapping(name: MappingName, work: Planning, if_match: IfMatch = None) -> None:
    """Take a mapping out of use."""
    mappings.remove(work, name, if_match)
