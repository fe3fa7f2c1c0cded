"""Bodies and answers of the actions room."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schema import Day, Schema


class ActionState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(description="What is to be done. No names of callers, no reasons of health.",
          examples=["Move two meal breaks out of 18:00 to 19:00"]),
]  # fmt: skip
Owner = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(description="Who sees to it: a role rather than a name.", examples=["Duty manager, lates"]),
]
Outcome = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(description="What came of it.", examples=["Moved; 999 kept its target on the evening"]),
]


class ActionIn(Schema):
    """What the meeting decided to do."""

    text: Text
    owner: Owner
    due: Day | None = Field(None, description="Local date by which it is to be done.")


class ActionPatch(Schema):
    """What of an action is to change; absent: it stays."""

    text: Text | None = None
    owner: Owner | None = None
    due: Day | None = Field(None, description="Null: no date any more.")
    state: ActionState | None = None
    outcome: Outcome | None = None


class ActionOut(Schema):
    """An action as it stands."""

    id: UUID
    text: str
    owner: str
    due: date | None
    state: ActionState
    outcome: str | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    closed_at: datetime | None
    revision: int


class ActionsOut(Schema):
    actions: list[ActionOut]
    next: UUID | None = Field(description="`cursor` of the next page; null: there is none.")
