"""Assessments over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from app.access import Managing, Planning
from app.assessments import decide, service
from app.assessments.schemas import AssessmentDecisionIn, AssessmentDecisionOut, AssessmentOut, AssessmentsOut, Proposal
from app.edge.routing import Router
from app.pages import PAGED, Paging
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}/assessments", tags=["assessments"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_assessment(
    body: Proposal, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Assess a proposed shift pattern, a flexible-working application, one day's leave or a swap: service, people and
    cost without and with it, rules broken, evidence on the statutory grounds, the nearest alternative that would do.
    What breaks a rule is assessed as well, and says which."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("", responses=PAGED)
def list_assessments(
    work: Planning,
    paging: Paging,
    kind: Annotated[Literal["pattern", "flexible_working", "leave", "swap"] | None, Query()] = None,
) -> AssessmentsOut:
    """The stored assessments with what was decided on them, newest first; of applications the time that is left."""
    return paging.linked(service.page(work.session, work.force.id, kind=kind, cursor=paging.cursor, size=paging.size))


@router.get("/{assessment_id}")
def get_assessment(assessment_id: UUID, work: Planning) -> AssessmentOut:
    """An assessment as it was computed, and the decisions on it. It names a person and what they asked for: planners
    and managers read it."""
    return service.read(work.session, service.find(work.session, work.force.id, assessment_id))


@router.post("/{assessment_id}/decision", status_code=201)
def decide_assessment(assessment_id: UUID, body: AssessmentDecisionIn, work: Managing) -> AssessmentDecisionOut:
    """Record what a manager decided. To decline an application needs a statutory ground and the day on which whoever
    made it was consulted; one appeal may follow. `apply` changes the handlers as assessed, unless they have changed
    since. The prediction stays as it was."""
    return decide.decide(work, assessment_id, body)
