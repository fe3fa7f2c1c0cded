"""Forecasts over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import Planning, Reading
from app.errors import invalid
from app.forecasts import service
from app.forecasts.schemas import ForecastIn, ForecastOut
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut
from app.schema import Instant
from forecasting.forecast import Grain

router = APIRouter(prefix="/v1/forces/{force}/forecasts", tags=["forecasts"])

_MOST_LEVELS = 50


@router.post("", status_code=202, responses=ACCEPTED)
def request_forecast(
    body: ForecastIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Forecast every queue from the end of its history, 1 to 8 weeks ahead."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("/{forecast_id}")
def get_forecast(
    forecast_id: UUID | Literal["latest"],
    work: Reading,
    queue: Annotated[str | None, Query(max_length=40)] = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
    levels: Annotated[
        list[str] | None, Query(description="Several by comma or repetition, at most 50; 0.1,0.5,0.9 where absent.")
    ] = None,
    aggregate: Grain = Grain.QUARTER_HOUR,
) -> ForecastOut:
    """Calls and handling times by quarter-hour, local hour or local day; quantiles at any levels."""
    row = service.find(work.session, work.force.id, None if forecast_id == "latest" else forecast_id)
    return service.read(
        work.session,
        row,
        queue=queue,
        since=since,
        until=until,
        levels=_parsed(levels) if levels else [0.1, 0.5, 0.9],
        aggregate=aggregate,
    )


def _parsed(levels: list[str]) -> list[float]:
    texts = [text for part in levels for text in part.split(",")]
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        numbers = []
    if not 0 < len(numbers) <= _MOST_LEVELS or not all(0 <= number <= 1 for number in numbers):
        raise invalid("levels", ",".join(levels), f"1 to {_MOST_LEVELS} numbers from 0 to 1, such as 0.1,0.5,0.9")
    return numbers
