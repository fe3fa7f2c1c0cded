"""Lists that grow come page by page, newest first; what is added meanwhile does not shift what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from app.errors import invalid


class _Listed(Protocol):
    """A row that a list can hold: its class has the columns `created_at` and `id`."""

    created_at: Any
    id: Any


Row = TypeVar("Row", bound=_Listed)


class _HasNext(Protocol):
    @property
    def next(self) -> UUID | None: ...


Answer = TypeVar("Answer", bound=_HasNext)


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for, and where its answer says how to go on."""

    size: int
    cursor: UUID | None
    request: Request
    response: Response

    def linked(self, answer: Answer) -> Answer:
        """`answer`, with `Link` to what follows it."""
        if answer.next is not None:
            url = self.request.url.include_query_params(cursor=answer.next)
            self.response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return answer


async def _page(  # without a thread: it only puts together what is there
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200, description="Most entries of a page.")] = 50,
    cursor: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
) -> Page:
    return Page(limit, cursor, request, response)


Paging = Annotated[Page, Depends(_page)]
PAGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {"Link": {"schema": {"type": "string"}, "description": 'Address of the next page, rel="next".'}},
    }
}


def rows_of(
    session: Session, kind: type[Row], query: Select[Row], cursor: UUID | None, size: int
) -> tuple[list[Row], UUID | None]:
    """At most `size` rows of `query`, newest first, from the one after `cursor`; and the cursor of what follows.

    Raises `Invalid` for a cursor that is no row that the session may see.
    """
    if cursor is not None:
        after = session.scalar(select(kind.created_at).where(kind.id == cursor))
        if after is None:
            raise invalid("cursor", str(cursor), "the `next` of an earlier page")
        query = query.where(tuple_(kind.created_at, kind.id) < (after, cursor))
    rows = list(session.scalars(query.order_by(kind.created_at.desc(), kind.id.desc()).limit(size + 1)))
    return rows[:size], rows[size - 1].id if len(rows) > size else None
