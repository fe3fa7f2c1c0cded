"""A stored scenario as it is read: whole as JSON, its quarter-hours as CSV."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.forces import service as forces
from app.representation import csv_bytes, json_bytes
from app.scenarios.service import entry
from app.tables import ScenarioRow

_FIGURES = (
    "offered_calls_999",
    "offered_calls_101",
    "service_level_999",
    "service_level_999_published",
    "mean_wait_999_s",
    "abandonment_999",
    "abandonment_101",
    "mean_wait_101_s",
)
_SIDES = ("base", "changed", "difference", "difference_half")
CSV_COLUMNS = ("scenario_id", "start", "start_local", *(f"{figure}_{side}" for figure in _FIGURES for side in _SIDES))


def as_json(session: Session, row: ScenarioRow) -> bytes:
    """`ScenarioOut`, written without building it: thousands of checked numbers would cost more than the figures."""
    return json_bytes(entry(session, row).model_dump() | row.figures)


def as_csv(session: Session, row: ScenarioRow) -> bytes:
    zone = forces.settings_of_version(session, row.force_id, row.settings_version).zone
    service = row.figures["service"]["interval"]
    columns = [service[figure][side] for figure in _FIGURES for side in _SIDES]
    lines = []
    for start, *values in zip(row.figures["spans"]["interval"], *columns, strict=True):
        moment = datetime.fromisoformat(start)
        lines.append((row.id, start, moment.astimezone(zone).isoformat(), *values))
    return csv_bytes(CSV_COLUMNS, lines)
