"""Decisions, predictions and scores in the database: added, never changed; the newest score counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.tables import (
    DecisionRow,
    ForecastRow,
    PredictionRow,
    PredictionScoreRow,
    RequirementRow,
    RosterChangeRow,
    RosterRow,
    ScenarioRow,
)

Key = tuple[UUID, int]  # a prediction: its decision and number

# What a decision may be based on, by the name in `basis`.
_BASES: dict[str, type[ForecastRow | RequirementRow | RosterRow | ScenarioRow]] = {
    "forecast_id": ForecastRow,
    "requirement_id": RequirementRow,
    "roster_id": RosterRow,
    "scenario_id": ScenarioRow,
}


def add(session: Session, decision: DecisionRow, predictions: Sequence[PredictionRow]) -> None:
    session.add(decision)
    session.flush()
    session.add_all(predictions)
    session.flush()


def add_scores(session: Session, rows: Sequence[PredictionScoreRow]) -> None:
    session.add_all(rows)
    session.flush()


def is_stored(session: Session, force_id: UUID, name: str, identifier: UUID) -> bool:
    """Whether the force has the forecast, requirement, roster or scenario that a basis names."""
    row = _BASES[name]
    return bool(session.scalar(select(select(row.id).where(row.force_id == force_id, row.id == identifier).exists())))


def scenario(session: Session, force_id: UUID, scenario_id: UUID) -> ScenarioRow | None:
    query = select(ScenarioRow).where(ScenarioRow.force_id == force_id, ScenarioRow.id == scenario_id)
    return session.scalars(query).one_or_none()


def find(session: Session, force_id: UUID, decision_id: UUID) -> DecisionRow | None:
    query = select(DecisionRow).where(DecisionRow.force_id == force_id, DecisionRow.id == decision_id)
    return session.scalars(query).one_or_none()


def page(
    session: Session, force_id: UUID, *, kind: str | None, after: DecisionRow | None, size: int
) -> list[DecisionRow]:
    """Decisions, newest first, from the one after `after`."""
    query = select(DecisionRow).where(DecisionRow.force_id == force_id)
    if kind is not None:
        query = query.where(DecisionRow.kind == kind)
    if after is not None:
        query = query.where(tuple_(DecisionRow.created_at, DecisionRow.id) < (after.created_at, after.id))
    return list(session.scalars(query.order_by(DecisionRow.created_at.desc(), DecisionRow.id.desc()).limit(size)))


def predictions_of(session: Session, decisions: Collection[UUID]) -> list[PredictionRow]:
    """Predictions of these decisions, in order of their numbers."""
    query = select(PredictionRow).where(PredictionRow.decision_id.in_(decisions))
    return list(session.scalars(query.order_by(PredictionRow.decision_id, PredictionRow.number)))


def newest_scores(session: Session, decisions: Collection[UUID]) -> dict[Key, PredictionScoreRow]:
    """The newest score of each scored prediction of these decisions."""
    score = PredictionScoreRow
    key = (score.decision_id, score.number)
    query = (
        select(score)
        .where(score.decision_id.in_(decisions))
        .ext(distinct_on(*key))
        .order_by(*key, score.scored_at.desc())
    )
    return {(row.decision_id, row.number): row for row in session.scalars(query)}


def ended_by(session: Session, force_id: UUID, until: dict[str, datetime]) -> list[tuple[PredictionRow, DecisionRow]]:
    """Predictions whose span ends inside the history of their queue, `until` by queue, oldest first."""
    if not until:
        return []
    query = (
        select(PredictionRow, DecisionRow)
        .join(DecisionRow, DecisionRow.id == PredictionRow.decision_id)
        .where(PredictionRow.force_id == force_id, _is_over(until))
        .order_by(PredictionRow.ends_at, PredictionRow.decision_id, PredictionRow.number)
    )
    return [(prediction, decision) for prediction, decision in session.execute(query)]


def any_ended(
    session: Session, force_id: UUID, until: dict[str, datetime], since: datetime | None, before: datetime | None
) -> bool:
    """Whether a prediction that is over looks at calls from `since` to `before` (absent: at any)."""
    if not until:
        return False
    query = select(PredictionRow.decision_id).where(PredictionRow.force_id == force_id, _is_over(until))
    if since is not None:
        query = query.where(PredictionRow.ends_at > since)
    if before is not None:
        # A paired week looks back a year; others from where they are compared.
        first = func.coalesce(PredictionRow.compared_from, PredictionRow.starts_at)
        query = query.where(or_(first < before, PredictionRow.method == "paired_weeks"))
    return bool(session.scalar(select(query.exists())))


def _is_over(until: dict[str, datetime]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(PredictionRow.metric.contains(queue), PredictionRow.ends_at <= end)
            for queue, end in sorted(until.items())
        )
    )


def n_unscored(session: Session, force_id: UUID) -> int:
    """Predictions without any score."""
    score = PredictionScoreRow
    has_score = (
        select(score.decision_id)
        .where(score.decision_id == PredictionRow.decision_id, score.number == PredictionRow.number)
        .exists()
    )
    query = select(func.count()).select_from(PredictionRow).where(PredictionRow.force_id == force_id, ~has_score)
    return session.scalar(query) or 0


def scored(session: Session, force_id: UUID) -> list[tuple[PredictionRow, str, PredictionScoreRow]]:
    """Every scored prediction with its decision's kind and its newest score."""
    score = PredictionScoreRow
    key = (score.decision_id, score.number)
    newest = (
        select(score).where(score.force_id == force_id).ext(distinct_on(*key)).order_by(*key, score.scored_at.desc())
    )
    by_key = {(row.decision_id, row.number): row for row in session.scalars(newest)}
    query = (
        select(PredictionRow, DecisionRow.kind)
        .join(DecisionRow, DecisionRow.id == PredictionRow.decision_id)
        .where(PredictionRow.force_id == force_id)
        .order_by(PredictionRow.decision_id, PredictionRow.number)
    )
    return [
        (row, kind, by_key[row.decision_id, row.number])
        for row, kind in session.execute(query)
        if (row.decision_id, row.number) in by_key
    ]


def superseded_at(session: Session, force_id: UUID, rosters: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these rosters went out of use, of those that did."""
    query = select(RosterChangeRow.roster_id, func.min(RosterChangeRow.created_at)).where(
        RosterChangeRow.force_id == force_id,
        RosterChangeRow.roster_id.in_(rosters),
        RosterChangeRow.action == "superseded",
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(RosterChangeRow.roster_id))}
