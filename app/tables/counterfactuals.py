from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Mapped

from app.tables.base import ResultRow


class CounterfactualRow(ResultRow):
    """An immutable comparison of weeks as they were rostered with weeks as they could have been."""

    __tablename__ = "counterfactuals"

    week_start: Mapped[date]
    weeks: Mapped[int]
    versus: Mapped[str]
    figures: Mapped[dict[str, Any]]
