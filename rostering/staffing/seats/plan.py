"""Seats found for one set of known lacks: totals, repeats at their service, and the skill split."""

from dataclasses import dataclass, replace

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.seats.counted import Service, lacks
from rostering.staffing.seats.prediction import Prediction
from rostering.staffing.seats.spans import Paths, path_lacks, spans_of
from rostering.staffing.seats.split import Split, all_dual_skilled, split_seats
from rostering.staffing.seats.targets import Scope, SeatRules
from rostering.staffing.seats.totals import Totals, totals

MAX_ROUNDS = 4  # of seats and the repeats that they cause; two are the rule
SETTLED = 0.002  # relative change of the offered calls at which the repeats stand
MAX_SPLITS = 2  # of one plan at a longer scope
SAME_COST = 0.0002  # of the calls of a span (seconds a call) by which a split may cost more or less than expected
LEVEL_FOR_SPLIT = 0.005  # of 999 that an interval may give for 101 seats where a longer span has the target


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Seats, and what they are predicted to lack."""

    totals: Totals
    total: Ints  # the target's or the chance total, whichever is rostered
    split: Split
    lack: Floats  # predicted, at a longer scope at the sampled rates, with what the split costs, (spans, 3)
    cost: Floats  # what the split costs of that, (spans, 3)
    sampled: Floats  # what the sampled rates add to the nodes of the load, (spans, 3); 0 at the scope of an interval
    known: Floats  # what the spans lack besides, (spans, 3)


def plan_seats(
    prediction: Prediction, rules: SeatRules, paths: Paths | None, known: Floats, before: Plan | None = None
) -> Plan:
    """Seats that meet the targets when each span lacks ``known`` (spans, 3) besides what is predicted.

    At a longer scope the split costs 999 something; the totals are found again with that known. ``before`` is a plan
    made before, whose split stays where it may and costs about the same.
    """
    spans = scope_spans(prediction)
    cost = np.zeros_like(known) if before is None or paths is None else before.cost
    kept = None if before is None else before.split
    for _ in range(MAX_SPLITS):
        expected_cost = cost
        found = _settled_totals(prediction, rules, paths, known + cost)
        total = found.chance if prediction.targets.by_chance else found.target
        intervals = np.arange(total.size)
        pooled = prediction.expected(intervals, total)
        if not rules.split:
            split = all_dual_skilled(prediction, total)
            cost = np.zeros_like(known)
            break
        kept = split = split_seats(prediction, rules, total, _slack(prediction, pooled, spans, known), kept)
        cost = _of_spans(prediction, split.service, spans) - _of_spans(prediction, pooled, spans)
        if paths is None or _is_close(cost, expected_cost, split.service, spans):
            break
    sampled = np.zeros_like(known)
    if paths is not None:
        sampled = over_spans(path_lacks(prediction, paths, total).mean(axis=0), spans)
        sampled -= _of_spans(prediction, pooled, spans)
    return Plan(found, total, split, _of_spans(prediction, split.service, spans) + sampled, cost, sampled, known)


def _is_close(cost: Floats, expected: Floats, service: Service, spans: list[Ints]) -> bool:
    """Whether a split costs each span what it was expected to."""
    offered = over_spans(np.stack([service.offered_999, service.offered_101, service.offered_999], axis=-1), spans)
    return bool((np.abs(cost - expected) <= SAME_COST * offered).all())


def known_service(prediction: Prediction, plan: Plan) -> Service:
    """Expected service, fields (intervals,), with what is known besides, or predicted at the sampled rates alone,
    spread over the calls of each span."""
    service = plan.split.service
    offered = np.stack([service.offered_999, service.offered_101, service.offered_999], axis=-1)
    extra = np.zeros_like(offered)
    spans = scope_spans(prediction)
    besides = plan.known + plan.sampled
    for number, span in enumerate(spans):
        total = offered[span].sum(axis=0)
        extra[span] = besides[number] * np.divide(
            offered[span], total, out=np.zeros_like(offered[span]), where=total > 0.0
        )
    late, gave_up, wait_s = extra.T
    return replace(
        service,
        within=np.clip(service.within - late, 0.0, service.offered_999),
        within_published=np.clip(service.within_published - late, 0.0, service.offered_999),
        abandoned_101=np.clip(service.abandoned_101 + gave_up, 0.0, service.offered_101),
        answered_wait_999_s=np.maximum(service.answered_wait_999_s + wait_s, 0.0),
    )


def scope_spans(prediction: Prediction) -> list[Ints]:
    """Intervals of each span over which the targets hold."""
    if prediction.targets.scope is Scope.INTERVAL:
        return [np.array([i]) for i in range(prediction.demand.intervals)]
    return spans_of(prediction.demand.days, prediction.targets.scope)


def over_spans(values: Floats, spans: list[Ints]) -> Floats:
    """Sums (..., spans, k) over the intervals of each span of values (..., intervals, k)."""
    if len(spans) == values.shape[-2]:
        return values
    return np.stack([values[..., span, :].sum(axis=-2) for span in spans], axis=-2)


def _settled_totals(prediction: Prediction, rules: SeatRules, paths: Paths | None, known: Floats) -> Totals:
    for _ in range(MAX_ROUNDS):
        found = totals(prediction, rules, paths, known)
        if prediction.settle(found.chance if prediction.targets.by_chance else found.target) <= SETTLED:
            break
    return found


def _of_spans(prediction: Prediction, service: Service, spans: list[Ints]) -> Floats:
    return over_spans(lacks(service, prediction.targets, prediction.definitions), spans)


def _slack(prediction: Prediction, pooled: Service, spans: list[Ints], known: Floats) -> Floats:
    """By how much the split may lower each interval's 999 service level and raise its 101 abandonment, (2, intervals),
    shares of offered calls: what its span has to spare, and a little of the level at a longer scope."""
    offered = np.stack([pooled.offered_999, pooled.offered_101], axis=-1)
    lack = _of_spans(prediction, pooled, spans)[:, :2] + known[:, :2]
    of_spans = over_spans(offered, spans)
    spare = np.maximum(np.divide(-lack, of_spans, out=np.zeros_like(lack), where=of_spans > 0.0), 0.0)
    slack = np.zeros_like(offered)
    for number, span in enumerate(spans):
        slack[span] = spare[number]
    if prediction.targets.scope is not Scope.INTERVAL:
        slack[:, 0] = np.maximum(slack[:, 0], LEVEL_FOR_SPLIT)
    return slack.T
