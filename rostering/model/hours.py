"""Hours that a person may be paid and may work in the period."""

from __future__ import annotations

from dataclasses import dataclass

from rostering.model.frame import NOTHING, Frame, Without
from rostering.problem import Handler, Mode
from rostering.rules import RuleId, tolerance_min

_OPEN = 100_000  # [quarter-hours], more than any period has


@dataclass(frozen=True, slots=True)
class Hours:
    """Paid quarter-hours allowed, the cycle's balance before them [min], most quarter-hours worked."""

    low: int
    high: int
    balance_min: int
    most_worked: int


def hours_of(frame: Frame, handler: Handler, without: Without = NOTHING) -> Hours:
    """Contract over the cycle that ends with the period, and the averages of W4 and W6, the strictest of them."""
    problem, contract = frame.problem, handler.contract
    weeks = max(contract.cycle_weeks, problem.n_weeks)
    past = _last(handler.paid_min_by_week, weeks - problem.n_weeks)
    known_weeks = problem.n_weeks + len(past)
    balance = sum(past) + credit_min(frame, handler) - contract.weekly_min * known_weeks
    tolerance = tolerance_min(problem.rules, weeks)
    low, high = max(-((balance + tolerance) // 15), 0), (tolerance - balance) // 15
    if RuleId.CONTRACT in without:
        low, high = 0, _OPEN
    caps = [
        cap for rule in average_rules(handler) if rule not in without for cap in [average_left(frame, handler, rule)]
    ]
    return Hours(low, high, balance, min(caps, default=15 * _OPEN) // 15)


def average_rules(handler: Handler) -> tuple[RuleId, ...]:
    """Which averages over weeks hold for ``handler``."""
    rules = () if handler.opted_out_48h else (RuleId.WEEKLY_AVERAGE,)
    return (*rules, RuleId.NIGHT_AVERAGE) if handler.night_worker else rules


def average_left(frame: Frame, handler: Handler, rule_id: RuleId) -> int:
    """Minutes that an average leaves to the period's duties; reg. 4(6): leave counts as worked."""
    limit, weeks = average_limit(frame, rule_id)
    past = _last(handler.worked_min_by_week, weeks - frame.problem.n_weeks)
    missing = weeks - frame.problem.n_weeks - len(past)
    return limit - sum(past) - missing * handler.contract.weekly_min - leave_min(frame, handler)


def average_limit(frame: Frame, rule_id: RuleId) -> tuple[int, int]:
    """Most minutes over the rule's weeks, and these weeks, at least the period's."""
    rule = frame.problem.rules[rule_id]
    weeks = max(rule["weeks"], frame.problem.n_weeks)
    if rule_id is RuleId.NIGHT_AVERAGE:
        return rule["average_min"] * (7 - rule["rest_days_per_week"]) * weeks, weeks
    return rule["average_min"] * weeks, weeks


def credit_min(frame: Frame, handler: Handler) -> int:
    """Paid minutes of leave that count towards the contract."""
    return _on_leave_min(frame, handler, credited=True)


def leave_min(frame: Frame, handler: Handler) -> int:
    """Minutes of leave that count towards the averages."""
    return _on_leave_min(frame, handler, credited=False)


def _on_leave_min(frame: Frame, handler: Handler, *, credited: bool) -> int:
    counts = handler.credited if credited else handler.on_leave
    problem, frozen = frame.problem, frame.frozen.get(handler.ref, {})
    if problem.mode is Mode.FREE:
        days = sum(counts(frame.date(day)) for day in frame.days)
        return handler.contract.weekly_min * days // 7
    return sum(
        problem.paid_min(handler, duty.length_min)
        for duty in handler.nominal
        if counts(duty.date) and frame.number(duty.date) not in frozen
    )


def _last(weeks: tuple[int, ...], n: int) -> tuple[int, ...]:
    return weeks[-n:] if n > 0 else ()
