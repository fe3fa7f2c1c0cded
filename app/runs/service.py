"""Runs: requested, looked at, cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Desk, Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound
from app.forces import repository as forces
from app.identity.roles import Permission
from app.runs import queue, repository
from app.runs.schemas import RunEntry, RunEvent, RunOut, RunsOut, RunStatus
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
        n_deaths=0,
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
    return RunOut(**_told(RunOut, run, forces.slugs(session, {run.force_id})))


def page(
    session: Session, *, force: str | None, kind: str | None, status: RunStatus | None, cursor: UUID | None, size: int
) -> RunsOut:
    """Runs that the session may see, newest first, from the one after `cursor`. Raises `Invalid` for a cursor that is
    none, `NotFound` for a force that is not to be seen."""
    found = None if force is None else forces.find(session, force)
    if force is not None and found is None:
        raise NotFound(f"force {force!r} does not exist here: see GET /v1/forces")
    force_id = None if found is None else found.id
    rows, following = repository.page(session, force_id, kind, status, cursor, size)
    slugs = forces.slugs(session, {row.force_id for row in rows})
    return RunsOut(runs=[RunEntry(**_told(RunEntry, row, slugs)) for row in rows], next=following)


def reasons(work: Work, entries: Sequence[RunEntry]) -> dict[UUID, str | None]:
    """Why these runs ended as they did; of those that tell what a person asked for to planners alone."""
    may_know_all = work.actor.may(Permission.PLAN)
    return repository.reasons(work.session, [one.id for one in entries if may_know_all or one.kind not in PERSONAL])


def _told(schema: type[RunEntry], run: RunRow, slugs: Mapping[UUID, str]) -> dict[str, Any]:
    return {name: getattr(run, name) for name in schema.model_fields if name != "force"} | {
        "force": slugs[run.force_id]
    }


def cancel(session: Session, run: RunRow) -> None:
    """Stop the run, locked: at once where it waits, within a second where it computes. A finished run stays as it
    is."""
    if repository.is_finished(run):
        return
    run.cancel_requested = True
    if run.status == RunStatus.RUNNING and run.job_id is not None:
        queue.abort(session, run.job_id)
    if run.status == RunStatus.QUEUED:
        run.status, run.finished_at, run.reason = RunStatus.CANCELLED, utc_now(), "cancelled before it started"
        repository.add_event(session, run.force_id, run.id, "cancelled", {"reason": run.reason})


def cancel_for(desk: Desk, run_id: UUID) -> RunRow:
    """As `cancel`, with a line of the audit where it changed anything."""
    get(desk.session, run_id)
    run = repository.locked(desk.session, run_id)
    before = _cancellation(run)
    cancel(desk.session, run)
    after = _cancellation(run)
    if after != before:
        add_line(desk.session, force_id=run.force_id, actor_id=desk.actor.id, action="run cancelled",
                 subject=str(run.id), kind=run.kind, before=before, after=after)  # fmt: skip
    return run


def _cancellation(run: RunRow) -> dict[str, Any]:
    return {"status": str(run.status), "cancel_requested": run.cancel_requested}


def events_after(session: Session, run_id: UUID, last_seen: int) -> tuple[list[RunEvent], bool]:
    """Events after `last_seen`, and whether the run has ended so that no more will come."""
    finished = repository.is_finished(get(session, run_id))
    rows = repository.events_after(session, run_id, last_seen)
    return [RunEvent(id=row.id, at=row.at, kind=row.kind, data=row.data) for row in rows], finished
