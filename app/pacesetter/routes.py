"""The daily meeting's page over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from app.access import Reading
from app.pacesetter import service
from app.pacesetter.schemas import PacesetterOut
from app.schema import Day

router = APIRouter(prefix="/v1/forces/{force}/pacesetter", tags=["pacesetter"])


@router.get("/{date}")
def get_pacesetter(
    date: Annotated[Day, Path(description="Local date of the meeting.")], work: Reading
) -> PacesetterOut:
    """What the day's meeting looks at: the day before against forecast and target, its best and worst shift and why,
    the chance of missing a target by quarter-hour, who is on, and the actions that are open."""
    return service.pacesetter(work, date)
