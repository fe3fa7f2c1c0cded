"""Bodies and answers of sessions and local accounts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator

from app.identity.roles import Permission, Role
from app.people.schemas import HandlerRef
from app.schema import Schema

LocalName = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", examples=["jo"])


class WhoOut(Schema):
    """Who asks, by a key or signed in, and what that allows."""

    actor_id: UUID
    name: str
    force: str | None = Field(description="Slug of the actor's force; null for the installation's own.")
    roles: list[Role]
    permissions: list[Permission]


class PasswordIn(Schema):
    old: str = Field(min_length=1, max_length=200)
    new: str = Field(min_length=12, max_length=200, description="At least twelve characters.")


class AccountIn(Schema):
    """A person who signs in with a password kept here: meant for trials, not for a force at work."""

    name: str = LocalName
    roles: list[Role] = Field(min_length=1, max_length=20, examples=[["planner"]])
    handler_ref: HandlerRef | None = Field(None, description="Whose account it is; obligatory with the role handler.")

    @model_validator(mode="after")
    def _a_handler_is_somebody(self) -> AccountIn:
        if (Role.HANDLER in self.roles) != (self.handler_ref is not None):
            raise ValueError("the role handler and handler_ref belong together: expected both or neither")
        return self


class AccountOut(Schema):
    id: UUID
    sign_in_name: str | None = Field(description="What is typed to sign in; null once it was erased.")
    roles: list[Role]
    created_at: datetime
    locked_until: datetime | None = Field(description="Too many wrong passwords: none is tried before this time.")
    disabled_at: datetime | None


class NewPasswordOut(Schema):
    """A password made here, shown this once."""

    account: AccountOut
    password: str


class AccountsOut(Schema):
    accounts: list[AccountOut]
