"""The replay run's ends in the database: calls in, figures out, and the calls emptied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.errors import NotFound
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.replays import repository
from app.runs.outcome import Stored
from app.tables import ReplayRow, RunRow


@dataclass(frozen=True, slots=True)
class Inputs:
    """Packed calls and log-ons (absent: told by the calls), see `app.replays.parse`."""

    calls: bytes
    log_ons: bytes | None
    break_s: int
    replications: int
    seed: int
    settings: ForceSettings


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    starts_at: datetime
    ends_at: datetime
    description: dict[str, Any]
    columns: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    calls = _content(session, run, run.inputs["file_id"], "calls")
    log_ons = run.inputs["log_ons"]
    return Inputs(
        calls=calls,
        log_ons=None if log_ons is None else _content(session, run, log_ons, "log_ons"),
        break_s=run.inputs["break_s"],
        replications=run.inputs["replications"],
        seed=run.seed,
        settings=forces.settings_of_version(session, run.force_id, run.inputs["settings_version"]),
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    row = ReplayRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        starts_at=result.starts_at,
        ends_at=result.ends_at,
        settings_version=run.inputs["settings_version"],
        description=result.description,
        columns=result.columns,
    )
    repository.add(session, row)
    repository.empty_files_of(session, run.id)
    return Stored({"replay_id": str(row.id)})


def _content(session: Session, run: RunRow, file_id: str, kind: str) -> bytes:
    row = repository.file(session, run.force_id, UUID(file_id), kind)
    if row is None:
        raise NotFound(f"the {kind.replace('_', '-')} of this replay are not here any more: send them again")
    return row.content
