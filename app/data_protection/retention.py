"""What is old is deleted as the force's settings say; a preview tells how much, and what is kept and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.access import Work
from app.audit.repository import add_line
from app.data_protection import repository
from app.data_protection.schemas import RetainedOut, RetentionOut
from app.forces import service as forces

# What no setting deletes.
KEPT = {
    "audit": "append-only: each line proves those before it",
    "force_settings": "every result names the version of the settings that it used",
    "forecasts, requirements, scenarios": "what was believed when; they hold nobody's data",
    "handlers": "replaced by an import, under a pseudonym; a name is erased with DELETE .../handlers/{ref}/name",
    "rosters and their changes": "records of working time, kept for two years at least (Working Time Regulations 1998, "
    "reg. 9); later rosters and certificates name them",
    "runs": "results name the run that made them",
}


def preview(work: Work, now: datetime) -> RetentionOut:
    """How many rows the next night deletes."""
    items = [
        RetainedOut(what=what, before=before, rows=repository.count_older(work.session, work.force.id, what, before))
        for what, before in _limits(work, now)
    ]
    return RetentionOut(deleted=items, kept=KEPT)


def apply(work: Work, now: datetime) -> dict[str, int]:
    """Delete what is too old; a line of the audit tells how much, where there was any."""
    counts = {
        what: repository.delete_older(work.session, work.force.id, what, before) for what, before in _limits(work, now)
    }
    deleted = {what: n for what, n in counts.items() if n}
    if deleted:
        add_line(work.session, force_id=work.force.id, actor_id=work.actor.id, action="retention",
                 subject=f"before {now.date().isoformat()}", rows=deleted)  # fmt: skip
    return deleted


def _limits(work: Work, now: datetime) -> Iterator[tuple[str, datetime]]:
    """What is deleted and from which time on it is kept."""
    retention = forces.current_settings(work.session, work.force.id).settings.retention
    ages = {"calls": retention.calls_days, "run_events": retention.run_events_days, "sessions": retention.sessions_days}
    for what, days in ages.items():
        if days is not None:
            yield what, now - timedelta(days=days)
