"""The score run's ends in the database: which weeks of which forecasts are known by now, and their scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.accuracy import repository, service
from app.calls import repository as calls
from app.calls.service import INTERVAL
from app.database import utc_now
from app.runs.outcome import Stored
from app.tables import ForecastRow, ForecastScoreRow, RunRow
from forecasting.calendar import Calendar

_MOST_FORECASTS = 25  # in one run; a run follows for what is left


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """A lead week (1 is the first) of one queue with the calls that came, (intervals,), NaN where none are recorded."""

    queue: str
    lead_week: int
    starts_at: datetime
    ends_at: datetime
    actual: NDArray[np.float64]
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class Forecasted:
    """A forecast as it is stored, with the weeks of it to score."""

    id: UUID
    origin: datetime
    starts_at: datetime
    description: dict[str, Any]
    arrays: bytes
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    forecasts: tuple[Forecasted, ...]
    is_all: bool  # False where more forecasts wait than one run takes


@dataclass(frozen=True, slots=True)
class Result:
    """`scores` hold the columns of `ForecastScoreRow` by name, but for force and time."""

    scores: list[dict[str, Any]]
    is_all: bool


def load(session: Session, run: RunRow) -> Inputs:
    """The weeks that end inside the history and whose calls are not those that were scored last."""
    spans = {queue: last + INTERVAL for queue, (_, last, _) in calls.span(session, run.force_id).items()}
    since, until = (_instant(run.inputs[name]) for name in ("since", "until"))
    rows = repository.forecasts_within(session, run.force_id, since, until)
    scored = repository.newest_digests(session, run.force_id, [row.id for row in rows])
    actuals = _Actuals(session, run.force_id, rows)
    found: list[Forecasted] = []
    for row in rows:
        weeks = tuple(
            week
            for week in _known_weeks(row, spans, actuals)
            if scored.get((row.id, week.queue, week.lead_week)) != week.digest
        )
        if weeks and len(found) == _MOST_FORECASTS:
            return Inputs(tuple(found), is_all=False)
        if weeks:
            found.append(Forecasted(row.id, row.origin, row.starts_at, row.description, row.arrays, weeks))
    return Inputs(tuple(found), is_all=True)


def store(session: Session, run: RunRow, result: Result) -> Stored:
    now = utc_now()
    rows = [ForecastScoreRow(force_id=run.force_id, scored_at=now, **score) for score in result.scores]
    repository.add(session, rows)
    if not result.is_all:
        service.follow(session, run)
    weeks = {(score["forecast_id"], score["queue"], score["lead_week"]) for score in result.scores}
    reason = None if weeks else "no week of a forecast has new or other calls"
    return Stored({"weeks_scored": len(weeks), "forecasts": len({w[0] for w in weeks})}, None, reason)


_BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


class _Actuals:
    """Offered calls of the time that `forecasts` cover, read once a queue."""

    def __init__(self, session: Session, force_id: UUID, forecasts: list[ForecastRow]) -> None:
        self.session, self.force_id = session, force_id
        self.start = min((row.starts_at for row in forecasts), default=_BEGINNING)
        self.end = max((row.ends_at for row in forecasts), default=_BEGINNING)
        self.values: dict[str, NDArray[np.float64]] = {}

    def of(self, queue: str, start: datetime, end: datetime) -> NDArray[np.float64]:
        if queue not in self.values:
            starts, columns = calls.read(
                self.session, self.force_id, queue, ("offered",), since=self.start, until=self.end
            )
            values = np.full((self.end - self.start) // INTERVAL, np.nan)
            values[[(moment - self.start) // INTERVAL for moment in starts]] = columns["offered"]
            self.values[queue] = values
        return self.values[queue][(start - self.start) // INTERVAL : (end - self.start) // INTERVAL]


def _known_weeks(row: ForecastRow, spans: dict[str, datetime], actuals: _Actuals) -> Iterator[Week]:
    """Weeks of the forecast that end inside a queue's history and began after the last call that it could know."""
    known_until = _instant(row.inputs.get("known_until")) or row.origin
    for lead_week, (start, end) in enumerate(_lead_weeks(row), start=1):
        for queue in row.description["queues"]:
            if start >= known_until and end <= spans.get(queue, _BEGINNING):
                actual = actuals.of(queue, start, end)
                yield Week(queue, lead_week, start, end, actual, sha256(actual.tobytes()).hexdigest()[:32])


def _lead_weeks(row: ForecastRow) -> Iterator[tuple[datetime, datetime]]:
    """Spans of seven days by the wall clock from the start on; the rest of a day is a first week of its own."""
    calendar = Calendar(row.description["timezone"], None, None)
    start, week = row.starts_at, 1
    while start < row.ends_at:
        end = min(calendar.weeks_later(row.starts_at, week), row.ends_at)
        yield start, end
        start, week = end, week + 1


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
