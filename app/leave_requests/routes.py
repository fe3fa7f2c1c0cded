"""Leave requests over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import Managing, Planning, Reading
from app.leave_requests import service
from app.leave_requests.schemas import (
    DecidedOut,
    DecisionIn,
    LeaveRequestIn,
    LeaveRequestOut,
    LeaveRequestsOut,
    RequestStatus,
)

router = APIRouter(prefix="/v1/forces/{force}/leave-requests", tags=["people"])


@router.post("", status_code=201)
def post_leave_request(body: LeaveRequestIn, work: Planning) -> LeaveRequestOut:
    """Ask for leave. The answer is the evidence: by day the heads short before and after, by the roster that counts,
    else by the requirement against nominal duties; others off; and what is left of the allowance."""
    return service.request(work, body)


@router.get("")
def list_leave_requests(
    work: Reading,
    status: RequestStatus | None = None,
    handler: Annotated[str | None, Query(max_length=40, description="Reference of one handler.")] = None,
) -> LeaveRequestsOut:
    """Requests, newest first, at most 500."""
    return LeaveRequestsOut(requests=service.listed(work.session, work.force.id, status, handler))


@router.get("/{request_id}")
def get_leave_request(request_id: UUID, work: Reading) -> LeaveRequestOut:
    """A request with its evidence and decision."""
    return service.find(work.session, work.force.id, request_id)


@router.post("/{request_id}/approve")
def approve_leave_request(request_id: UUID, body: DecisionIn, work: Managing) -> DecidedOut:
    """Approve a request: its days become the handler's leave. Published duties on them are listed and stand until the
    roster is repaired."""
    return service.approve(work, request_id, body.reason)


@router.post("/{request_id}/decline")
def decline_leave_request(request_id: UUID, body: DecisionIn, work: Managing) -> DecidedOut:
    """Decline a request, with the reason of the decision."""
    return service.decline(work, request_id, body.reason)
