"""Tables of what came: actuals by quarter-hour, service by local day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Date, Select, cast, func, select
from sqlalchemy.orm import Session

from app.bi.dictionary import CHANGED, LOCAL, QUEUE, START, Column, Row, Scope, Table, Type
from app.calls.history import COLUMNS
from app.tables import IntervalRecordRow

_AT_A_TIME = 5_000  # rows held in memory
_COUNTS = {
    "offered": "Calls that reached the queue.",
    "answered": "Of them answered.",
    "answered_within_threshold": "Answered within the queue's threshold.",
    "answered_10_60s": "Answered after 10 to 60 seconds.",
    "answered_over_60s": "Answered after more than 60 seconds.",
    "abandoned": "Given up by the caller.",
    "abandoned_short": "Given up so soon that the force's rules call it short.",
    "callbacks_offered": "Callers who were offered a call back.",
    "callbacks_accepted": "Of them those who accepted.",
    "callbacks_completed": "Of them those who were reached.",
}
_SECONDS = {
    "talk_s": "Talk and hold, summed over the answered calls.",
    "wrap_s": "Wrap-up, summed over the answered calls.",
    "answered_wait_s": "Waits of the answered calls, summed.",
    "abandoned_wait_s": "Waits of those who gave up, summed.",
}


def _column(name: str) -> Column:
    if name in _COUNTS:
        return Column(name, Type.INTEGER, "calls", _COUNTS[name])
    if name in _SECONDS:
        return Column(name, Type.NUMBER, "s", _SECONDS[name])
    return Column(name, Type.INTEGER, "handlers", "Logged on for calls.")


def _spanned(query: Select[Any], scope: Scope) -> Select[Any]:
    row = IntervalRecordRow
    query = query.where(row.force_id == scope.force_id)
    if scope.since is not None:
        query = query.where(row.interval_start >= scope.since)
    return query if scope.until is None else query.where(row.interval_start < scope.until)


def _actuals(session: Session, scope: Scope) -> Iterator[Row]:
    row = IntervalRecordRow
    key: list[Any] = [row.queue, row.interval_start]
    query: Select[Any] = select(*key)
    query = _spanned(query, scope).add_columns(
        *(getattr(row, name) for name in COLUMNS[2:]), row.source, row.recorded_at
    )
    if scope.changed_since is not None:
        query = query.where(row.recorded_at >= scope.changed_since)
    query = query.order_by(row.interval_start, row.queue).execution_options(yield_per=_AT_A_TIME)
    for queue, start, *values in session.execute(query):
        yield (queue, start, scope.local(start), *values)


def _service(session: Session, scope: Scope) -> Iterator[Row]:
    """Shares and means of days whose quarter-hours all count what they need."""
    row = IntervalRecordRow
    day = cast(func.timezone(scope.zone.key, row.interval_start), Date)
    names = ("answered", "answered_within_threshold", "abandoned", "talk_s", "wrap_s", "answered_wait_s")
    whole: list[Any] = [row.queue, day, func.count(), func.max(row.recorded_at), func.sum(row.offered)]
    query: Select[Any] = select(*whole)
    query = _spanned(query, scope).add_columns(*(func.count(getattr(row, name)) for name in names))
    query = query.add_columns(*(func.sum(getattr(row, name)) for name in names))
    query = query.group_by(row.queue, day).order_by(day, row.queue)
    if scope.changed_since is not None:
        query = query.having(func.max(row.recorded_at) >= scope.changed_since)
    for queue, date, n, changed_at, offered, *figures in session.execute(query):
        counted = zip(names, figures[: len(names)], figures[len(names) :], strict=True)
        told = {name: float(total) if known == n else None for name, known, total in counted}
        answered, handled = told["answered"], told["talk_s"]
        if handled is not None and told["wrap_s"] is not None:
            handled += told["wrap_s"]
        yield (
            queue, date, n, int(offered), _whole(answered), _whole(told["answered_within_threshold"]),
            _whole(told["abandoned"]), _share(told["answered_within_threshold"], offered),
            _share(told["abandoned"], offered), _share(told["answered_wait_s"], answered), _share(handled, answered),
            changed_at,
        )  # fmt: skip


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _share(part: float | None, of: float | None) -> float | None:
    return round(part / float(of), 6) if part is not None and of else None


TABLES = (
    Table(
        "actuals",
        "What the telephony counted, as it is known now: one row for each queue and quarter-hour.",
        ("queue", "interval_start"),
        (
            QUEUE,
            START,
            LOCAL,
            *(_column(name) for name in COLUMNS[2:]),
            Column("source", Type.TEXT, "", "What brought it: `import`, a mapping with its version, `actuals`."),
            CHANGED,
        ),
        _actuals,
    ),
    Table(
        "service",
        "Recorded service by queue and local day. Empty where a quarter-hour of the day does not count it.",
        ("queue", "date"),
        (
            QUEUE,
            Column("date", Type.DATE, "", "Local date."),
            Column(
                "intervals", Type.INTEGER, "quarter-hours", "Recorded; a whole day has 96, at clock changes 92 or 100."
            ),
            Column("offered", Type.INTEGER, "calls", _COUNTS["offered"]),
            Column("answered", Type.INTEGER, "calls", _COUNTS["answered"]),
            Column("answered_within_threshold", Type.INTEGER, "calls", _COUNTS["answered_within_threshold"]),
            Column("abandoned", Type.INTEGER, "calls", _COUNTS["abandoned"]),
            Column("service_level", Type.NUMBER, "share", "Answered within the threshold, of the offered calls."),
            Column("abandonment", Type.NUMBER, "share", "Abandoned, of the offered calls."),
            Column("mean_answer_s", Type.NUMBER, "s", "Mean wait of the answered calls."),
            Column("mean_handling_s", Type.NUMBER, "s", "Mean talk plus wrap-up of the answered calls."),
            CHANGED,
        ),
        _service,
    ),
)
