"""Accuracy over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from app.access import Reading
from app.accuracy import service
from app.accuracy.schemas import AccuracyOut, Model
from app.calls.schemas import QueueName
from app.edge.routing import Router
from app.forecasts.schemas import ForecastKind
from app.representation import IfNoneMatch, Representation, answer, csv_bytes, documented, etag_of, unchanged
from app.schema import Instant

router = Router(prefix="/v1/forces/{force}/accuracy", tags=["accuracy"])


@router.get("", responses=documented(AccuracyOut, service.CSV_COLUMNS))
def get_accuracy(
    work: Reading,
    representation: Representation,
    queue: QueueName | None = None,
    model: Model | None = None,
    since: Annotated[Instant | None, Query(alias="from", description="Weeks that begin then or later.")] = None,
    until: Annotated[Instant | None, Query(alias="to", description="Weeks that end then or earlier.")] = None,
    kind: Annotated[ForecastKind, Query(description="Which forecasts are judged.")] = ForecastKind.FULL,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """How good stored forecasts were, by queue, lead week and model, beside the models in their shadow: forecasts as
    they stood against the calls as they are known now."""
    told = service.accuracy(work, service.Choice(kind, queue, model, since, until))
    if representation == "csv":
        content = csv_bytes(service.CSV_COLUMNS, service.csv_rows(told))
    else:
        content = told.model_dump_json().encode()
    etag = etag_of(content)
    return unchanged(if_none_match, etag) or answer(content, representation, etag)
