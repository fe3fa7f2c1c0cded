"""The evaluation run's ends in the database: predictions that are over with the calls that came, and their scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.calls import repository as calls
from app.database import utc_now
from app.evaluations import repository
from app.evaluations.metrics import Metric, by_group, columns_of
from app.evaluations.schemas import DecisionKind, Method
from app.evaluations.service import INTERVAL, history_ends
from app.forces import service as forces
from app.runs.outcome import Stored
from app.tables import DecisionRow, PredictionRow, PredictionScoreRow, RunRow

Floats = NDArray[np.float64]
_WEEK, _YEAR_WEEKS = timedelta(weeks=1), 52


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """A prediction that is over, and the metric as recorded: of `direct` one value, of `interrupted` local days from
    `first_day`, of `paired_weeks` weeks, first those of the year before, (2, weeks). NaN: not recorded in full."""

    decision_id: UUID
    number: int
    method: str
    predicted: float
    lower: float
    upper: float
    level: float
    without: float | None
    values: Floats
    first_day: date
    change: date
    digest: str


@dataclass(frozen=True, slots=True)
class Inputs:
    predictions: tuple[Over, ...]
    unscored: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """`scores` hold the columns of `PredictionScoreRow` by name, but for force, time and run."""

    scores: list[dict[str, Any]]
    unscored: list[dict[str, Any]]


def load(session: Session, run: RunRow) -> Inputs:
    """What is over and has not been scored by the same calls."""
    zone = forces.current_settings(session, run.force_id).settings.zone
    found = repository.ended_by(session, run.force_id, history_ends(session, run.force_id))
    scores = repository.newest_scores(session, {row.decision_id for row, _ in found})
    gone = _superseded(session, run.force_id, [decision for _, decision in found])
    over, unscored = [], []
    for row, decision in found:
        if decision.id in gone and gone[decision.id] <= row.starts_at:
            unscored.append(_left(row, "superseded before it began"))
            continue
        one = _with_actuals(session, row, zone)
        known = scores.get((row.decision_id, row.number))
        if np.isnan(one.values).all():
            unscored.append(_left(row, "not every quarter-hour of it is recorded with what the figure needs"))
        elif known is None or known.actuals_digest != one.digest:
            over.append(one)
    return Inputs(tuple(over), tuple(unscored))


def store(session: Session, run: RunRow, result: Result) -> Stored:
    now = utc_now()
    rows = [PredictionScoreRow(force_id=run.force_id, run_id=run.id, scored_at=now, **one) for one in result.scores]
    repository.add_scores(session, rows)
    reason = None if rows else "no prediction has new or other calls"
    return Stored({"scored": len(rows), "unscored": result.unscored}, None, reason)


def _left(row: PredictionRow, reason: str) -> dict[str, Any]:
    return {"decision_id": str(row.decision_id), "number": row.number, "reason": reason}


def _superseded(session: Session, force_id: UUID, decisions: list[DecisionRow]) -> dict[UUID, datetime]:
    """When the roster of a decision went out of use, by decision."""
    rosters = {
        one.id: UUID(one.basis["roster_id"])
        for one in decisions
        if one.kind == DecisionKind.ROSTER and "roster_id" in one.basis
    }
    ended = repository.superseded_at(session, force_id, set(rosters.values()))
    return {decision: ended[roster] for decision, roster in rosters.items() if roster in ended}


def _with_actuals(session: Session, row: PredictionRow, zone: ZoneInfo) -> Over:
    metric = Metric(row.metric)
    first_day = change = row.starts_at.astimezone(zone).date()
    if row.method == Method.DIRECT:
        values = _metric(session, row.force_id, metric, row.starts_at, row.ends_at, [row.starts_at, row.ends_at])
    elif row.method == Method.INTERRUPTED:
        assert row.compared_from is not None
        first_day, last = row.compared_from.astimezone(zone).date(), row.ends_at.astimezone(zone).date()
        edges = [_midnight(first_day + timedelta(days=n), zone) for n in range((last - first_day).days + 1)]
        values = _metric(session, row.force_id, metric, edges[0], edges[-1], edges)
    else:
        n = round((row.ends_at - row.starts_at) / _WEEK)
        weeks = [[_midnight(change + (k - back) * _WEEK, zone) for k in range(n + 1)] for back in (_YEAR_WEEKS, 0)]
        values = np.array([_metric(session, row.force_id, metric, e[0], e[-1], e) for e in weeks])
    return Over(
        decision_id=row.decision_id,
        number=row.number,
        method=row.method,
        predicted=row.predicted,
        lower=row.lower,
        upper=row.upper,
        level=row.level,
        without=row.without,
        values=values,
        first_day=first_day,
        change=change,
        digest=sha256(values.tobytes()).hexdigest()[:32],
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """As UTC: instants of one zone would be subtracted by their wall clocks."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _metric(
    session: Session, force_id: UUID, metric: Metric, since: datetime, until: datetime, edges: list[datetime]
) -> Floats:
    """The metric between each two of the rising `edges`, from the first to the last one, (edges - 1,)."""
    columns = columns_of(metric)
    n = (until - since) // INTERVAL
    starts, read = calls.read(session, force_id, metric.queue, columns, since=since, until=until)
    at = [(moment - since) // INTERVAL for moment in starts]
    values: Mapping[str, Floats] = {name: np.full(n, np.nan) for name in columns}
    for name in columns:
        values[name][at] = read[name]
    places = np.array([(edge - since) // INTERVAL for edge in edges])
    group = np.searchsorted(places, np.arange(n), side="right") - 1
    return by_group(metric, values, group, len(edges) - 1)
