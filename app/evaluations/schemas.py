"""Bodies and answers of the evaluations room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.evaluations.metrics import Metric
from app.schema import Instant, Schema

LEVEL = 0.90  # of every predicted interval


class DecisionKind(StrEnum):
    """`adjustment`, `roster` and `assessment` are entered by the product itself, once decided."""

    PATTERN = "pattern"
    POSTS = "posts"
    CALLBACK_POLICY = "callback_policy"
    ADJUSTMENT = "adjustment"
    ASSESSMENT = "assessment"
    ROSTER = "roster"
    OTHER = "other"


class Method(StrEnum):
    """How actuals score a prediction. `direct`: the figure of the span itself. `interrupted`: the step of the daily
    figure at the span's start. `paired_weeks`: the span's weeks less those 52 weeks earlier."""

    DIRECT = "direct"
    INTERRUPTED = "interrupted"
    PAIRED_WEEKS = "paired_weeks"


class Source(StrEnum):
    """Who said the interval: the product's own models of a day or span, a scenario or assessment, or a person."""

    PRODUCT = "product"
    SCENARIO = "scenario"
    PERSON = "person"


class PredictionIn(Schema):
    """What is expected, with its 90% interval: of `direct` the figure itself, else its change."""

    model_config = ConfigDict(populate_by_name=True)

    metric: Metric
    method: Method = Method.INTERRUPTED
    since: Instant = Field(alias="from", description="Start of the span; of a change, when it takes effect.")
    until: Instant = Field(alias="to")
    compared_from: Instant | None = Field(
        None, description="interrupted: start of the days before that are compared; absent: 12 weeks before."
    )
    predicted: float | None = Field(None, description="Absent with `scenario_id` in the basis: the scenario's change.")
    lower: float | None = None
    upper: float | None = None

    @model_validator(mode="after")
    def _consistent(self) -> PredictionIn:
        if self.until <= self.since:
            raise ValueError(f"to {self.until.isoformat()} is not after from {self.since.isoformat()}")
        if self.compared_from is not None and not (
            self.method == Method.INTERRUPTED and self.compared_from < self.since
        ):
            raise ValueError(f"compared_from {self.compared_from.isoformat()}: expected a time before `from`, with "
                             "method interrupted")  # fmt: skip
        given = [value is not None for value in (self.predicted, self.lower, self.upper)]
        if any(given) != all(given):
            raise ValueError("predicted, lower and upper: expected all three or none")
        told = [value for value in (self.lower, self.predicted, self.upper) if value is not None]
        if told != sorted(told):
            raise ValueError(f"lower {self.lower}, predicted {self.predicted}, upper {self.upper}: expected them in "
                             "this order")  # fmt: skip
        return self


class BasisIn(Schema):
    """What the decision was based on."""

    forecast_id: UUID | None = None
    requirement_id: UUID | None = None
    roster_id: UUID | None = None
    scenario_id: UUID | None = None


class LedgerDecisionIn(Schema):
    """A decision with what it is expected to do. Neither can be changed afterwards."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "kind": "posts",
                    "subject": "six more 101 posts",
                    "what": "Six handlers for 101 alone join the lates from June.",
                    "reason": "101 abandonment between 16:00 and 22:00",
                    "predictions": [
                        {
                            "metric": "abandonment_101",
                            "from": "2026-06-01T00:00:00+01:00",
                            "to": "2026-08-31T00:00:00+01:00",
                            "predicted": -0.03,
                            "lower": -0.045,
                            "upper": -0.015,
                        }
                    ],
                }
            ]
        },
    )

    kind: DecisionKind
    subject: str = Field(min_length=1, max_length=200)
    what: str = Field(min_length=1, max_length=2000, description="What was decided.")
    reason: str | None = Field(None, max_length=2000)
    basis: BasisIn = BasisIn()
    predictions: list[PredictionIn] = Field(min_length=1, max_length=50)


class ScoreOut(Schema):
    """What the calls that came say. `holds`: the estimate lies in the predicted interval; `agrees`: both may be right,
    given how sure each is; both absent where the estimate has no interval of its own."""

    scored_at: datetime
    estimate: float
    lower: float | None
    upper: float | None
    holds: bool
    agrees: bool | None
    details: dict[str, Any]


class PredictionOut(Schema):
    number: int
    metric: Metric
    method: Method
    source: Source
    starts_at: datetime
    ends_at: datetime
    compared_from: datetime | None
    predicted: float
    lower: float
    upper: float
    level: float
    without: float | None = Field(description="What was expected without the decision, where that was said.")
    score: ScoreOut | None = Field(description="The newest; absent until the span is over and recorded.")


class LedgerDecisionOut(Schema):
    """A decision as it was made, and how its predictions turned out."""

    id: UUID
    created_at: datetime
    by: str
    kind: DecisionKind
    subject: str
    what: str
    reason: str | None
    basis: dict[str, Any]
    predictions: list[PredictionOut]


class EvaluationsOut(Schema):
    evaluations: list[LedgerDecisionOut]
    next: UUID | None = Field(description="`cursor` of the next page.")


class CoverageRow(Schema):
    """How often scored predictions' intervals held; `standard_error` were they right and each for itself, `by_decision`
    where those of one decision turn out alike."""

    source: Source
    kind: DecisionKind
    metric: Metric
    method: Method
    stated: float
    n: int
    n_decisions: int
    held: int
    share: float
    agreed: int | None = Field(description="Of predictions whose estimates have intervals of their own.")
    standard_error: float
    by_decision: float | None
    distance: float | None = Field(description="From the stated share, in the larger of both errors.")


class IntervalCoverageOut(Schema):
    rows: list[CoverageRow]
    overall: CoverageRow | None = Field(description="The product's own direct predictions together.")
    waiting: int = Field(description="Predictions that no calls have scored yet.")
    definitions: dict[str, str]
