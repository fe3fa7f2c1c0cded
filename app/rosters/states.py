"""States of a roster's life and of a swap request."""

from __future__ import annotations

from enum import StrEnum


class RosterStatus(StrEnum):
    """A draft may be changed; approved, it waits for publication; published, people have been told."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class SwapStatus(StrEnum):
    """A swap request waits, or was decided. Asked: for the colleague's answer; open: for a planner's decision."""

    ASKED = "asked"
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# actions of changes
APPROVED, PUBLISHED, SUPERSEDED, EDITED, SWAPPED = "approved", "published", "superseded", "edited", "swapped"
