from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from app.tables.base import ResultRow


class ScenarioRow(ResultRow):
    """An immutable comparison of a plan with itself as changed; `base` names the plan, `figures` hold both sides."""

    __tablename__ = "scenarios"

    name: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    base: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]]
    figures: Mapped[dict[str, Any]]
