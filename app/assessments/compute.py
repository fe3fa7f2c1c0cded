"""The assessment run's computation, in a child process: both sides, what differs, and the nearest alternative."""

from __future__ import annotations

from app.assessments import compute_standing, compute_weeks
from app.assessments.compared import Alternative, Compared, Found, compared
from app.assessments.grounds import Finding, points_to
from app.assessments.run import Inputs, Result, Standing
from app.runs.child import Report

_SIDES = 0.7  # share of the run's progress


def compute(inputs: Inputs, report: Report) -> Result:
    """Both sides made and simulated; where the figures speak against the proposal, the nearest one that would do."""
    if isinstance(inputs.of, Standing):
        found = compute_standing.sides(inputs, inputs.of, report)
    else:
        found = compute_weeks.sides(inputs, inputs.of, report)
    report(_SIDES, "simulating the control room without and with it")
    told = compared(inputs, found)
    is_legal = not found.broken
    alternative = None
    if not is_legal or any(one["finding"] == Finding.EVIDENCE for one in told.grounds):
        report(_SIDES + 0.1, "the nearest alternative that would do")
        if isinstance(inputs.of, Standing):
            alternative = compute_standing.nearest(inputs, inputs.of, found)
        else:
            alternative = compute_weeks.nearest(inputs, inputs.of, found)
    return _result(found, told, alternative)


def _result(found: Found, told: Compared, alternative: Alternative | None) -> Result:
    proposed = {"before": found.before, "asked": found.after}
    if alternative is not None and alternative.handlers:
        proposed["alternative"] = alternative.handlers
    figures = told.figures | {
        "outcome": "illegal" if found.broken else "legal",
        "basis": found.basis,
        "rules": {"broken": list(found.broken), "cycle": found.cycle},
        "alternative": None if alternative is None else alternative.figures,
        "points_to": points_to(told.grounds, not found.broken, alternative is not None),
        "notes": list(found.notes),
    }
    return Result(figures, proposed)
