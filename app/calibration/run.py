"""The calibration run's ends in the database: recorded service in, what it tells out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.calibration import repository
from app.calls import repository as calls
from app.calls.service import INTERVAL
from app.database import new_id, utc_now
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.runs.outcome import Stored
from app.tables import CalibrationRow, RunRow

QUEUES = ("999", "101")
COLUMNS = (
    "offered", "answered", "answered_within_threshold", "abandoned", "talk_s", "wrap_s", "answered_wait_s",
    "abandoned_wait_s", "handlers_staffed",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Recorded service from a local midnight on; `columns` are (2, intervals), 999 first, NaN where not recorded."""

    start: datetime
    interval_s: int
    days: list[str]  # local dates, ISO
    day: NDArray[np.int64]  # (intervals,), number of the local day
    hour: NDArray[np.int64]  # (intervals,), local
    columns: dict[str, NDArray[np.float64]]
    replications: int
    seed: int
    settings: ForceSettings


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, ready for the row."""

    description: dict[str, Any]
    columns: dict[str, Any]


def load(session: Session, run: RunRow) -> Inputs:
    start, end = (datetime.fromisoformat(run.inputs[name]) for name in ("from", "to"))
    settings = forces.settings_of_version(session, run.force_id, run.inputs["settings_version"])
    n = (end - start) // INTERVAL
    columns = {name: np.full((2, n), np.nan) for name in COLUMNS}
    for index, queue in enumerate(QUEUES):
        starts, values = calls.read(session, run.force_id, queue, COLUMNS, since=start, until=end)
        at = [(moment - start) // INTERVAL for moment in starts]
        for name in COLUMNS:
            columns[name][index, at] = values[name]
    local = [(start + i * INTERVAL).astimezone(settings.zone) for i in range(n)]
    ordinals = np.array([moment.toordinal() for moment in local])
    first = local[0].date()
    return Inputs(
        start=start,
        interval_s=int(INTERVAL.total_seconds()),
        days=[(first + timedelta(days=int(i))).isoformat() for i in range(ordinals[-1] - ordinals[0] + 1)],
        day=ordinals - ordinals[0],
        hour=np.array([moment.hour for moment in local]),
        columns=columns,
        replications=run.inputs["replications"],
        seed=run.seed,
        settings=settings,
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    row = CalibrationRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        starts_at=datetime.fromisoformat(run.inputs["from"]),
        ends_at=datetime.fromisoformat(run.inputs["to"]),
        settings_version=run.inputs["settings_version"],
        description=result.description,
        columns=result.columns,
    )
    repository.add(session, row)
    return Stored({"calibration_id": str(row.id)})
