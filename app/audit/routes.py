"""The audit over HTTP, for auditors: of a force, and of the installation."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.access import Auditing, AuditingAll
from app.audit import service
from app.audit.repository import Filters
from app.audit.schemas import AuditPage
from app.audit.service import COLUMNS, Asked
from app.edge.routing import Router
from app.schema import Instant

router = Router(tags=["audit"])

_Text = Annotated[str | None, Query(max_length=400)]
_Format = Annotated[
    Literal["json", "csv", "jsonl"],
    Query(description="`jsonl`: lines with the text that was hashed, for `pacesetter audit verify --file`."),
]
_FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": AuditPage,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": ",".join(COLUMNS) + "\r\n"},
            "application/jsonl": {"schema": {"type": "string"}},
        },
        "headers": {"Link": {"schema": {"type": "string"}, "description": "Address of the next page, rel=next."}},
    }
}


async def _asked(
    actor_id: Annotated[UUID | None, Query()] = None,
    action: _Text = None,
    subject: _Text = None,
    since: Annotated[Instant | None, Query(description="From this time on.")] = None,
    until: Annotated[Instant | None, Query(description="Before this time.")] = None,
    order: Annotated[Literal["newest", "oldest"], Query(description="Which comes first.")] = "newest",
    cursor: _Text = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 100,
) -> Asked:
    return Asked(Filters(actor_id, action, subject, since, until), cursor, limit, order == "newest")


Page = Annotated[Asked, Depends(_asked)]


@router.get("/v1/forces/{force}/audit", response_model=AuditPage, responses=_FORMATS)
def get_audit(request: Request, response: Response, work: Auditing, asked: Page, format: _Format = "json") -> Any:
    """The force's audit, in pages: who did what to what, when and why, each line linked to the one before."""
    return _answer(request, response, work.session, work.force.id, asked, format)


@router.get("/v1/audit", response_model=AuditPage, responses=_FORMATS)
def get_installation_audit(
    request: Request, response: Response, desk: AuditingAll, asked: Page, format: _Format = "json"
) -> Any:
    """What was done to the installation itself, such as its administrators' keys."""
    return _answer(request, response, desk.session, None, asked, format)


def _answer(
    request: Request, response: Response, session: Session, force_id: UUID | None, asked: Asked, format: str
) -> AuditPage | Response:
    if format == "json":
        page = service.read(session, force_id, asked)
        response.headers.update(_next(request, page.next_cursor))
        return page
    write = service.exported_csv if format == "csv" else service.exported_lines
    content, following = write(session, force_id, asked)
    media_type = "text/csv; charset=utf-8" if format == "csv" else "application/jsonl"
    return Response(content, media_type=media_type, headers=_next(request, following))


def _next(request: Request, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    url = request.url.include_query_params(cursor=cursor)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}
