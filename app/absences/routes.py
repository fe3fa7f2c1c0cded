"""Absences, and options for heads that are missing today, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response

from app.absences import look, publish, service
from app.absences.schemas import (
    AbsenceIn,
    AbsenceOut,
    AbsencesOut,
    AbsenceStatus,
    AgainIn,
    ChoiceIn,
    ChosenOut,
    EndIn,
    OptionsOut,
    WeakIn,
)
from app.access import Repairing
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.rosters import service as rosters
from app.rosters.routes import TAGGED
from app.runs.routes import ACCEPTED, IdempotencyKey

router = Router(prefix="/v1/forces/{force}", tags=["same day"])

IfMatch = Annotated[
    str | None, Header(max_length=1000, description="ETag of the roster, answered with the options; obligatory.")
]


@router.post("/absences", status_code=202, responses=ACCEPTED)
def tell_absence(
    body: AbsenceIn, work: Repairing, response: Response, idempotency_key: IdempotencyKey = None
) -> AbsenceOut:
    """Somebody is away, told now: kept without a reason, counted as leave by later rosters, and answered with a run
    that ranks what can be done in the next hours. Options appear at `GET .../absences/{id}` within seconds."""
    return _followed(service.tell(work, body, idempotency_key), response)


@router.get("/absences")
def list_absences(
    work: Repairing,
    status: AbsenceStatus | None = None,
    handler: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AbsencesOut:
    """Absences, the latest first."""
    return look.listed(work, status, handler, limit)


@router.get("/absences/{absence_id}", responses=TAGGED)
def get_absence(absence_id: UUID, work: Repairing, response: Response) -> AbsenceOut:
    """An absence with its options so far: ranked by the staffing tables first, then with their simulated effect."""
    found = look.read(work, absence_id)
    if found.roster_id is not None:
        response.headers["ETag"] = look.roster_etag(work, found.roster_id)
    return found


@router.post("/absences/{absence_id}/options", status_code=202, responses=ACCEPTED)
def ask_again(
    absence_id: UUID, body: AgainIn, work: Repairing, response: Response, idempotency_key: IdempotencyKey = None
) -> AbsenceOut:
    """Options of an absence anew, as the roster stands now."""
    return _followed(service.again(work, absence_id, body, idempotency_key), response)


@router.post("/absences/{absence_id}/end")
def end_absence(absence_id: UUID, body: EndIn, work: Repairing) -> AbsenceOut:
    """Note when somebody is back, sooner or later than was told."""
    return service.end(work, absence_id, body)


@router.post("/absences/{absence_id}/withdraw")
def withdraw_absence(absence_id: UUID, work: Repairing) -> AbsenceOut:
    """Take an absence back: it counts no longer. A repair that was published stands."""
    return service.withdraw(work, absence_id)


@router.post("/absences/{absence_id}/options/{option}/publish", responses=TAGGED | EDIT_RESPONSES)
def publish_option(
    absence_id: UUID, option: str, body: ChoiceIn, work: Repairing, response: Response, if_match: IfMatch = None
) -> ChosenOut:
    """Publish an option, or `accept`: the published roster's next revision. A supervisor may within what the force's
    settings delegate (`same_day`), a manager always."""
    return _tagged(publish.of_absence(work, absence_id, option, if_match, body), response)


@router.post("/options", status_code=202, responses=ACCEPTED)
def ask_for_options(
    body: WeakIn, work: Repairing, response: Response, idempotency_key: IdempotencyKey = None
) -> OptionsOut:
    """The same options for an interval in which heads are missing though nobody is away."""
    asked = service.weak(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{asked.run_id}"
    return asked


@router.get("/options/{options_id}", responses=TAGGED)
def get_options(options_id: UUID, work: Repairing, response: Response) -> OptionsOut:
    """Options so far."""
    found = look.read_options(work, options_id)
    response.headers["ETag"] = look.roster_etag(work, found.roster_id)
    return found


@router.post("/options/{options_id}/{option}/publish", responses=TAGGED | EDIT_RESPONSES)
def publish_weak_option(
    options_id: UUID, option: str, body: ChoiceIn, work: Repairing, response: Response, if_match: IfMatch = None
) -> ChosenOut:
    """Publish an option for a weak interval, as one of an absence."""
    return _tagged(publish.of_options(work, options_id, option, if_match, body), response)


def _followed(told: AbsenceOut, response: Response) -> AbsenceOut:
    if told.options is not None:
        response.headers["Location"] = f"/v1/runs/{told.options.run_id}"
    return told


def _tagged(chosen: ChosenOut, response: Response) -> ChosenOut:
    response.headers["ETag"] = rosters.tag(chosen.roster.id, chosen.roster.revision)
    return chosen
