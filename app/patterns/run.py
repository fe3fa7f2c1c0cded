"""The pattern run's ends in the database: the weekly need that it is for, and its answer on the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.forces import service as forces
from app.patterns.schemas import PatternSearchIn
from app.requirements import repository as requirement_rows
from app.requirements import service as requirements
from app.runs.outcome import Stored
from app.tables import RunRow
from rostering.rules import RuleSet

_QUARTERS = 96


@dataclass(frozen=True, slots=True)
class Inputs:
    """`heads` on calls per quarter-hour of the local week from Monday, after shrinkage, (2, 672), 999 first."""

    asked: PatternSearchIn
    heads: NDArray[np.float64]
    rules: RuleSet
    meals_paid: bool


def load(session: Session, run: RunRow) -> Inputs:
    settings = forces.settings_of_version(session, run.force_id, run.inputs["settings_version"])
    requirement = requirements.find(session, run.force_id, UUID(run.inputs["requirement_id"]))
    return Inputs(
        asked=PatternSearchIn.model_validate(run.inputs["asked"]),
        heads=weekly_need(requirement_rows.heads(requirement, "rostered"), requirement.starts_at, settings.zone),
        rules=forces.rule_set(settings),
        meals_paid=settings.meals_paid,
    )


def weekly_need(heads: NDArray[np.int64], start: datetime, zone: ZoneInfo) -> NDArray[np.float64]:
    """Mean heads by quarter-hour of the local week, (2, 672), of `heads` (2, intervals) from `start`, a week or more.

    The hour that spring skips has the mean of the weeks that have it, or else of its neighbours.
    """
    total, n = np.zeros((2, 7 * _QUARTERS)), np.zeros(7 * _QUARTERS)
    for i in range(heads.shape[1]):
        local = (start + i * timedelta(minutes=15)).astimezone(zone)
        place = local.weekday() * _QUARTERS + local.hour * 4 + local.minute // 15
        total[:, place] += heads[:, i]
        n[place] += 1
    known = np.flatnonzero(n)
    every = np.arange(7 * _QUARTERS)
    return np.stack([np.interp(every, known, row[known] / n[known]) for row in total])


def store(session: Session, run: RunRow, result: dict[str, Any]) -> Stored:  # noqa: ARG001 - as every kind
    has_nothing = result["pattern"] is None and result.get("ended_by") == "cancel"
    return Stored(None if has_nothing else result, result["outcome"], result["reason"])
