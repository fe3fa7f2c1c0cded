"""Calibrations over HTTP."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import Response

from app.access import Planning, Reading
from app.calibration import service
from app.calibration.schemas import CalibrationIn, CalibrationOut
from app.edge.routing import Router
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}/calibrations", tags=["calibrations"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_calibration(
    body: CalibrationIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Find the share of logged-on time in which handlers are in fact there for calls: that at which the simulated room,
    given the calls that came and `handlers_staffed`, serves as was recorded. Learned from eight weeks at a time; up to
    a year of later days is predicted the same way, and how often they lay within the stated interval is told. Whoever
    asks for a requirement or a scenario afterwards gets the newest availability."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("/{calibration_id}")
def get_calibration(calibration_id: UUID | Literal["latest"], work: Reading) -> CalibrationOut:
    """Availability and patience with their intervals, and predicted beside recorded service day by day."""
    row = service.find(work.session, work.force.id, None if calibration_id == "latest" else calibration_id)
    return service.read(work.session, row)
