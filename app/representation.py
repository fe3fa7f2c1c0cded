"""How an answer is put: as JSON or CSV, whichever the client asks for, and not again where it has it already."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends, Header, Query, Response

from app.edge.validated import has
from app.versions import PRODUCT

Format = Literal["json", "csv"]
_MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


async def _chosen(
    accept: Annotated[str | None, Header(description="`text/csv` for CSV, else JSON.")] = None,
    format: Annotated[Format | None, Query(description="Stronger than `Accept`.")] = None,
) -> Format:
    if format is not None:
        return format
    return "csv" if _quality(accept, "text/csv") > _quality(accept, "application/json") else "json"


Representation = Annotated[Format, Depends(_chosen)]
IfNoneMatch = Annotated[str | None, Header(description="An `ETag` that the client has: 304 where it still holds.")]


def documented(model: Any, columns: Sequence[str]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI document's part on an answer by `answer` and `unchanged`."""
    etag = {"ETag": {"schema": {"type": "string"}, "description": "Names exactly this content."}}
    return {
        200: {
            "model": model,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(columns) + "\r\n"}},
            "headers": etag,
        },
        304: {"description": "The client has it already.", "headers": etag},
    }


def etag_of(*parts: object) -> str:
    """Strong validator of an answer that follows from `parts` and this version of the product alone."""
    return f'"{sha256(repr((PRODUCT, *parts)).encode()).hexdigest()[:32]}"'


def unchanged(if_none_match: str | None, etag: str) -> Response | None:
    """304 where the client has what `etag` names (RFC 9110, 13.1.2)."""
    return Response(status_code=304, headers=_headers(etag)) if has(if_none_match, etag) else None


def answer(content: bytes, format: Format, etag: str) -> Response:
    return Response(content, media_type=_MEDIA_TYPES[format], headers=_headers(etag))


def json_bytes(content: Any) -> bytes:
    """JSON of plain values, NumPy rows and UTC instants; what is not a number is null."""
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z)


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV by RFC 4180 with a header; None is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _headers(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Vary": "Accept", "Cache-Control": "private, no-cache"}


def _quality(accept: str | None, media_type: str) -> float:
    """How much the client wants the type, 0..1: of the ranges that fit the most specific decides (RFC 9110, 12.5.1)."""
    best, quality = -1, 0.0
    for part in (accept or "*/*").lower().split(","):
        wanted, *parameters = (text.strip() for text in part.split(";"))
        if wanted not in (media_type, media_type.split("/")[0] + "/*", "*/*"):
            continue
        specific = 2 - wanted.count("*")
        if specific > best:
            best, quality = specific, 1.0
            for parameter in parameters:
                if parameter.startswith("q="):
                    quality = _number(parameter.removeprefix("q="))
    return quality


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
