"""A CSV file or workbook as the body of a request."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, Literal, cast

from fastapi import Depends, Query, Request

from app.errors import TooLarge, UnsupportedMedia
from app.settings import settings

_IN_MEMORY = 8_000_000  # bytes; what is larger is spooled to disk


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA: dict[str, Literal["csv", "xlsx"]] = {"text/csv": "csv", WORKBOOK: "xlsx"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, and what it is."""

    file: BinaryIO
    media: Literal["csv", "xlsx"]


async def _uploaded(request: Request) -> AsyncIterator[Upload]:
    """The body as a file, received in pieces, so that a history of years does not have to fit into memory."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in _MEDIA:
        raise UnsupportedMedia(f"Content-Type is {media_type or 'missing'!r}: expected text/csv or {WORKBOOK}")
    limit, size = settings().max_import_bytes, 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                raise TooLarge(f"the file is larger than {limit} bytes: send it in parts")
            file.write(piece)
        file.seek(0)
        yield Upload(cast(BinaryIO, file), _MEDIA[media_type])


UploadBody = Annotated[Upload, Depends(_uploaded)]


def _csv_alone(upload: UploadBody) -> BinaryIO:
    if upload.media != "csv":
        raise UnsupportedMedia(f"Content-Type is {WORKBOOK!r}: expected text/csv")
    return upload.file


CsvBody = Annotated[BinaryIO, Depends(_csv_alone)]
DryRun = Annotated[bool, Query(description="Check and report, store nothing.")]


def documented_csv(example: str, *, workbooks: bool = False) -> dict[str, Any]:
    """The OpenAPI document's part on such a body."""
    content: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}, "example": example}}
    if workbooks:
        content[WORKBOOK] = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": content}}
