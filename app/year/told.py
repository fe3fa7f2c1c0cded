"""Handlers with the days that they were told: what a roster starts from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.people.schemas import HandlerIn
from app.year import repository
from app.year.days import ToldDays, told, with_told_days


def told_days(session: Session, force_id: UUID) -> dict[str, ToldDays]:
    """The days that each handler was told last; nobody who was told none."""
    return {ref: told(row) for ref, row in repository.current(session, force_id).items()}


def as_told(
    session: Session, force_id: UUID, handlers: Sequence[HandlerIn], first: date, until: date
) -> list[HandlerIn]:
    """The handlers with patterns that hold for first <= date < until alone and say what each was told of these dates,
    else what the pattern says."""
    known = told_days(session, force_id)
    return [
        handler if handler.ref not in known else with_told_days(handler, known[handler.ref].by_date, first, until)
        for handler in handlers
    ]
