"""The evaluation run's computation, in a child process: what the recorded figures say of each prediction."""

from __future__ import annotations

from typing import Any

from app.evaluations.run import Inputs, Over, Result
from app.evaluations.schemas import Method
from app.runs.child import Report
from forecasting.errors import ForecastingError
from forecasting.interrupted import Effect, interrupted, paired_weeks


def compute(inputs: Inputs, report: Report) -> Result:
    """Score each prediction; what cannot be told says why."""
    scores: list[dict[str, Any]] = []
    unscored = list(inputs.unscored)
    for done, one in enumerate(inputs.predictions):
        report(done / len(inputs.predictions), "scoring predictions")
        key = {"decision_id": one.decision_id, "number": one.number}
        try:
            told = _direct(one) if one.method == Method.DIRECT else _effect(one)
        except ForecastingError as error:
            unscored.append({"decision_id": str(one.decision_id), "number": one.number, "reason": str(error)})
        else:
            scores.append(key | {"actuals_digest": one.digest} | told)
    return Result(scores, unscored)


def _direct(one: Over) -> dict[str, Any]:
    """The figure itself, which nothing is unsure of."""
    value = float(one.values[0])
    details: dict[str, Any] = {}
    if one.without is not None:
        # Of an adjustment: whether it brought the forecast nearer than leaving it alone.
        details = {
            "missed": abs(value - one.predicted),
            "without_missed": abs(value - one.without),
            "was_nearer": abs(value - one.predicted) < abs(value - one.without),
        }
    return {
        "estimate": value,
        "lower": None,
        "upper": None,
        "holds": one.lower <= value <= one.upper,
        "agrees": None,
        "details": details,
    }


def _effect(one: Over) -> dict[str, Any]:
    """The change that the recorded days or weeks show, with its interval."""
    if one.method == Method.INTERRUPTED:
        found = interrupted(one.values, one.first_day, one.change, level=one.level)
        details: dict[str, Any] = {"days_before": found.n_before, "days_after": found.n_after,
                                   "likeness": round(found.likeness, 4)}  # fmt: skip
    else:
        found = paired_weeks(one.values[0], one.values[1], level=one.level)
        details = {"weeks": found.n_after}
    details |= {"standard_error": found.standard_error, "no_change": found.lower <= 0 <= found.upper}
    return {
        "estimate": found.estimate,
        "lower": found.lower,
        "upper": found.upper,
        "holds": one.lower <= found.estimate <= one.upper,
        "agrees": _agrees(one, found),
        "details": details,
    }


def _agrees(one: Over, found: Effect) -> bool:
    """Whether predicted value and estimate differ by no more than both intervals together allow."""
    predicted_half, found_half = (one.upper - one.lower) / 2, (found.upper - found.lower) / 2
    return bool(abs(found.estimate - one.predicted) <= (predicted_half**2 + found_half**2) ** 0.5)
