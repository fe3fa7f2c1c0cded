"""A requirement as CSV, one line per quarter-hour."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.forces import service as forces
from app.representation import csv_bytes
from app.requirements.service import INTERVAL
from app.tables import RequirementRow

_BOTH = ("seats_minimum", "seats_chance", "reserve", "switchboard_seats", "service_level_999",
         "service_level_999_published", "abandonment_101", "occupancy")  # fmt: skip
_PER_QUEUE = ("seats", "rostered", "mean_wait_s", "mean_answer_s", "offered_calls", "first_attempts")
CSV_COLUMNS = (
    "requirement_id", "start", "start_local", *(f"{name}_{queue}" for name in _PER_QUEUE for queue in ("999", "101")),
    *_BOTH,
)  # fmt: skip


def as_csv(session: Session, row: RequirementRow) -> bytes:
    """Fields that an old requirement does not have are empty."""
    n = (row.ends_at - row.starts_at) // INTERVAL
    zone = forces.settings_of_version(session, row.force_id, row.settings_version).zone
    none = [None] * n
    per_queue = [(row.columns.get(name) or {}).get(queue, none) for name in _PER_QUEUE for queue in ("999", "101")]
    columns = [*per_queue, *(row.columns.get(name) or none for name in _BOTH)]
    starts = [row.starts_at + i * INTERVAL for i in range(n)]
    return csv_bytes(
        CSV_COLUMNS,
        (
            (row.id, start.isoformat(), start.astimezone(zone).isoformat(), *values)
            for start, *values in zip(starts, *columns, strict=True)
        ),
    )
