"""The evaluation ledger: decisions with what they are expected to do, and how often that held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.calls import repository as calls
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound, invalid
from app.evaluations import repository
from app.evaluations.coverage import Scored, coverage_rows, overall
from app.evaluations.metrics import Metric
from app.evaluations.schemas import (
    LEVEL,
    DecisionKind,
    EvaluationsOut,
    IntervalCoverageOut,
    LedgerDecisionIn,
    LedgerDecisionOut,
    Method,
    PredictionIn,
    PredictionOut,
    ScoreOut,
    Source,
)
from app.forces import service as forces
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import DecisionRow, PredictionRow, PredictionScoreRow, ScenarioRow

INTERVAL = timedelta(minutes=15)
_COMPARED = timedelta(weeks=12)
_YEAR = timedelta(weeks=52)
_OF_95, _OF_90 = 1.959964, 1.644854  # standard errors of a normal's two-sided intervals

DEFINITIONS = {
    "holds": "the estimate from the calls that came lies in the predicted 90% interval, its bounds included",
    "agrees": "predicted value and estimate differ by no more than the root of their squared half-widths: of an "
    "effect, which calls tell with an interval only",
    "standard_error": "of the share, were the stated level true and each prediction independent",
    "by_decision": "standard error of the share from the decisions' own shares: days of one week turn out alike",
    "distance": "(share - stated) / the larger of both errors; beyond 3 the intervals are wrong",
    "waiting": "predictions whose span is not over, or not recorded in full",
    "superseded": "days of a roster that another replaced before they began are not scored: nobody worked it",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One prediction: the metric from `starts_at` to `ends_at`, its 90% interval, and what was expected without."""

    metric: Metric
    method: Method
    source: Source
    starts_at: datetime
    ends_at: datetime
    predicted: float
    lower: float
    upper: float
    compared_from: datetime | None = None
    without: float | None = None


def enter(
    work: Work,
    kind: DecisionKind,
    subject: str,
    what: str,
    reason: str | None,
    basis: Mapping[str, object],
    said: Sequence[Said],
) -> DecisionRow:
    """Keep a decision with its predictions for ever, in the transaction of the decision itself.

    Predictions of spans that the history knows already are left out: they would predict nothing.
    """
    known = history_ends(work.session, work.force.id)
    ahead = [one for one in said if one.starts_at >= known.get(one.metric.queue, one.starts_at)]
    settings = forces.current_settings(work.session, work.force.id).version
    row = DecisionRow(
        id=new_id(),
        force_id=work.force.id,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        kind=kind,
        subject=subject,
        what=what,
        reason=reason,
        basis={"settings_version": settings, **{name: str(value) for name, value in basis.items()}},
    )
    predictions = [
        PredictionRow(
            force_id=work.force.id,
            decision_id=row.id,
            number=number,
            metric=one.metric,
            method=one.method,
            source=one.source,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            compared_from=one.compared_from,
            predicted=one.predicted,
            lower=one.lower,
            upper=one.upper,
            level=LEVEL,
            without=one.without,
        )
        for number, one in enumerate(ahead, start=1)
    ]
    repository.add(work.session, row, predictions)
    add_line(
        work.session,
        force_id=work.force.id,
        actor_id=work.actor.id,
        action="decision entered",
        subject=str(row.id),
        kind=str(kind),
        predictions=len(predictions),
    )
    return row


def decide(work: Work, body: LedgerDecisionIn) -> LedgerDecisionOut:
    """Enter a decision that people made.

    Raises `Invalid` for a basis that is not stored, a span that the history knows already or is too short for its
    method, or a prediction without figures that no scenario gives.
    """
    if body.kind in (DecisionKind.ADJUSTMENT, DecisionKind.ROSTER, DecisionKind.ASSESSMENT):
        raise invalid("kind", body.kind, "another: adjustments, published rosters and decided assessments are entered "
                      "by themselves")  # fmt: skip
    named = {name: value for name, value in body.basis.model_dump().items() if value is not None}
    for name, identifier in named.items():
        if not repository.is_stored(work.session, work.force.id, name, identifier):
            raise invalid(f"basis.{name}", str(identifier), "one that this force has")
    scenario = None
    if body.basis.scenario_id is not None:
        scenario = repository.scenario(work.session, work.force.id, body.basis.scenario_id)
    known = history_ends(work.session, work.force.id)
    said = [_said(f"predictions[{i}]", one, scenario, known) for i, one in enumerate(body.predictions)]
    return _told(work.session, [enter(work, body.kind, body.subject, body.what, body.reason, named, said)])[0]


def history_ends(session: Session, force_id: UUID) -> dict[str, datetime]:
    """End of each queue's newest call record."""
    return {queue: last + INTERVAL for queue, (_, last, _) in calls.span(session, force_id).items()}


def request_scores(
    work: Work, idempotency_key: str | None = None, *, since: datetime | None = None, until: datetime | None = None
) -> RunOut | None:
    """Queue the scoring of predictions that are over and look at calls from `since` to `until` (absent: all); None
    where there are none."""
    earlier = runs.earlier(work, "evaluation", {}, idempotency_key)
    if earlier is not None:
        return earlier
    ends = history_ends(work.session, work.force.id)
    if not repository.any_ended(work.session, work.force.id, ends, since, until):
        return None
    return runs.request(work, "evaluation", {}, {}, 0, idempotency_key)


