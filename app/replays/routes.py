"""Replays over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from app.access import Importing, Reading
from app.edge.routing import Router
from app.replays import service
from app.replays.schemas import LogOnsOut, ReplayOut
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut
from app.uploads import CsvBody, documented_csv

router = Router(prefix="/v1/forces/{force}/replays", tags=["replays"])

_CALLS = """queue,arrival,wait_s,handling_s,outcome,handler
999,2026-06-01T00:00:07Z,3,310,answered,H017
101,2026-06-01T00:00:41Z,95,,abandoned,
"""
_LOG_ONS = """handler,start,end
H017,2026-06-01T00:00:00Z,2026-06-01T03:30:00Z
H017,2026-06-01T04:15:00Z,2026-06-01T07:00:00Z
"""


@router.post("/log-ons", status_code=201, openapi_extra=documented_csv(_LOG_ONS))
def post_log_ons(work: Importing, file: CsvBody) -> LogOnsOut:
    """Times at which handlers were logged on for calls, for a replay asked for within a day."""
    return service.take_log_ons(work, file)


@router.post("", status_code=202, responses=ACCEPTED, openapi_extra=documented_csv(_CALLS))
def request_replay(
    work: Importing,
    file: CsvBody,
    response: Response,
    log_ons: Annotated[UUID | None, Query(description="Of `.../replays/log-ons`. Default: told by the calls.")] = None,
    break_s: Annotated[
        int, Query(ge=60, le=14_400, description="A handler without a call for longer is taken to be away [s].")
    ] = 900,
    replications: Annotated[int, Query(ge=10, le=1000)] = 100,
    seed: Annotated[int, Query(ge=0, le=2**31 - 1)] = 1,
    idempotency_key: IdempotencyKey = None,
) -> RunOut:
    """Replay a history call by call (at most 92 days): the same calls and handlers in the simulated room and in
    formulas, predicted beside recorded service. Handlers have pseudonyms; telephone numbers, names and free text refuse
    the file. The calls are kept as numbers until the run has ended, then emptied; only figures by hour stay."""
    run = service.request(
        work,
        file,
        log_ons=log_ons,
        break_s=break_s,
        replications=replications,
        seed=seed,
        idempotency_key=idempotency_key,
    )
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("/{replay_id}")
def get_replay(replay_id: UUID | Literal["latest"], work: Reading) -> ReplayOut:
    """Patience, log-ons, errors, and recorded beside predicted service by hour."""
    row = service.find(work.session, work.force.id, None if replay_id == "latest" else replay_id)
    return service.read(work.session, row)
