"""Patterns in use over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.people import patterns
from app.people.pattern_schemas import PatternInUseIn, PatternInUseOut, PatternsInUseOut
from app.people.schemas import PatternName

router = Router(prefix="/v1/forces/{force}/patterns-in-use", tags=["people"])

IfMatch = Annotated[str | None, Header(max_length=1000, description="ETag as you read it; needed to change one.")]


@router.get("")
def list_patterns_in_use(work: Reading) -> PatternsInUseOut:
    """Every pattern that people work, and who holds it."""
    return PatternsInUseOut(patterns=patterns.listed(work.session, work.force.id))


@router.get("/{name}")
def get_pattern_in_use(name: PatternName, work: Reading, response: Response) -> PatternInUseOut:
    """A pattern that people work, and who holds it."""
    found = patterns.find(work.session, work.force.id, name)
    response.headers["ETag"] = found.etag
    return found


@router.put("/{name}", responses=EDIT_RESPONSES)
def put_pattern_in_use(
    name: PatternName, body: PatternInUseIn, work: Planning, response: Response, if_match: IfMatch = None
) -> PatternInUseOut:
    """Store a pattern by name, or change it for everybody who holds it. Days that were rolled out stand until the next
    roll-out, which asks for notice or agreement."""
    stored = patterns.put(work, name, if_match, body)
    response.headers["ETag"] = stored.etag
    return stored
