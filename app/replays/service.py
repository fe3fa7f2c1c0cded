"""Replays: files taken in as numbers, computed as runs, read back; calls one by one do not outlive their run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import NotFound
from app.forces import service as forces
from app.replays import repository
from app.replays.parse import read_call_file, read_log_on_file
from app.replays.schemas import LogOnsOut, ReplayOut
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import ReplayFileRow, ReplayRow

HOUR = timedelta(hours=1)
_UNUSED = timedelta(days=1)
_SURE = 3.0  # highest over lowest mean patience up to which single calls tell more than totals


def take_log_ons(work: Work, file: BinaryIO) -> LogOnsOut:
    """Keep log-ons for a replay that is asked for within a day."""
    packed = read_log_on_file(file, now=utc_now())
    tidy(work.session)
    row = ReplayFileRow(
        id=new_id(), force_id=work.force.id, created_at=utc_now(), kind="log_ons", content=packed.content, run_id=None
    )
    repository.add_file(work.session, row)
    return LogOnsOut(id=row.id, spells=packed.rows, first=packed.first, last=packed.last)


def request(
    work: Work,
    file: BinaryIO,
    *,
    log_ons: UUID | None,
    break_s: int,
    replications: int,
    seed: int,
    idempotency_key: str | None = None,
) -> RunOut:
    """Queue a replay of the calls in `file`."""
    session, force_id = work.session, work.force.id
    packed = read_call_file(file, now=utc_now())
    asked = {
        "calls": packed.digest,
        "log_ons": None if log_ons is None else str(log_ons),
        "break_s": break_s,
        "replications": replications,
        "seed": seed,
    }
    earlier = runs.earlier(work, "replay", asked, idempotency_key)
    if earlier is not None:
        return earlier
    tidy(session)
    if log_ons is not None and repository.file(session, force_id, log_ons, "log_ons") is None:
        raise NotFound(f"log-ons {log_ons} are not here: POST them to .../replays/log-ons, at most a day before")
    file_id = new_id()
    inputs = {
        "file_id": str(file_id),
        "log_ons": asked["log_ons"],
        "break_s": break_s,
        "replications": replications,
        "settings_version": forces.current_settings(session, force_id).version,
    }
    run = runs.request(work, "replay", asked, inputs, seed, idempotency_key)
    repository.add_file(
        session,
        ReplayFileRow(
            id=file_id, force_id=force_id, created_at=utc_now(), kind="calls", content=packed.content, run_id=run.id
        ),
    )
    if log_ons is not None:
        repository.assign(session, force_id, log_ons, run.id)
    add_line(
        session,
        force_id=force_id,
        actor_id=work.actor.id,
        action="calls one by one taken in",
        subject=f"replay run {run.id}",
        calls=packed.rows,
    )
    return run


def tidy(session: Session) -> None:
    """Empty what no run needs any more, of the forces that the session sees."""
    repository.empty_leftovers(session, unused_since=utc_now() - _UNUSED)


def find(session: Session, force_id: UUID, replay_id: UUID | None) -> ReplayRow:
    """The replay, or the newest where no identifier is given. Raises `NotFound`."""
    row = repository.find(session, force_id, replay_id)
    if row is None:
        raise NotFound(
            "no replay yet: POST calls to .../replays" if replay_id is None else f"replay {replay_id} is unknown"
        )
    return row


def callers(session: Session, force_id: UUID, since: datetime, until: datetime) -> dict[str, dict[str, Any]]:
    """Patience and balking by queue as single calls between these times show them: `mean_s`, `lower_s`, `upper_s`,
    `level` and `shape` of the law that fits best, `balking` with `share`, `lower` and `upper`, and the `source` in
    words. Queues whose calls say too little, or nothing certain, are absent."""
    row = repository.newest_within(session, force_id, since, until)
    found: dict[str, dict[str, Any]] = {}
    for queue, told in ({} if row is None else row.description["patience"]).items():
        law = next((law for law in told["laws"] if law["law"] == told.get("best")), None)
        if row is not None and law is not None and 0 < law["upper_s"] <= _SURE * law["lower_s"]:
            source = f"single calls of replay {row.id} from {row.starts_at:%Y-%m-%d}, {law['law']} patience"
            found[queue] = law | {"balking": told["balking"], "source": source}
    return found


def read(session: Session, row: ReplayRow) -> ReplayOut:
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    return ReplayOut(
        id=row.id,
        run_id=row.run_id,
        created_at=row.created_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        settings_version=row.settings_version,
        synthetic=settings.synthetic,
        start=[row.starts_at + i * HOUR for i in range((row.ends_at - row.starts_at) // HOUR)],
        **row.description,
        **row.columns,
    )
