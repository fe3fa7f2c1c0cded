"""The requirement run's ends in the database: what it reads and what it stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts import service as forecasts
from app.forecasts.repository import unpacked
from app.requirements import repository
from app.requirements.service import QUEUES
from app.runs.outcome import Stored
from app.tables import RequirementRow, RunRow

_PATIENCE_SPAN = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a requirement is computed from; arrays are (2, intervals), 999 first."""

    start: datetime
    until: datetime
    interval_s: int
    mean_calls: NDArray[np.float64]
    rate_cv: NDArray[np.float64]
    aht_s: NDArray[np.float64]
    waiting: tuple[repository.Waiting | None, ...]
    settings: ForceSettings


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    description: dict[str, Any]
    columns: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    start, until = (datetime.fromisoformat(run.inputs[name]) for name in ("from", "to"))
    forecast_row = forecasts.find(session, run.force_id, UUID(run.inputs["forecast_id"]))
    forecast, handling_s = unpacked(forecast_row)
    part = forecast.window(start, until)
    first = int((part.start - forecast.start).total_seconds()) // forecast.interval_s
    order = [forecast.queues.index(queue) for queue in QUEUES]
    since = forecast.origin - _PATIENCE_SPAN
    return Inputs(
        start=part.start,
        until=part.end,
        interval_s=part.interval_s,
        mean_calls=part.mean[order],
        rate_cv=part.rate_cv[order],
        aht_s=handling_s[order, first : first + part.intervals],
        waiting=tuple(repository.waiting_totals(session, run.force_id, queue, since) for queue in QUEUES),
        settings=forces.settings_of_version(session, run.force_id, run.inputs["settings_version"]),
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