def require_scores(work: Work, idempotency_key: str | None) -> RunOut:
    """As `request_scores`. Raises `Conflict` where nothing is over yet."""
    run = request_scores(work, idempotency_key)
    if run is None:
        raise Conflict("no prediction's span is over and recorded: POST the calls since to .../calls first")
    return run


def find(session: Session, force_id: UUID, decision_id: UUID) -> LedgerDecisionOut:
    row = repository.find(session, force_id, decision_id)
    if row is None:
        raise NotFound(f"decision {decision_id} is unknown")
    return _told(session, [row])[0]


def page(
    session: Session, force_id: UUID, *, kind: DecisionKind | None, cursor: UUID | None, size: int
) -> EvaluationsOut:
    """Decisions, newest first. Raises `Invalid` for a cursor that is none."""
    after = None if cursor is None else repository.find(session, force_id, cursor)
    if cursor is not None and after is None:
        raise invalid("cursor", str(cursor), "the `next` of an earlier page")
    rows = repository.page(session, force_id, kind=kind, after=after, size=size + 1)
    return EvaluationsOut(evaluations=_told(session, rows[:size]), next=rows[size - 1].id if len(rows) > size else None)


def coverage(session: Session, force_id: UUID) -> IntervalCoverageOut:
    """How often the intervals of scored predictions held."""
    found = [
        Scored(
            source=Source(row.source),
            kind=DecisionKind(kind),
            metric=Metric(row.metric),
            method=Method(row.method),
            decision=row.decision_id,
            holds=score.holds,
            agrees=score.agrees,
        )
        for row, kind, score in repository.scored(session, force_id)
    ]
    return IntervalCoverageOut(
        rows=coverage_rows(found),
        overall=overall(found),
        waiting=repository.n_unscored(session, force_id),
        definitions=DEFINITIONS,
    )


def _said(where: str, body: PredictionIn, scenario: ScenarioRow | None, known: Mapping[str, datetime]) -> Said:
    """The prediction as it is kept. Raises `Invalid`."""
    end = known.get(body.metric.queue)
    if end is not None and body.since < end:
        raise invalid(f"{where}.from", body.since.isoformat(), f"{end.isoformat()} or later: queue "
                      f"{body.metric.queue} is recorded until then, and what is known is not predicted")  # fmt: skip
    weeks = (body.until - body.since) / timedelta(weeks=1)
    if body.method is not Method.DIRECT and weeks < 4 - 1 / 168:
        raise invalid(f"{where}.to", body.until.isoformat(), "at least four weeks after `from`, which a change needs")
    source, predicted, lower, upper = Source.PERSON, body.predicted, body.lower, body.upper
    if predicted is None:
        source = Source.SCENARIO
        predicted, lower, upper = _of_scenario(where, body, scenario)
    assert lower is not None
    assert upper is not None
    compared = body.since - _COMPARED if body.compared_from is None else body.compared_from
    return Said(
        metric=body.metric,
        method=body.method,
        source=source,
        starts_at=body.since,
        ends_at=body.until,
        predicted=predicted,
        lower=lower,
        upper=upper,
        compared_from=compared if body.method is Method.INTERRUPTED else None,
    )


def _of_scenario(where: str, body: PredictionIn, scenario: ScenarioRow | None) -> tuple[float, float, float]:
    """The scenario's change of the metric over its whole span, with its 90% interval. Raises `Invalid`."""
    if scenario is None:
        raise invalid(f"{where}.predicted", None, "predicted, lower and upper, or basis.scenario_id that tells them")
    figure = scenario.figures["service"]["whole"].get(body.metric.value)
    if figure is None or figure["difference"] is None or body.method is Method.DIRECT or body.metric.is_count:
        raise invalid(f"{where}.metric", body.metric, f"a share or time of which scenario {scenario.id} tells the "
                      "change, with a method that measures changes")  # fmt: skip
    half = (figure["difference_half"] or 0.0) * _OF_90 / _OF_95
    difference = figure["difference"]
    return difference, difference - half, difference + half


def _told(session: Session, rows: Sequence[DecisionRow]) -> list[LedgerDecisionOut]:
    ids = [row.id for row in rows]
    scores = repository.newest_scores(session, ids)
    predictions: dict[UUID, list[PredictionOut]] = defaultdict(list)
    for one in repository.predictions_of(session, ids):
        predictions[one.decision_id].append(_prediction(one, scores.get((one.decision_id, one.number))))
    return [
        LedgerDecisionOut(
            id=row.id,
            created_at=row.created_at,
            by=row.actor_name,
            kind=DecisionKind(row.kind),
            subject=row.subject,
            what=row.what,
            reason=row.reason,
            basis=row.basis,
            predictions=predictions[row.id],
        )
        for row in rows
    ]


def _prediction(row: PredictionRow, score: PredictionScoreRow | None) -> PredictionOut:
    told: dict[str, Any] = {name: getattr(row, name) for name in PredictionOut.model_fields if name != "score"}
    fields = ScoreOut.model_fields
    shown = None if score is None else ScoreOut(**{name: getattr(score, name) for name in fields})
    return PredictionOut(**told, score=shown)
