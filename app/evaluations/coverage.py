"""How often predicted intervals held: plain counting, with errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import stdev
from uuid import UUID

from app.evaluations.metrics import Metric
from app.evaluations.schemas import LEVEL, CoverageRow, DecisionKind, Method, Source

_FEWEST_DECISIONS = 2


@dataclass(frozen=True, slots=True)
class Scored:
    """One scored prediction."""

    source: Source
    kind: DecisionKind
    metric: Metric
    method: Method
    decision: UUID
    holds: bool
    agrees: bool | None


def _group(one: Scored) -> tuple[str, str, str, str]:
    return one.source, one.kind, one.metric, one.method


def coverage_rows(found: Sequence[Scored]) -> list[CoverageRow]:
    """A row for each source, kind, metric and method."""
    return [_row(list(part)) for _, part in groupby(sorted(found, key=_group), key=_group)]


def overall(found: Sequence[Scored]) -> CoverageRow | None:
    """The product's own direct predictions of daily results together, shown as those of rosters; None without any."""
    own = [
        one
        for one in found
        if (one.source, one.kind, one.method) == (Source.PRODUCT, DecisionKind.ROSTER, Method.DIRECT)
    ]
    return _row(own) if own else None


def _row(part: Sequence[Scored]) -> CoverageRow:
    n, held = len(part), sum(one.holds for one in part)
    by_decision: dict[UUID, list[bool]] = defaultdict(list)
    for one in part:
        by_decision[one.decision].append(one.holds)
    error = (LEVEL * (1 - LEVEL) / n) ** 0.5
    clustered = _clustered(list(by_decision.values()), held / n)
    largest = max(error, clustered or 0.0)
    agreements = [one.agrees for one in part if one.agrees is not None]
    return CoverageRow(
        source=part[0].source,
        kind=part[0].kind,
        metric=part[0].metric,
        method=part[0].method,
        stated=LEVEL,
        n=n,
        n_decisions=len(by_decision),
        held=held,
        share=round(held / n, 4),
        agreed=sum(agreements) if agreements else None,
        standard_error=round(error, 4),
        by_decision=None if clustered is None else round(clustered, 4),
        distance=round((held / n - LEVEL) / largest, 2),
    )


def _clustered(groups: Sequence[Sequence[bool]], share: float) -> float | None:
    """Standard error of a share of which members of one group turn out alike: from the groups' own deviations."""
    if len(groups) < _FEWEST_DECISIONS:
        return None
    deviations = [sum(group) - share * len(group) for group in groups]
    error: float = stdev(deviations) * len(groups) ** 0.5 / sum(len(group) for group in groups)
    return error
