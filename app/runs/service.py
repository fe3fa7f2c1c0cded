"""Runs: requested, looked at, cancelled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound
from app.forces import repository as forces
from app.runs import queue, repository
from app.runs.schemas import RunEvent, RunOut, RunStatus
from app.tables import RunRow
from app.versions import versions

PERSONAL = frozenset({"assessment"})  # kinds whose inputs tell what a person has asked for


def earlier(work: Work, kind: str, asked: dict[str, Any], idempotency_key: str | None) -> RunOut | None:
    """The run that this idempotency key has asked for already, whatever was stored since; None where there is none.

    Raises `Conflict` where the key was used for something else.
    """
    if idempotency_key is None:
        return None
    run = repository.with_idempotency_key(work.session, work.force.id, idempotency_key)
    if run is None:
        return None
    if (run.kind, run.inputs["asked"]) != (kind, asked):
        raise Conflict(f"Idempotency-Key {idempotency_key!r} was used for another request: choose a new one")
    return describe(work.session, run)


def request(
    work: Work,
    kind: str,
    asked: dict[str, Any],
    inputs: dict[str, Any],
    seed: int,
    idempotency_key: str | None = None,
) -> RunOut:
    """Queue a run, in the transaction of the request: what was `asked`, and the `inputs` that this came to."""
    run = RunRow(
        id=new_id(),
        force_id=work.force.id,
        kind=kind,
        status=RunStatus.QUEUED,
        progress=0.0,
        seed=seed,
        inputs=inputs | {"asked": asked},
        versions=versions(),
        attempt=0,
        cancel_requested=False,
        idempotency_key=idempotency_key,
        actor_id=work.actor.id,
        created_at=utc_now(),
    )
    repository.add(work.session, run)
    repository.add_event(work.session, work.force.id, run.id, "queued", {})
    queue.enqueue(work.session, work.force.id, run.id)
    return describe(work.session, run)


def get(session: Session, run_id: UUID) -> RunRow:
    run = repository.find(session, run_id)
    if run is None:
        raise NotFound(f"run {run_id} does not exist here")
    return run


def describe(session: Session, run: RunRow) -> RunOut:
    return RunOut(
        id=run.id,
        force=forces.by_id(session, run.force_id).slug,
        kind=run.kind,
        status=RunStatus(run.status),
        outcome=run.outcome,
        reason=run.reason,
        progress=run.progress,
        phase=run.phase,
        seed=run.seed,
        inputs=run.inputs,
        versions=run.versions,
        result=run.result,
        attempt=run.attempt,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


def cancel(session: Session, run_id: UUID) -> RunRow:
    """Stop the run: at once where it waits, within a second where it computes. A finished run stays as it is."""
    get(session, run_id)
    run = repository.locked(session, run_id)
    if repository.is_finished(run):
        return run
    run.cancel_requested = True
    if run.status == RunStatus.QUEUED:
        run.status, run.finished_at, run.reason = RunStatus.CANCELLED, utc_now(), "cancelled before it started"
        repository.add_event(session, run.force_id, run.id, "cancelled", {"reason": run.reason})
    return run


def events_after(session: Session, run_id: UUID, last_seen: int) -> tuple[list[RunEvent], bool]:
    """Events after `last_seen`, and whether the run has ended so that no more will come."""
    finished = repository.is_finished(get(session, run_id))
    rows = repository.events_after(session, run_id, last_seen)
    return [RunEvent(id=row.id, at=row.at, kind=row.kind, data=row.data) for row in rows], finished
