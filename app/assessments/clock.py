"""The time for deciding a flexible-working application."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from rostering.notice import add_months

_MONTHS = 2
_YEAR_MONTHS = 12


def decide_by(received: date, agreed_until: date | None = None) -> date:
    """Last day of the decision period: two months beginning with the day on which the application is made, so that the
    second of them ends the day before the same date, or the later day that both agreed to. It includes any appeal.

    Employment Rights Act 1996, s.80G(1)(aa), (1A) and (1B), as amended by the Employment Relations (Flexible Working)
    Act 2023.
    """
    return agreed_until or add_months(received, _MONTHS) - timedelta(days=1)


def in_12_months(received: date, others: Collection[date]) -> int:
    """Applications made in the twelve months up to and including `received`; each day's count once (s.80F(4))."""
    first = add_months(received, -_YEAR_MONTHS)
    return len({day for day in (*others, received) if first < day <= received})
