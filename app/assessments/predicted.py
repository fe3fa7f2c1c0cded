"""What an accepted proposal is expected to do, as the evaluation ledger keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.access import Work
from app.evaluations import service as evaluations
from app.evaluations.metrics import Metric
from app.evaluations.schemas import DecisionKind, Method, Source
from app.evaluations.service import Said
from app.tables import AssessmentRow

_SPAN = timedelta(weeks=12)  # for which a lasting change is expected to show what its weeks were assessed to
_90_OF_95 = 1.644854 / 1.959964  # half-widths of a normal's two-sided intervals
_METRICS = (Metric.SERVICE_LEVEL_999, Metric.ABANDONMENT_101)


def enter(work: Work, row: AssessmentRow, decision: str, reason: str) -> None:
    """Keep what the proposal, or of a conditional decision its alternative, is expected to change from its weeks on.

    A day of leave or a swap is kept without a prediction: a single day tells nothing of a change.
    """
    figures = row.figures if decision == "accept" else row.figures["alternative"]
    if figures is None:
        return
    lasts = row.kind in ("flexible_working", "pattern")
    evaluations.enter(
        work,
        DecisionKind.ASSESSMENT,
        subject=f"{row.kind.replace('_', ' ')}, assessment {row.id}",
        what="as proposed" if decision == "accept" else figures["told"],
        reason=reason,
        basis={"assessment_id": row.id},
        said=_said(figures["service"], datetime.fromisoformat(row.figures["span"]["from"])) if lasts else [],
    )


def _said(service: dict[str, Any], start: datetime) -> list[Said]:
    """The change of each metric, with its 90% interval."""
    said = []
    for metric in _METRICS:
        figure = service[metric.value]
        if figure["difference"] is None or figure["difference_half"] is None:
            continue
        predicted, half = figure["difference"], figure["difference_half"] * _90_OF_95
        said.append(
            Said(
                metric=metric,
                method=Method.INTERRUPTED,
                source=Source.PRODUCT,
                starts_at=start,
                ends_at=start + _SPAN,
                predicted=predicted,
                lower=predicted - half,
                upper=predicted + half,
                compared_from=start - _SPAN,
            )
        )
    return said
