"""Mapping profiles over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.mappings import service
from app.mappings.schemas import MappingIn, MappingName, MappingOut, MappingsOut

router = Router(prefix="/v1/forces/{force}/mappings", tags=["calls"])

_TAGGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {
                "schema": {"type": "string"},
                "description": "Names this version: send it as If-Match to change it.",
            }
        }
    }
}
IfMatch = Annotated[
    str | None, Header(max_length=1000, description="ETag of the mapping as you read it; obligatory where it exists.")
]


@router.get("")
def get_mappings(work: Reading) -> MappingsOut:
    """The force's mappings as they stand."""
    return service.listed(work.session, work.force.id)


@router.get("/{name}", responses=_TAGGED)
def get_mapping(name: MappingName, work: Reading, response: Response) -> MappingOut:
    """The mapping as it stands."""
    found = service.find(work.session, work.force.id, name)
    response.headers["ETag"] = service.etag(found)
    return found


@router.put("/{name}", responses=_TAGGED | EDIT_RESPONSES)
def put_mapping(
    name: MappingName, body: MappingIn, work: Planning, response: Response, if_match: IfMatch = None
) -> MappingOut:
    """Store how a kind of file is read, to import such files with `POST .../calls?mapping=name`; or a new version of
    it. What was imported by an earlier version names that one."""
    stored = service.put(work, name, if_match, body)
    response.headers["ETag"] = service.etag(stored)
    return stored


@router.delete("/{name}", status_code=204, responses=EDIT_RESPONSES)
def delete_mapping(name: MappingName, work: Planning, if_match: IfMatch = None) -> None:
    """Withdraw the mapping; its versions stay, and what was imported by it."""
    service.withdraw(work, name, if_match)
