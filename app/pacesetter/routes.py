"""The daily meeting's page over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from app.access import Reading
from app.edge.routing import Router
from app.pacesetter import service
from app.pacesetter.schemas import PacesetterOut
from app.schema import Day

router = Router(prefix="/v1/forces/{force}/pacesetter", tags=["pacesetter"])


@router.get("/{date}")
def get_pacesetter(
    date: Annotated[Day, Path(description="Local date of the meeting.")], work: Reading
) -> PacesetterOut:
    """What the day's meeting looks at: the day before against forecast and target, its best and worst shift and why,
    the chance of missing a target by quarter-hour, who is on, and the actions that are open."""
    return service.pacesetter(work, date)
