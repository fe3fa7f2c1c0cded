"""The audit table: lines are added, never changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import utc_now
from app.tables import AuditRow


def add_line(
    session: Session, *, force_id: UUID | None, actor_id: UUID, action: str, subject: str, **details: Any
) -> None:
    """Record that `actor_id` did `action` to `subject`, in the same transaction as the deed itself."""
    line = AuditRow(force_id=force_id, at=utc_now(), actor_id=actor_id, action=action, subject=subject, details=details)
    session.add(line)
