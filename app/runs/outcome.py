"""What a finished computation leaves on its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stored:
    """`result` names what was stored, None where there is nothing to store; `outcome` and `reason` as on the run."""

    result: dict[str, Any] | None
    outcome: str | None = None
    reason: str | None = None
