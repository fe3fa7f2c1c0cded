"""What the metrics and whoever is on call want to know of the whole installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

LIVES_S = 15.0  # since its last heartbeat: what counts as a living worker
_RECENT = timedelta(days=1)
_SOLVED = timedelta(days=7)
_SCORED = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge: its name, what it means, and a value for each combination of its labels."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    values: Sequence[tuple[Sequence[str], float]]


@dataclass(frozen=True, slots=True)
class _Question:
    """A gauge's name and meaning, its labels, and the query of those labels and the value."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    query: str


_QUESTIONS = (
    _Question(
        "runs", "Runs that wait, compute, or were asked for in the last day.", ("kind", "status"),
        "select kind, status, count(*) from runs "
        "where created_at > :recent or status in ('queued', 'running') group by 1, 2",
    ),
    _Question(
        "queue_depth", "Jobs that wait and may begin now.", ("task",),
        "select task_name, count(*) from procrastinate.procrastinate_jobs "
        "where status = 'todo' and (scheduled_at is null or scheduled_at <= :now) group by 1",
    ),
    _Question(
        "queue_oldest_seconds", "How long the run that waits longest has waited [s].", (),
        "select coalesce(extract(epoch from :now - min(created_at)), 0) from runs where status = 'queued'",
    ),
    _Question(
        "workers", "Workers that gave a sign of life within the last 15 seconds.", (),
        # Each takes jobs of two queues, and is on the list for both.
        "select (count(*) + 1) / 2 from procrastinate.procrastinate_workers where last_heartbeat > :lives",
    ),
    _Question(
        "roster_gap", "Greatest gap of a tier, of rosters made in the last week: (objective - bound) over objective.",
        ("force", "tier"),
        "select f.slug, t.key, max((t.value ->> 'gap')::float) from rosters r join forces f on f.id = r.force_id, "
        "jsonb_each(r.certificate -> 'solver') t "
        "where r.created_at > :solved and jsonb_typeof(t.value -> 'gap') = 'number' group by 1, 2",
    ),
    _Question(
        "forecast_coverage_80", "Share of intervals inside their 80% prediction interval, of scored weeks that ended "
        "in the last four.", ("force", "queue"),
        "select f.slug, s.queue, sum(s.inside_80)::float / sum(s.n_intervals) from forecast_scores s "
        "join forces f on f.id = s.force_id where s.ends_at > :scored and s.inside_80 is not null "
        "and s.n_intervals > 0 group by 1, 2",
    ),
)  # fmt: skip


def state(session: Session, now: datetime) -> list[Family]:
    """Every gauge, from one transaction that sees every force."""
    since = {"now": now, "recent": now - _RECENT, "solved": now - _SOLVED, "scored": now - _SCORED,
             "lives": now - timedelta(seconds=LIVES_S)}  # fmt: skip
    found = []
    for asked in _QUESTIONS:
        wanted = {name: moment for name, moment in since.items() if f":{name}" in asked.query}
        rows = session.execute(text(asked.query), wanted)
        values = [([str(label) for label in row[:-1]], float(row[-1])) for row in rows]
        found.append(Family(asked.name, asked.meaning, asked.labels, values))
    return found
