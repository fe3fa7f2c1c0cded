"""Leave requests over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.access import Explaining, Managing, Reading
from app.edge.routing import Router
from app.leave_requests import service
from app.leave_requests.schemas import (
    DecidedOut,
    LeaveDecisionIn,
    LeaveRequestIn,
    LeaveRequestOut,
    LeaveRequestsOut,
    LeaveWithdrawIn,
    RequestStatus,
)
from app.people.schemas import HandlerRef

router = Router(prefix="/v1/forces/{force}", tags=["people"])


@router.post("/leave-requests", status_code=201)
def post_leave_request(body: LeaveRequestIn, work: Explaining) -> LeaveRequestOut:
    """Ask for leave. The answer is the evidence: by day the heads short before and after, by the roster that counts,
    else by the requirement against nominal duties; others off; and what is left of the allowance. A handler's own key
    asks for its handler alone."""
    return service.request(work, body)


@router.get("/leave-requests")
def list_leave_requests(
    work: Reading,
    status: RequestStatus | None = None,
    handler: Annotated[str | None, Query(max_length=40, description="Reference of one handler.")] = None,
) -> LeaveRequestsOut:
    """Requests, newest first, of at most 500; to a supervisor whose own team is known, that team's."""
    return LeaveRequestsOut(requests=service.listed_to(work, status, handler))


@router.get("/handlers/{ref}/leave-requests")
def list_own_leave_requests(ref: HandlerRef, work: Explaining) -> LeaveRequestsOut:
    """One handler's requests, newest first, at most 500. A handler's own key sees its handler alone."""
    return LeaveRequestsOut(requests=service.own(work, ref))


@router.get("/leave-requests/{request_id}")
def get_leave_request(request_id: UUID, work: Reading) -> LeaveRequestOut:
    """A request with its evidence and decision."""
    return service.find_own(work, request_id)


@router.post("/leave-requests/{request_id}/approve")
def approve_leave_request(request_id: UUID, body: LeaveDecisionIn, work: Managing) -> DecidedOut:
    """Approve a request: its days become the handler's leave. Published duties on them are listed and stand until the
    roster is repaired."""
    return service.approve(work, request_id, body.reason)


@router.post("/leave-requests/{request_id}/decline")
def decline_leave_request(request_id: UUID, body: LeaveDecisionIn, work: Managing) -> DecidedOut:
    """Decline a request, with the reason of the decision."""
    return service.decline(work, request_id, body.reason)


@router.post("/leave-requests/{request_id}/withdraw")
def withdraw_leave_request(request_id: UUID, body: LeaveWithdrawIn, work: Explaining) -> LeaveRequestOut:
    """Take an open request back; an approved one a manager may, and its days are no leave any more. A handler's own key
    withdraws its handler's alone."""
    return service.withdraw(work, request_id, body.reason)
