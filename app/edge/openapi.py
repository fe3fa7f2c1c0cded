"""The published document, completed with what operations have in common: identifiers, validators, limits, examples."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from app.access import BEARER
from app.edge import deprecation
from app.edge.examples import BODIES

_HEADERS: dict[str, Any] = {
    "X-Request-ID": {
        "description": "Names this request in problems and logs: the client's own, where it is well formed.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'What is left to the key, such as `"key";r=99;t=60`: requests, and seconds until all are back.',
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}},
    "ETag": {"description": "Names exactly this content.", "schema": {"type": "string"}},
    **deprecation.HEADERS,
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "An `ETag` that the client has: 304 where it still holds.",
}  # fmt: skip
_FORCE: dict[str, Any] = {
    "name": "force", "in": "path", "required": True, "schema": {"type": "string", "title": "Force"},
    "description": "The force's slug.",
}  # fmt: skip
_LOCAL_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
_WAITS = ("429", "503")
_UNLIMITED = "/health/"


def complete(app: FastAPI) -> None:
    """Let `app.openapi()` give the completed document."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """`document` with headers, 304s and examples."""
    components = document.setdefault("components", {})
    components["headers"] = _HEADERS
    by_key = BEARER.model.model_dump(mode="json", by_alias=True, exclude_none=True)
    components["securitySchemes"] = {BEARER.scheme_name: by_key}
    _tell_local_times(document)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "{force}" in path:
                operation.setdefault("parameters", []).insert(0, _FORCE)
            _add_headers(operation, is_limited=not path.startswith(_UNLIMITED))
            if method == "get":
                _add_validator(operation)
            _add_example(operation, components.get("schemas", {}))
    return document


def _tell_local_times(node: Any) -> None:
    """Times of the day here are local and have no offset, which JSON Schema's format `time` demands (RFC 3339)."""
    if isinstance(node, dict):
        if node.get("type") == "string" and node.get("format") == "time":
            del node["format"]
            node["pattern"] = _LOCAL_TIME
        node = list(node.values())
    for part in node if isinstance(node, list) else ():
        _tell_local_times(part)


def _add_headers(operation: dict[str, Any], *, is_limited: bool) -> None:
    for status, response in operation["responses"].items():
        headers = response.setdefault("headers", {})
        common = [
            "X-Request-ID",
            *(["RateLimit"] if is_limited else []),
            *(["Retry-After"] if status in _WAITS else []),
            *(deprecation.HEADERS if operation.get("deprecated") else []),
        ]
        for name in common:
            headers.setdefault(name, {"$ref": f"#/components/headers/{name}"})


def _add_validator(operation: dict[str, Any]) -> None:
    answer = operation["responses"].get("200", {})
    if "application/json" not in answer.get("content", {}):
        return
    answer["headers"].setdefault("ETag", {"$ref": "#/components/headers/ETag"})
    names = ("ETag", "X-Request-ID", *(deprecation.HEADERS if operation.get("deprecated") else ()))
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    operation["responses"].setdefault("304", {"description": "The client has it already.", "headers": headers})
    parameters = operation.setdefault("parameters", [])
    if not any(parameter["name"].lower() == "if-none-match" for parameter in parameters):
        parameters.append(_IF_NONE_MATCH)


def _add_example(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """One of `BODIES`, or the first that the body's schema brings."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return
    function = operation["operationId"].partition("_v1_")[0]
    schema = schemas.get(body["schema"].get("$ref", "").rpartition("/")[2], {})
    brought = schema.get("examples", [None])[0]
    example = BODIES.get(f"{operation['tags'][0]}.{function}", BODIES.get(function, brought))
    if example is not None:
        body.setdefault("example", example)
