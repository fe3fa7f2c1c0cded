"""The list of rosters: what each is, how good it is, who told people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.rosters.service import RosterSummary
from app.web.roster_life import terms


@dataclass(frozen=True, slots=True)
class Line:
    """A roster of the list; service shares are means of the simulated weeks, None where it was not simulated; broken :
    how often it breaks rules, empty where it breaks none."""

    id: UUID
    weeks: str
    mode: str
    status: tuple[str, str]
    made_at: datetime
    gap: str
    broken: str
    service_level_999: float | None
    meets_999: bool | None
    abandonment_101: float | None
    meets_101: bool | None
    published_by: str | None
    published_at: datetime | None


def lines(summaries: Sequence[RosterSummary]) -> list[Line]:
    """In the order of the list."""
    return [_line(one) for one in summaries]


def _line(one: RosterSummary) -> Line:
    service = one.figures.service or {}
    level, target_999 = _mean(service, "999", "service_level"), service.get("999", {}).get("target")
    lost, target_101 = _mean(service, "101", "abandonment"), service.get("101", {}).get("target")
    entry = one.entry
    return Line(
        id=entry.id,
        weeks=terms.weeks_of(entry.week_start, entry.weeks),
        mode=terms.MODES.get(entry.mode, entry.mode),
        status=terms.STATUSES[entry.status],
        made_at=entry.created_at,
        gap=terms.gap_words((one.figures.solver or {}).get("service")),
        broken=terms.broken(one.figures.n_violations) if one.figures.n_violations else "",
        service_level_999=level,
        meets_999=None if level is None or target_999 is None else level >= target_999,
        abandonment_101=lost,
        meets_101=None if lost is None or target_101 is None else lost <= target_101,
        published_by=one.published_by,
        published_at=one.published_at,
    )


def _mean(service: dict[str, Any], queue: str, figure: str) -> float | None:
    value: float | None = service.get(queue, {}).get(figure, {}).get("mean")
    return value
