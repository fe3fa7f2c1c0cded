"""The kinds of run, joined from the rooms; only the worker imports this.

`compute` is a path rather than a function: it is imported in the child alone, so that the worker stays light.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy.orm import Session

from app.absences import run as absences
from app.accuracy import run as accuracy
from app.assessments import run as assessments
from app.calibration import run as calibration
from app.capacity import run as capacity
from app.counterfactuals import run as counterfactuals
from app.evaluations import run as evaluations
from app.forecasts import intraday
from app.forecasts import run as forecasts
from app.intraday import run as rankings
from app.patterns import run as patterns
from app.replays import run as replays
from app.requirements import run as requirements
from app.rosters import explain_run as explanations
from app.rosters import run as rosters
from app.runs.outcome import Stored
from app.scenarios import run as scenarios
from app.tables import RunRow


class Priority(IntEnum):
    """What goes before what, where several runs wait."""

    NOW = 0  # somebody stands in the control room and waits: an absence, the rest of today
    PLAN = 1
    STUDY = 2  # what-ifs and looks back


@dataclass(frozen=True, slots=True)
class Kind:
    """How a run is executed: read its inputs, compute in a child, store what came out.

    `keeps_best`: asked to stop, the computation returns the best that it has, and that is stored.
    """

    load: Callable[[Session, RunRow], Any]
    compute: str
    store: Callable[[Session, RunRow, Any], Stored]
    keeps_best: bool = False
    priority: Priority = Priority.PLAN


_NOW, _STUDY = Priority.NOW, Priority.STUDY
KINDS = {
    "assessment": Kind(assessments.load, "app.assessments.compute:compute", assessments.store),
    "calibration": Kind(calibration.load, "app.calibration.compute:compute", calibration.store, priority=_STUDY),
    "capacity": Kind(capacity.load, "app.capacity.compute:compute", capacity.store, priority=_STUDY),
    "counterfactual": Kind(
        counterfactuals.load, "app.counterfactuals.compute:compute", counterfactuals.store, priority=_STUDY
    ),
    "evaluation": Kind(evaluations.load, "app.evaluations.compute:compute", evaluations.store, priority=_STUDY),
    "explanation": Kind(explanations.load, "app.rosters.explain_compute:compute", explanations.store, priority=_NOW),
    "forecast": Kind(forecasts.load, "app.forecasts.compute:compute", forecasts.store),
    "intraday": Kind(intraday.load, "app.forecasts.intraday:compute", intraday.store, priority=_NOW),
    "pattern": Kind(patterns.load, "app.patterns.compute:compute", patterns.store, keeps_best=True),
    "ranking": Kind(rankings.load, "app.intraday.compute:compute", rankings.store, priority=_NOW),
    "replay": Kind(replays.load, "app.replays.compute:compute", replays.store, priority=_STUDY),
    "requirement": Kind(requirements.load, "app.requirements.compute:compute", requirements.store),
    "roster": Kind(rosters.load, "app.rosters.compute:compute", rosters.store, keeps_best=True),
    "same_day": Kind(absences.load, "app.absences.compute:compute", absences.store, priority=_NOW),
    "scenario": Kind(scenarios.load, "app.scenarios.compute:compute", scenarios.store, priority=_STUDY),
    "score": Kind(accuracy.load, "app.accuracy.compute:compute", accuracy.store, priority=_STUDY),
}
