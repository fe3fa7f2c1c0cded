"""Bodies and answers of API keys."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field, model_validator

from app.identity.roles import Permission, Role
from app.people.schemas import HandlerRef
from app.schema import Instant, Schema


class KeyIn(Schema):
    """A key for a system, or for a person where nobody signs in."""

    name: str = Field(min_length=1, max_length=200, examples=["Command and control interface"])
    roles: list[Role] = Field(min_length=1, max_length=20, examples=[["planner"]])
    scopes: list[Permission] | None = Field(
        None,
        min_length=1,
        max_length=20,
        description="Narrows what the roles allow; absent: all that they allow.",
        examples=[["read"]],
    )
    expires_at: Instant | None = Field(None, description="Absent: it works until it is revoked.")
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
    scopes: list[Permission] | None
    key: str
    expires_at: datetime | None
    handler_ref: str | None


class KeyStatus(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyEntry(Schema):
    """A key without its secret."""

    id: UUID
    name: str
    roles: list[Role]
    scopes: list[Permission] | None
    prefix: str = Field(description="What stands between the first two underscores of the key.")
    status: KeyStatus
    handler_ref: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Exact to a minute.")
    revoked_at: datetime | None
    replaces: UUID | None = Field(description="The key that this one was rotated from.")


class KeysOut(Schema):
    keys: list[KeyEntry]


class RotateIn(Schema):
    """The new key has the actor, roles and scopes of the old one."""

    grace_h: float = Field(24, ge=0, le=720, description="How long the old key goes on working [h].")
    expires_at: Instant | None = Field(None, description="When the new key ends; absent: it works until it is revoked.")
