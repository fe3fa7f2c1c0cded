"""A published roster's daily results as predictions of the evaluation ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.evaluations.metrics import Metric
from app.evaluations.schemas import Method, Source
from app.evaluations.service import Said
from app.tables import RosterRow

_METRICS = (Metric.SERVICE_LEVEL_999, Metric.ABANDONMENT_101)


def predictions_of(row: RosterRow, zone: ZoneInfo) -> list[Said]:
    """999 within its threshold and 101 abandoned of each local day; none of a roster that was edited after it was
    simulated, or never was."""
    daily = row.body.get("daily") or {}
    said = []
    for place, text in enumerate(daily.get("dates", ())):
        day = date.fromisoformat(text)
        start, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
        for metric in _METRICS:
            lower, median, upper = (daily[metric.value][name][place] for name in ("lower", "median", "upper"))
            if median is not None:
                said.append(Said(metric, Method.DIRECT, Source.PRODUCT, start, end, median, lower, upper))
    return said
