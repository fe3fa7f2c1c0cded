"""Rest and time off owed, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.access import Repairing
from app.edge.routing import Router
from app.rest_owed import service
from app.rest_owed.schemas import GivenIn, RestOwedOut, RestsOwedOut

router = Router(prefix="/v1/forces/{force}/rest-owed", tags=["same day"])


@router.get("")
def list_rest_owed(
    work: Repairing,
    handler: Annotated[str | None, Query(max_length=40)] = None,
    given: Annotated[bool, Query(description="With what was given already.")] = False,
) -> RestsOwedOut:
    """Compensatory rest and time off that changes of rosters left owed, oldest day first, until they are given."""
    return service.listed(work, handler, with_given=given)


@router.post("/{owed_id}/given")
def give_rest(owed_id: UUID, body: GivenIn, work: Repairing) -> RestOwedOut:
    """Note when it is given: checked against the published rosters, in which the handler must be free then."""
    return service.given(work, owed_id, body)
