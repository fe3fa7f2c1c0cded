"""Roll-outs over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.access import Managing, Reading
from app.edge.routing import Router
from app.people.schemas import HandlerRef
from app.schema import Day
from app.uploads import DryRun
from app.year import service
from app.year.schemas import RollOutIn, RollOutOut, RollOutReport, ToldDaysOut

router = Router(prefix="/v1/forces/{force}/roll-out", tags=["people"])


@router.post("")
def post_roll_out(body: RollOutIn, work: Managing, dry_run: DryRun = False) -> RollOutReport:
    """Roll patterns out to rest days and nominal duties of the months ahead: weekly rosters, notice checks and views
    start from them. What people were told before stands where the notice is too short and nobody agreed; the answer
    says what differs."""
    return service.roll_out(work, body, dry_run=dry_run)


@router.get("")
def get_roll_out(work: Reading) -> RollOutOut:
    """The newest roll-out, and how far everybody's days are told."""
    return service.newest(work.session, work.force.id)


@router.get("/{ref}")
def get_told_days(
    ref: HandlerRef,
    work: Reading,
    first: Annotated[Day | None, Query(alias="from", description="First local date.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last local date, included.")] = None,
) -> ToldDaysOut:
    """One handler's rest days and nominal duties as told, when, and what the pattern says now."""
    return service.days_of(work.session, work.force.id, ref, first, last)
