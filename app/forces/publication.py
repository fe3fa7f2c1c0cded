"""Who may publish a roster, and which roles a roster must have on duty."""

from __future__ import annotations

from pydantic import Field

from app.forces.staffing import Hours
from app.schema import Schema


class RoleNeed(Hours):
    """People of a role on duty whatever the calls do, such as a supervisor at all hours or an expert in the evening."""

    role: str = Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9 _-]*$", examples=["supervisor"])
    at_least: int = Field(1, ge=1, le=50)


class Publication(Schema):
    """What must happen before people are told a roster."""

    second_person: bool = Field(
        False, description="True: whoever approves a roster neither asked for it, nor edited it, nor publishes it."
    )
