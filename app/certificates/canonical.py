"""One spelling of a JSON document, so that a digest or signature holds wherever it was stored on the way."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson


def canonical(document: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no blanks.

    Zero has no sign: JSON columns of the database drop it. Raises `ValueError` for a number that JSON has no word for.
    """
    try:
        return orjson.dumps(_plain(document), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"not a JSON document: {error}") from error


def digest(document: Any) -> str:
    """sha256 of the canonical JSON."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        if value - value != 0.0:
            raise ValueError(f"a certificate holds {value}, expected a finite number or null")
        return value + 0.0  # -0.0 + 0.0 is 0.0
    return value
