"""The service's exceptions and the one table from exception to HTTP answer (RFC 9457 problem+json)."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import psycopg
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.operations.logs import request_id

log = logging.getLogger(__name__)

_SHOWN_VALUE = 200  # characters of an offending value that an answer repeats


class PacesetterError(Exception):
    """Base of what the service refuses: a sentence for people, and details for programs."""

    status = 500
    slug = "internal-error"
    title = "Something went wrong on our side"

    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, *, errors: Sequence[dict[str, Any]] = (), **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.extra = extra


class Unauthorised(PacesetterError):
    status, slug, title = 401, "unauthorised", "A valid key is needed"


class Forbidden(PacesetterError):
    status, slug, title = 403, "forbidden", "This key may not do that"


class NotFound(PacesetterError):
    status, slug, title = 404, "not-found", "There is no such thing"


class Conflict(PacesetterError):
    status, slug, title = 409, "conflict", "This contradicts what is stored"


class PreconditionFailed(PacesetterError):
    status, slug, title = 412, "precondition-failed", "It has changed since you read it"


class TooLarge(PacesetterError):
    status, slug, title = 413, "too-large", "The body is too large"


class TooSlow(PacesetterError):
    status, slug, title = 408, "too-slow", "The request did not arrive in time"


class TooMany(PacesetterError):
    status, slug, title = 429, "too-many-requests", "Too many requests"


class UnsupportedMedia(PacesetterError):
    status, slug, title = 415, "unsupported-media-type", "The body is of the wrong type"


class PreconditionRequired(PacesetterError):
    status, slug, title = 428, "precondition-required", "Say which version you mean to change"


class Unavailable(PacesetterError):
    status, slug, title = 503, "unavailable", "The service can't answer just now"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


class Invalid(PacesetterError):
    status, slug, title = 422, "invalid", "The request can't be used as it is"


def invalid(thing: str, value: object, expected: str) -> Invalid:
    """Refusal that names the thing, its value and what was expected."""
    shown = _clip(value)
    return Invalid(
        f"{thing} is {shown!r}: expected {expected}", errors=[{"where": thing, "value": shown, "expected": expected}]
    )


class ProblemError(BaseModel):
    """One thing that is wrong."""

    model_config = ConfigDict(extra="allow")

    where: str
    value: Any = None
    expected: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:pacesetter:problem:invalid"])
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemError] = []
    request_id: str | None = Field(None, description="As in the header `X-Request-ID`; the log has it too.")


class ProblemResponse(JSONResponse):
    """Always renders: half a surrogate pair that a client sent comes back as a question mark."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")


def _problem_schema() -> dict[str, Any]:
    """Whole in itself: a reference would point outside the OpenAPI document's components."""
    schema = Problem.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")[ProblemError.__name__]
    return schema


PROBLEM: dict[str, Any] = {"content": {ProblemResponse.media_type: {"schema": _problem_schema()}}}


def documented(error: type[PacesetterError]) -> dict[str, Any]:
    """The OpenAPI document's part on an answer with this problem."""
    example = {"type": f"urn:pacesetter:problem:{error.slug}", "title": error.title, "status": error.status,
               "detail": "What happened, to which thing, and what was expected.", "instance": "/v1/forces/northshire",
               "request_id": "01a217cb-825c-70d0-8493-bacc7573ec1a", "errors": []}  # fmt: skip
    content = PROBLEM["content"][ProblemResponse.media_type] | {"example": example}
    return {"description": error.title, "content": {ProblemResponse.media_type: content}}


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    error.status: documented(error)
    for error in (
        Unauthorised,
        Forbidden,
        NotFound,
        TooSlow,
        Conflict,
        TooLarge,
        UnsupportedMedia,
        Invalid,
        TooMany,
        PacesetterError,
        Unavailable,
    )
}
EDIT_RESPONSES: dict[int | str, dict[str, Any]] = {
    error.status: documented(error) for error in (PreconditionFailed, PreconditionRequired)
}


