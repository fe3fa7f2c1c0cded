"""The forecast run's ends in the database: what it reads and what it stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.calls import repository as calls
from app.covariates import service as covariates
from app.database import new_id, utc_now
from app.events import service as events
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts import repository
from app.forecasts.schemas import ForecastKind
from app.handling import repository as handling
from app.handling.repository import TypeHistory
from app.runs.outcome import Stored
from app.tables import ForecastRow, RunRow
from forecasting.covariates import Covariate

_TYPES_KNOWN = timedelta(weeks=26)  # of handling times by call type; at a half-life of four weeks older ones say little
COLUMNS = ("offered", "answered", "talk_s", "wrap_s")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a forecast is computed from. `starts` [UTC] and `columns` (n,) per queue, NaN where absent; `handling` by
    queue and call type; `events` and `covariates` as they stood when the run was asked for, `known_by`."""

    starts: dict[str, list[datetime]]
    columns: dict[str, dict[str, NDArray[np.float64]]]
    handling: dict[str, dict[str, TypeHistory]]
    events: events.KnownEvents
    covariates: tuple[Covariate, ...]
    known_by: datetime
    until: datetime
    settings: ForceSettings
    settings_version: int
    weeks: int
    n_paths: int
    seed: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came out: the row's columns, already packed for storage in the child."""

    origin: datetime
    starts_at: datetime
    ends_at: datetime
    inputs: dict[str, Any]
    description: dict[str, Any]
    arrays: bytes


def load(session: Session, run: RunRow) -> Inputs:
    settings = forces.settings_of_version(session, run.force_id, run.inputs["settings_version"])
    since, until = (datetime.fromisoformat(run.inputs[name]) for name in ("since", "until"))
    read = {
        queue: calls.read(session, run.force_id, queue, COLUMNS, since=since, until=until)
        for queue in run.inputs["queues"]
    }
    return Inputs(
        starts={queue: starts for queue, (starts, _) in read.items()},
        columns={queue: columns for queue, (_, columns) in read.items()},
        handling={
            queue: handling.read(session, run.force_id, queue, since=max(since, until - _TYPES_KNOWN), until=until)
            for queue in read
        },
        events=events.known(session, run.force_id, settings, run.created_at),
        covariates=covariates.known(session, run.force_id, run.created_at),
        known_by=max(run.created_at, until),  # a history may hold its last quarter-hours before they are over
        until=until,
        settings=settings,
        settings_version=run.inputs["settings_version"],
        weeks=run.inputs["weeks"],
        n_paths=run.inputs["paths"],
        seed=run.seed,
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    return keep(session, run, result, ForecastKind.FULL)


def keep(session: Session, run: RunRow, result: Result, kind: ForecastKind, based_on: UUID | None = None) -> Stored:
    """Store what a run of either kind made as a forecast, for ever."""
    row = ForecastRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        origin=result.origin,
        starts_at=result.starts_at,
        ends_at=result.ends_at,
        settings_version=run.inputs["settings_version"],
        kind=kind,
        based_on=based_on,
        inputs=result.inputs,
        description=result.description,
        arrays=result.arrays,
    )
    repository.add(session, row)
    return Stored({"forecast_id": str(row.id)})
