"""Asking for a roster in any of its modes: `mode` tells which fields belong to the request."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Discriminator, Field, Tag

from app.patterns.schemas import PatternSearchIn
from app.rosters.repair_schemas import RepairIn
from app.rosters.schemas import RosterIn


class RepairRosterIn(RepairIn):
    """Ask for repairs of a published roster, as `POST .../rosters/{id}/repair` does."""

    mode: Literal["repair"]
    from_roster_id: UUID = Field(description="The published roster.")

    @property
    def repair(self) -> RepairIn:
        """What has changed, without the roster's name."""
        return RepairIn.model_validate(self.model_dump(include=set(RepairIn.model_fields)))


class PatternRosterIn(PatternSearchIn):
    """Ask for a cyclic pattern, as `POST .../patterns` does."""

    mode: Literal["pattern"]

    @property
    def pattern(self) -> PatternSearchIn:
        """What is asked of the pattern."""
        return PatternSearchIn.model_validate(self.model_dump(include=set(PatternSearchIn.model_fields)))


def _kind(body: Any) -> str | None:
    """Tag of a request: weekly and free ask for the same; without a mode it is weekly."""
    mode = body.get("mode", "weekly") if isinstance(body, dict) else getattr(body, "mode", None)
    return "weeks" if mode in ("weekly", "free") else mode if isinstance(mode, str) else None


AnyRosterIn = Annotated[
    Annotated[RosterIn, Tag("weeks")]
    | Annotated[RepairRosterIn, Tag("repair")]
    | Annotated[PatternRosterIn, Tag("pattern")],
    Discriminator(
        _kind,
        custom_error_type="mode",
        custom_error_message="expected an object whose mode is weekly, free, repair or pattern",
    ),
]
