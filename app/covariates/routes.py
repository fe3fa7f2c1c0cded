"""Partners' feeds over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from app.access import Importing, Reading
from app.covariates import parse, service
from app.covariates.schemas import FEED_NAME, CovariateIn, CovariateReport, CovariateRowIn, FeedsOut, FeedValuesOut
from app.edge.routing import Router
from app.errors import UnsupportedMedia
from app.schema import Day, Instant

router = Router(prefix="/v1/forces/{force}/covariates", tags=["covariates"])

FeedName = Annotated[str, Path(pattern=FEED_NAME, description="Name of the feed.", examples=["rainfall_mm"])]


def _schema() -> dict[str, Any]:
    """Whole in itself: the body is read by hand, so that OpenAPI's components don't hold it."""
    schema = CovariateIn.model_json_schema()
    schema["properties"]["rows"]["items"] = schema.pop("$defs")[CovariateRowIn.__name__]
    return schema


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _schema()},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "date,value,issued_at\n2026-08-01,4.2,2026-07-31T06:00:00Z\n",
            },
        },
    }
}


async def _parsed(request: Request) -> CovariateIn:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    readers = {"application/json": parse.from_json, "text/csv": parse.from_csv}
    if media_type not in readers:
        raise UnsupportedMedia(f"Content-Type is {media_type or 'missing'!r}: expected {' or '.join(readers)}")
    return readers[media_type](await request.body())


@router.post("/{name}", openapi_extra=_BODY)
def post_covariate(name: FeedName, work: Importing, body: Annotated[CovariateIn, Depends(_parsed)]) -> CovariateReport:
    """Add values of a feed, one a local date and issue; what was issued stays. The same body twice changes nothing."""
    return service.store(work, name, body)


@router.get("")
def get_covariates(
    work: Reading,
    weeks: Annotated[int, Query(ge=1, le=13, description="Weeks that a feed should cover.")] = 1,
) -> FeedsOut:
    """The force's feeds: how far each reaches, when it last came, and whether it is late."""
    return service.feeds(work.session, work.force.id, weeks)


@router.get("/{name}")
def get_covariate(
    name: FeedName,
    work: Reading,
    known_by: Annotated[Instant | None, Query(description="Only what was issued by then; absent: now.")] = None,
    first: Annotated[Day | None, Query(alias="from", description="First local date.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last local date, included.")] = None,
) -> FeedValuesOut:
    """What the feed said at an instant: the latest issue of each date by then."""
    return service.values(work.session, work.force.id, name, known_by, first, last)
