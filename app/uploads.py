"""A CSV file as the body of a request."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from typing import Annotated, Any, BinaryIO, cast

from fastapi import Depends, Query, Request

from app.errors import TooLarge, UnsupportedMedia
from app.settings import settings

_IN_MEMORY = 8_000_000  # bytes; what is larger is spooled to disk


async def _spooled(request: Request) -> AsyncIterator[BinaryIO]:
    """The body as a file, received in pieces, so that a history of years does not have to fit into memory."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "text/csv":
        raise UnsupportedMedia(f"Content-Type is {media_type or 'missing'!r}: expected text/csv")
    limit, size = settings().max_import_bytes, 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                raise TooLarge(f"the file is larger than {limit} bytes: send it in parts")
            file.write(piece)
        file.seek(0)
        yield cast(BinaryIO, file)


CsvBody = Annotated[BinaryIO, Depends(_spooled)]
DryRun = Annotated[bool, Query(description="Check and report, store nothing.")]


def documented_csv(example: str) -> dict[str, Any]:
    """The OpenAPI document's part on such a body."""
    content = {"text/csv": {"schema": {"type": "string"}, "example": example}}
    return {"requestBody": {"required": True, "content": content}}
