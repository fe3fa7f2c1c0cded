"""Bodies and answers of API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.identity.roles import Role
from app.schema import Instant, Schema


class KeyIn(Schema):
    """A key for a person or a system of one force."""

    name: str = Field(min_length=1, max_length=200, examples=["Command and control interface"])
    roles: list[Role] = Field(min_length=1, examples=[["planner"]])
    expires_at: Instant | None = None


class KeyOut(Schema):
    """The key itself is shown this once; only its digest is stored."""

    id: UUID
    name: str
    roles: list[Role]
    key: str
    expires_at: datetime | None
