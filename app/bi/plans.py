"""Tables of what was planned: forecasts, requirements, cover of published rosters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, defer

from app.bi.dictionary import CHANGED, LOCAL, QUEUE, START, Column, Row, Scope, Table, Type
from app.forecasts.repository import opened
from app.forecasts.schemas import WHOLE
from app.rosters.states import PUBLISHED
from app.tables import ForecastRow, RequirementRow, RosterChangeRow, RosterRow

_INTERVAL = timedelta(minutes=15)
_LEVELS = (0.1, 0.5, 0.9)
_SKILLS = ("999", "101")
SKILL = Column("skill", Type.TEXT, "", "999: answers 999 first and 101 when free; 101: 101 alone.")


def _inside(scope: Scope, start: datetime, n: int) -> slice:
    """Those of `n` quarter-hours from `start` on that are asked for."""
    first = 0 if scope.since is None else max(-((start - scope.since) // _INTERVAL), 0)
    last = n if scope.until is None else min(-((start - scope.until) // _INTERVAL), n)
    return slice(first, max(first, last))


def _forecast(session: Session, scope: Scope) -> Iterator[Row]:
    """Full and adjusted forecasts, one after another: the arrays of one alone are in memory."""
    row = ForecastRow
    query = select(row.id).where(row.force_id == scope.force_id, row.kind.in_(WHOLE))
    if scope.changed_since is not None:
        query = query.where(row.created_at >= scope.changed_since)
    if scope.since is not None:
        query = query.where(row.ends_at > scope.since)
    if scope.until is not None:
        query = query.where(row.starts_at < scope.until)
    for forecast_id in session.scalars(query.order_by(row.created_at, row.id)).all():
        made = session.scalars(select(row).where(row.id == forecast_id).options(defer(row.arrays))).one()
        yield from _of_forecast(made, scope)
        session.expunge(made)


def _of_forecast(row: ForecastRow, scope: Scope) -> Iterator[Row]:
    stored = opened(row)
    forecast = stored.forecast
    inside = _inside(scope, forecast.start, forecast.intervals)
    quantiles = np.quantile(forecast.paths[..., inside], _LEVELS, axis=0, method="inverted_cdf").astype(int)
    for q, queue in enumerate(forecast.queues):
        means, handling = forecast.mean[q, inside].round(4).tolist(), stored.handling_s[q, inside].round(1).tolist()
        for i, (mean, handling_s) in enumerate(zip(means, handling, strict=True)):
            start = forecast.start + (inside.start + i) * _INTERVAL
            levels = quantiles[:, q, i].tolist()
            yield (str(row.id), queue, start, scope.local(start), row.kind, row.origin, mean, *levels, handling_s,
                   row.created_at)  # fmt: skip


def _requirement(session: Session, scope: Scope) -> Iterator[Row]:
    row = RequirementRow
    query = select(row).where(row.force_id == scope.force_id)
    if scope.changed_since is not None:
        query = query.where(row.created_at >= scope.changed_since)
    for made in session.scalars(query.order_by(row.created_at, row.id).execution_options(yield_per=1)):
        n = (made.ends_at - made.starts_at) // _INTERVAL
        inside = range(n)[_inside(scope, made.starts_at, n)]
        for s, skill in enumerate(_SKILLS):
            predicted = made.columns["service_level_999" if s == 0 else "abandonment_101"]
            for i in inside:
                start = made.starts_at + i * _INTERVAL
                told = (predicted[i], None) if s == 0 else (None, predicted[i])
                yield (str(made.id), skill, start, scope.local(start), str(made.forecast_id),
                       made.columns["seats"][skill][i], made.columns["rostered"][skill][i], *told,
                       made.created_at)  # fmt: skip
        session.expunge(made)


def once_published(scope: Scope, *columns: Any) -> Select[Any]:
    """Rosters that people have been told: identifier, revision, status, when they last changed, and `columns`."""
    row, change = RosterRow, RosterChangeRow
    changed_at = func.coalesce(
        select(func.max(change.created_at)).where(change.roster_id == row.id).scalar_subquery(), row.created_at
    )
    query: Select[Any] = select(row.id, row.revision, row.status, changed_at.label("changed_at")).add_columns(*columns)
    was_told = exists().where(change.roster_id == row.id, change.action == PUBLISHED)
    query = query.where(row.force_id == scope.force_id, was_told).order_by(row.week_start, row.created_at, row.id)
    return query if scope.changed_since is None else query.where(changed_at >= scope.changed_since)


def _cover(session: Session, scope: Scope) -> Iterator[Row]:
    query = once_published(scope, RosterRow.body["coverage"]).execution_options(yield_per=1)
    for roster_id, revision, status, changed_at, coverage in session.execute(query):
        for skill in _SKILLS:
            told: dict[str, Sequence[Any]] = coverage[skill]
            columns = (told["start"], told["required"], told["rostered"], told["on_calls"])
            for start_text, seats, heads, on_calls in zip(*columns, strict=True):
                start = datetime.fromisoformat(start_text)
                is_before = scope.since is not None and start < scope.since
                if is_before or (scope.until is not None and start >= scope.until):
                    continue
                yield (str(roster_id), skill, start, scope.local(start), revision, status, seats, heads, on_calls,
                       changed_at)  # fmt: skip


TABLES = (
    Table(
        "forecast",
        "Expected calls of every full and adjusted forecast: one row for each queue and quarter-hour.",
        ("forecast_id", "queue", "interval_start"),
        (
            Column("forecast_id", Type.TEXT, "", "Which forecast."),
            QUEUE,
            START,
            LOCAL,
            Column("kind", Type.TEXT, "", "full, or adjusted by a planner."),
            Column("origin", Type.INSTANT, "", "Last instant that it knew."),
            Column("mean", Type.NUMBER, "calls", "Expected offered calls."),
            *(
                Column(f"p{level * 100:.0f}", Type.INTEGER, "calls", f"Not exceeded with probability {level}.")
                for level in _LEVELS
            ),
            Column("mean_handling_s", Type.NUMBER, "s", "Expected talk plus wrap-up of a call."),
            CHANGED,
        ),
        _forecast,
    ),
    Table(
        "requirement",
        "Handlers needed on calls by every requirement: one row for each skill and quarter-hour.",
        ("requirement_id", "skill", "interval_start"),
        (
            Column("requirement_id", Type.TEXT, "", "Which requirement."),
            SKILL,
            START,
            LOCAL,
            Column("forecast_id", Type.TEXT, "", "The forecast that it was made from."),
            Column("seats", Type.INTEGER, "handlers", "Needed on calls, before shrinkage."),
            Column("heads", Type.INTEGER, "handlers", "To roster on calls, with shrinkage."),
            Column("service_level_999", Type.NUMBER, "share", "Predicted with these seats; in rows of skill 999."),
            Column("abandonment_101", Type.NUMBER, "share", "Predicted with these seats; in rows of skill 101."),
            CHANGED,
        ),
        _requirement,
    ),
    Table(
        "cover",
        "Heads on calls of every roster that was ever published: one row for each skill and quarter-hour. Of several "
        "rosters of a week the one with status published counts.",
        ("roster_id", "skill", "interval_start"),
        (
            Column("roster_id", Type.TEXT, "", "Which roster."),
            SKILL,
            START,
            LOCAL,
            Column("revision", Type.INTEGER, "", "Of the roster."),
            Column("status", Type.TEXT, "", "published, or superseded."),
            Column("seats_required", Type.INTEGER, "handlers", "Needed on calls, before shrinkage."),
            Column("heads_required", Type.INTEGER, "handlers", "Needed on calls, with shrinkage."),
            Column("on_calls", Type.INTEGER, "handlers", "Rostered on calls."),
            CHANGED,
        ),
        _cover,
    ),
)
