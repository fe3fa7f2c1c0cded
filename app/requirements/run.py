"""The requirement run's ends in the database: what it reads and what it stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.requirements import repository
from app.requirements.expected import Expected, expected
from app.runs.outcome import Stored
from app.tables import RequirementRow, RunRow


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a requirement is computed from, and whether simulation corrects it."""

    expected: Expected
    correct: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    description: dict[str, Any]
    columns: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    since, until = (datetime.fromisoformat(run.inputs[name]) for name in ("from", "to"))
    forecast_id = UUID(run.inputs["forecast_id"])
    return Inputs(
        expected=expected(session, run.force_id, forecast_id, since, until, run.inputs["settings_version"]),
        # Absent of the runs that were queued before it could be chosen.
        correct=run.inputs.get("correct", True),
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    row = RequirementRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        forecast_id=UUID(run.inputs["forecast_id"]),
        created_at=utc_now(),
        starts_at=datetime.fromisoformat(run.inputs["from"]),
        ends_at=datetime.fromisoformat(run.inputs["to"]),
        settings_version=run.inputs["settings_version"],
        description=result.description,
        columns=result.columns,
    )
    repository.add(session, row)
    return Stored({"requirement_id": str(row.id)})
