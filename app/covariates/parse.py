"""A feed's body, JSON or CSV, as checked rows."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.covariates.schemas import MOST_ROWS, CovariateIn, CovariateRowIn
from app.errors import Invalid, invalid

_COLUMNS = ("date", "value", "issued_at")
_SHOWN = 100


def from_json(body: bytes) -> CovariateIn:
    """Raises `RequestValidationError`."""
    try:
        return CovariateIn.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=body.lstrip()[:1] == b"{")
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in found]) from error


def from_csv(body: bytes) -> CovariateIn:
    """UTF-8, comma-separated, with the header `date,value` or `date,value,issued_at`. Raises `Invalid`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("file", f"byte {error.start}", "UTF-8 text") from error
    try:
        header, *records = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        raise invalid("file", text[:80], f"CSV with a header {','.join(_COLUMNS)} ({error})") from error
    if tuple(header) not in (_COLUMNS, _COLUMNS[:2]):
        raise invalid("header", ",".join(header), f"{','.join(_COLUMNS[:2])} or {','.join(_COLUMNS)}")
    if not 0 < len(records) <= MOST_ROWS:
        raise invalid("rows", len(records), f"1 to {MOST_ROWS} rows after the header")
    rows, errors = [], []
    for number, record in enumerate(records, start=2):
        try:
            rows.append(_row(header, record))
        except ValidationError as error:
            errors += [
                {
                    "where": str(e["loc"][0]),
                    "row": number,
                    "value": None if e["type"] == "missing" else f"{e['input']}",
                    "expected": e["msg"].removeprefix("Value error, "),
                }
                for e in error.errors(include_url=False, include_context=False)
            ]
        except ValueError as error:
            errors.append({"where": "row", "row": number, "value": ",".join(record)[:200], "expected": str(error)})
    if errors:
        first = errors[0]
        detail = f"row {first['row']}: {first['where']} is {first['value']!r}: {first['expected']}"
        raise Invalid(f"nothing was stored: errors found: {len(errors)}; first: {detail}", errors=errors[:_SHOWN])
    return CovariateIn(rows=rows)


def _row(header: list[str], record: list[str]) -> CovariateRowIn:
    if len(record) != len(header):
        raise ValueError(f"{len(header)} fields as in the header, not {len(record)}")
    fields: dict[str, Any] = {name: text for name, text in zip(header, record, strict=True) if text != ""}
    with suppress(KeyError, ValueError):  # what is missing or no number is told by the schema
        fields["value"] = float(fields["value"])
    return CovariateRowIn.model_validate(fields)
