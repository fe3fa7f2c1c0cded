"""What is held of a handler, over HTTP."""

from __future__ import annotations

from app.access import Administering, Managing, Planning
from app.data_protection import retention, service
from app.data_protection.schemas import NameIn, NameOut, RetentionOut, SubjectAccessOut
from app.database import utc_now
from app.edge.routing import Router
from app.people.schemas import HandlerRef

router = Router(prefix="/v1/forces/{force}", tags=["data protection"])

NAME = "/handlers/{ref}/name"


@router.put(NAME)
def put_handler_name(ref: HandlerRef, body: NameIn, work: Planning) -> NameOut:
    """Give a handler a name. It stands apart from everything else, which knows the pseudonym alone."""
    return service.set_name(work, ref, body)


@router.get(NAME)
def get_handler_name(ref: HandlerRef, work: Planning) -> NameOut:
    """The handler's name, where one was given and not erased."""
    return service.get_name(work, ref)


@router.delete(NAME, status_code=204)
def erase_handler_name(ref: HandlerRef, work: Planning) -> None:
    """Erase the handler's name. Rosters and the audit keep the pseudonym, which then leads to nobody."""
    service.erase_name(work, ref)


@router.get("/handlers/{ref}/subject-access")
def get_subject_access(ref: HandlerRef, work: Administering) -> SubjectAccessOut:
    """Everything that is held on the handler, for a subject access request (UK GDPR, article 15)."""
    return service.subject_access(work, ref)


@router.get("/retention/preview")
def preview_retention(work: Managing) -> RetentionOut:
    """How much the next night deletes by the force's settings (`retention`); what is never deleted, and why."""
    return retention.preview(work, utc_now())
