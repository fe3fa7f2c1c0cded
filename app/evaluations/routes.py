"""The evaluation ledger over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.evaluations import service
from app.evaluations.schemas import (
    DecisionKind,
    EvaluationsOut,
    IntervalCoverageOut,
    LedgerDecisionIn,
    LedgerDecisionOut,
)
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}", tags=["evaluations"])


@router.post("/decisions", status_code=201)
def enter_decision(body: LedgerDecisionIn, work: Planning) -> LedgerDecisionOut:
    """Keep a decision with what it is expected to do, for ever. Adjusted forecasts, published rosters and
    decided assessments enter themselves. A span that is recorded already is refused: what is known is not predicted."""
    return service.decide(work, body)


@router.get("/evaluations")
def list_evaluations(
    work: Reading,
    kind: DecisionKind | None = None,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EvaluationsOut:
    """Decisions, newest first, each prediction beside what the calls that came say of it."""
    return service.page(work.session, work.force.id, kind=kind, cursor=cursor, size=limit)


@router.get("/evaluations/coverage")
def get_coverage(work: Reading) -> IntervalCoverageOut:
    """How often predicted 90% intervals held: the product's own, scenarios' and people's, apart."""
    return service.coverage(work.session, work.force.id)


@router.post("/evaluations/scores", status_code=202, responses=ACCEPTED)
def score_evaluations(work: Planning, response: Response, idempotency_key: IdempotencyKey = None) -> RunOut:
    """Score predictions whose span is over. An import of calls does it too; a score that nothing has changed is not
    made again."""
    run = service.require_scores(work, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("/evaluations/{decision_id}")
def get_evaluation(decision_id: UUID, work: Reading) -> LedgerDecisionOut:
    """One decision, its predictions and their scores."""
    return service.find(work.session, work.force.id, decision_id)
