"""Forecasts over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from app.access import Planning, Reading, Work
from app.edge.routing import Router
from app.errors import invalid
from app.forecasts import adjust, service
from app.forecasts.read import CSV_COLUMNS, View, as_csv, as_json
from app.forecasts.schemas import (
    AdjustmentIn,
    AdjustmentsOut,
    ForecastIn,
    ForecastKind,
    ForecastOut,
    ForecastsOut,
)
from app.newest import Newest
from app.pages import PAGED, Paging
from app.representation import IfNoneMatch, Representation, answer, documented, etag_of, unchanged
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut
from app.schema import Instant
from forecasting.forecast import Grain

router = Router(prefix="/v1/forces/{force}/forecasts", tags=["forecasts"])

_MOST_LEVELS = 50
_answers = Newest[str, bytes](32_000_000, len)  # bytes; an ETag names all that an answer follows from

CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "Made: a forecast of its own.",
        "headers": {"Location": {"schema": {"type": "string"}, "description": "Address of the new forecast."}},
    }
}

KnownBy = Annotated[
    Instant | None, Query(description="Only what had been made by then: what did we believe on that date?")
]


@router.post("", status_code=202, responses=ACCEPTED)
def request_forecast(
    body: ForecastIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Forecast every queue from the end of its history, 1 to 13 weeks ahead."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("", responses=PAGED)
def list_forecasts(
    work: Reading,
    paging: Paging,
    kind: ForecastKind | None = None,
    known_by: KnownBy = None,
) -> ForecastsOut:
    """Every stored forecast, newest first, page by page."""
    return paging.linked(
        service.page(work.session, work.force.id, kind=kind, known_by=known_by, cursor=paging.cursor, size=paging.size)
    )


@router.get("/{forecast_id}", responses=documented(ForecastOut, CSV_COLUMNS))
def get_forecast(
    forecast_id: UUID | Literal["latest"],
    work: Reading,
    representation: Representation,
    queue: Annotated[str | None, Query(max_length=40)] = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
    levels: Annotated[
        list[str] | None, Query(description="Several by comma or repetition, at most 50; 0.1,0.5,0.9 where absent.")
    ] = None,
    aggregate: Grain = Grain.QUARTER_HOUR,
    kind: Annotated[ForecastKind | None, Query(description="With `latest`; absent: full or adjusted.")] = None,
    known_by: KnownBy = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Calls and handling times by quarter-hour, local hour, day, week (from Monday), month or year; quantiles at any
    levels. As CSV: one line per queue, span and level."""
    found = _id(work, forecast_id, kind, known_by)
    view = View(queue, since, until, _parsed(levels) if levels else (0.1, 0.5, 0.9), aggregate)
    etag = etag_of(found, view, representation)
    known = unchanged(if_none_match, etag)
    if known is not None:
        return known
    written = as_csv if representation == "csv" else as_json

    def made() -> bytes:
        return written(work.session, service.find(work.session, work.force.id, found), view)

    return answer(_answers.get(etag, made), representation, etag)


@router.post("/{forecast_id}/adjustments", status_code=201, responses=CREATED)
def adjust_forecast(body: AdjustmentIn, forecast_id: UUID, work: Planning, response: Response) -> AdjustmentsOut:
    """Make a new forecast with a planner's multiplier on a span of this one, which stays as it is. An adjusted forecast
    may be adjusted again."""
    made = adjust.adjust(work, service.find(work.session, work.force.id, forecast_id), body)
    response.headers["Location"] = f"/v1/forces/{work.force.slug}/forecasts/{made.id}"
    return made


@router.get("/{forecast_id}/adjustments")
def get_adjustments(forecast_id: UUID, work: Reading) -> AdjustmentsOut:
    """Who adjusted what and why, with the expected calls of the original beside those of this forecast."""
    return adjust.chain(service.find(work.session, work.force.id, forecast_id))


@router.post("/{forecast_id}/intraday", status_code=202, responses=ACCEPTED)
def refresh_forecast(
    forecast_id: UUID, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Forecast the rest of the local day anew from its calls so far; kept as a forecast of kind `intraday`. Where none
    of the day's calls is stored, the run ends with outcome `no_actuals` and makes nothing."""
    run = service.request_refresh(work, service.find(work.session, work.force.id, forecast_id), idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


def _id(work: Work, wanted: UUID | str, kind: ForecastKind | None, known_by: datetime | None) -> UUID:
    """Of the forecast that is asked for. It is not read: most who ask have it already, or somebody else has asked."""
    if not isinstance(wanted, UUID):
        return service.find(work.session, work.force.id, kind=kind, known_by=known_by).id
    for name, value in (("kind", kind), ("known_by", known_by)):
        if value is not None:
            raise invalid(name, str(value), "to be absent: it chooses among forecasts, and this address names one")
    service.require(work.session, work.force.id, wanted)
    return wanted


def _parsed(levels: list[str]) -> tuple[float, ...]:
    texts = [text for part in levels for text in part.split(",")]
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        numbers = []
    if not 0 < len(numbers) <= _MOST_LEVELS or not all(0 <= number <= 1 for number in numbers):
        raise invalid("levels", ",".join(levels), f"1 to {_MOST_LEVELS} numbers from 0 to 1, such as 0.1,0.5,0.9")
    return tuple(dict.fromkeys(numbers))  # each once, as given