def install_handlers(app: FastAPI) -> None:
    """Answer every failure of `app` as a problem."""

    @app.exception_handler(PacesetterError)
    def _known(request: Request, error: PacesetterError) -> JSONResponse:
        headers = dict(error.headers) | ({"WWW-Authenticate": "Bearer"} if error.status == 401 else {})
        return _problem(
            request, error.status, error.slug, error.title, error.detail, error.errors, headers, error.extra
        )

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> JSONResponse:
        if any(item["loc"][0] == "path" for item in error.errors()) and request.method not in _methods(app, request):
            return _http(request, HTTPException(405))  # a later pattern took a word of the address for an identifier
        errors = [_explained(item, error.body) for item in error.errors()]
        detail = "; ".join(f"{e.get('subject', '')} {e['where']}: {e['expected']}".strip() for e in errors[:5])
        return _problem(request, 422, Invalid.slug, Invalid.title, detail, errors)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:  # of the framework: bytes that are no text, parts that are none
            return _known(request, Invalid("the body can't be read: expected JSON in UTF-8, or what the route takes"))
        slug = {404: NotFound.slug, 405: "method-not-allowed"}.get(error.status_code, "refused")
        headers = dict(error.headers) if error.headers else {}
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(app, request)))
        detail = f"{request.method} {request.url.path}: {error.detail}"
        return _problem(request, error.status_code, slug, str(error.detail), detail, (), headers)

    @app.exception_handler(DBAPIError)
    def _database(request: Request, error: DBAPIError) -> JSONResponse:
        if isinstance(error.orig, psycopg.errors.UniqueViolation):
            return _known(
                request, Conflict("another request stored the same thing at the same time: send this one again")
            )
        if isinstance(error.orig, psycopg.DataError):
            return _known(request, Invalid("a text holds a character that can't be stored: expected none such as NUL"))
        if isinstance(error.orig, psycopg.errors.QueryCanceled):
            log.error("a database statement took too long")
            return _known(request, Unavailable("the database took too long to answer: ask for less at a time"))
        if isinstance(error.orig, psycopg.OperationalError):
            log.error("the database does not answer: %s", type(error.orig).__name__)
            return _known(request, Unavailable("the database does not answer: try again in a moment"))
        raise error

    @app.exception_handler(Exception)
    def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("unhandled error in %s %s", request.method, request.url.path, exc_info=error)
        # The server closes the connection then: a client that is not told would lose its next request to it.
        headers = {"Connection": "close"}
        detail = "The error has been logged."
        return _problem(request, 500, PacesetterError.slug, PacesetterError.title, detail, (), headers)


def _methods(app: FastAPI, request: Request) -> set[str]:
    """What may be asked of the address: each operation is a route of its own. The first pattern that fits is the
    address's own: later ones may take a word of it for a name."""
    pattern, found = None, set[str]()
    for context in iter_route_contexts(app.routes):
        fits = context.original_route.matches(request.scope)[0] is not Match.NONE
        if fits and pattern in (None, context.path_format):
            pattern = context.path_format
            found |= set(context.methods or ())
    return found


def _explained(item: dict[str, Any], body: Any) -> dict[str, Any]:
    """A validation error as where, value, expected; names the person or thing that it lies in, where one is named."""
    where, subject, node = "", None, body
    for place, part in enumerate(item["loc"], start=1):
        if isinstance(node, dict) and where and part not in node and place < len(item["loc"]):
            continue  # the tag of a kind of body, which is no field
        where += f"[{part}]" if isinstance(part, int) else f".{part}"
        if part == "body" and where == ".body":
            continue
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(node, dict) and isinstance(node.get("ref"), str):
            subject = _clip(node["ref"])
    missing = item["type"] == "missing"
    explained = {
        "where": where.removeprefix(".").removeprefix("body.").removeprefix("query.").removeprefix("path."),
        "value": None if missing else _clip(item.get("input")),
        "expected": item["msg"].removeprefix("Value error, "),
    }
    return explained | ({"subject": f"{subject}"} if subject else {})


def _clip(value: object) -> object:
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN_VALUE else text[:_SHOWN_VALUE] + "…"


def _problem(
    request: Request,
    status: int,
    slug: str,
    title: str,
    detail: str,
    errors: Sequence[dict[str, Any]],
    headers: dict[str, str] | None = None,
    extra: dict[str, Any] | None = None,
) -> JSONResponse:
    content = _content(status, slug, title, detail, request.url.path) | {"errors": list(errors)} | (extra or {})
    return ProblemResponse(jsonable_encoder(content), status_code=status, headers=headers)


def refusal(error: PacesetterError, path: str, headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """The problem that `error` is, for what answers before a route is found."""
    content = _content(error.status, error.slug, error.title, error.detail, path) | {"errors": error.errors}
    return ProblemResponse(content, status_code=error.status, headers=dict(error.headers) | dict(headers or {}))


def _content(status: int, slug: str, title: str, detail: str, path: str) -> dict[str, Any]:
    return {
        "type": f"urn:pacesetter:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        "request_id": request_id.get(),
    }
