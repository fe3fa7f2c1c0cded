"""Answers of the audit room."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.schema import Schema


class AuditActor(Schema):
    id: UUID
    name: str | None = Field(description="Null for an administrator of the installation, who is no actor of the force.")


class AuditLine(Schema):
    """Who did what to what, when and why, with what it was before and after where it was changed."""

    number: int = Field(description="Place in the force's chain, from 1.")
    at: datetime
    actor: AuditActor
    action: str = Field(examples=["settings"])
    subject: str = Field(examples=["version 2"])
    reason: str | None
    before: Any = None
    after: Any = None
    details: dict[str, Any] = Field(description="What else the action tells.")
    hash: str = Field(description="SHA-256 over the hash of the line before and this line's content [hex].")


class AuditHead(Schema):
    """Number and hash of the newest line: noted elsewhere, they prove later that nothing before them was changed."""

    number: int
    hash: str


class AuditPage(Schema):
    lines: list[AuditLine]
    head: AuditHead | None = Field(description="Null while there is no line.")
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null at the end.")
