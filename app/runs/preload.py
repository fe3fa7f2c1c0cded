"""Imported once by the forkserver of a worker: everything that a computation may need."""

import app.absences.compute
import app.accuracy.compute
import app.assessments.compute
import app.calibration.compute
import app.capacity.compute
import app.counterfactuals.compute
import app.evaluations.compute
import app.forecasts.compute
import app.intraday.compute
import app.patterns.compute
import app.replays.compute
import app.requirements.compute
import app.rosters.compute
import app.rosters.explain_compute
import app.scenarios.compute  # noqa: F401
from app.scenarios.warm_up import warm_up

warm_up()
