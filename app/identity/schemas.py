"""Bodies and answers of API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator

from app.identity.roles import Role
from app.people.schemas import HandlerRef
from app.schema import Instant, Schema


class KeyIn(Schema):
    """A key for a person or a system of one force."""

    name: str = Field(min_length=1, max_length=200, examples=["Command and control interface"])
    roles: list[Role] = Field(min_length=1, examples=[["planner"]])
    expires_at: Instant | None = None
    handler_ref: HandlerRef | None = Field(None, description="Whose key it is; obligatory with the role handler.")

    @model_validator(mode="after")
    def _a_handler_is_somebody(self) -> KeyIn:
        if (Role.HANDLER in self.roles) != (self.handler_ref is not None):
            raise ValueError("the role handler and handler_ref belong together: expected both or neither")
        return self


class KeyOut(Schema):
    """The key itself is shown this once; only its digest is stored."""

    id: UUID
    name: str
    roles: list[Role]
    key: str
    expires_at: datetime | None
    handler_ref: str | None = None
