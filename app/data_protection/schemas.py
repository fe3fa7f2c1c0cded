"""Bodies and answers on what is held of a handler."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from app.people.schemas import HandlerRef
from app.schema import Schema


class NameIn(Schema):
    name: str = Field(min_length=1, max_length=200, examples=["Jo Bloggs"])


class NameOut(Schema):
    """A handler's name, beside the pseudonym that everything else uses."""

    ref: HandlerRef
    name: str
    updated_at: datetime


class HeldOut(Schema):
    """Rows of one table that name the handler; within them, what is of others is left out."""

    table: str = Field(examples=["rosters"])
    meaning: str = Field(description="What the table holds.")
    rows: list[dict[str, Any]]


class SubjectAccessOut(Schema):
    """Everything that is held on one handler."""

    ref: HandlerRef
    name: str | None
    made_at: datetime
    held: list[HeldOut]
    not_searched: dict[str, str] = Field(description="Tables that hold nothing of handlers, and why.")


class RetainedOut(Schema):
    """Rows of a kind that are older than the force keeps them."""

    what: str = Field(examples=["calls"])
    before: datetime
    rows: int


class RetentionOut(Schema):
    """What the next night deletes, and what is never deleted, with the reason."""

    deleted: list[RetainedOut]
    kept: dict[str, str]
