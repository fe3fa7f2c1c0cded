"""Hours of one handler, recounted by the checker: contract and averages over the weeks that end with the period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rostering.findings import Book, quarters
from rostering.problem import Mode, RosterProblem
from rostering.roster import TierName
from rostering.rules import RuleId, tolerance_min
from rostering.tour import Kind, Tour, TourDuty


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of a handler: due and given by the contract over its weeks, worked in the period."""

    contract_due_min: int
    contract_min: int
    worked_min: int


def check_hours(book: Book, tour: Tour) -> None:
    """Contract over the cycle, 17-week average, night workers' average; quarter-hours off contract."""
    problem, handler = book.problem, tour.handler
    hours = hours_of(problem, tour)
    n_weeks = max(handler.contract.cycle_weeks, problem.n_weeks)
    tolerance, off = tolerance_min(problem.rules, n_weeks), abs(hours.contract_min - hours.contract_due_min)
    told = (
        f"{hours.contract_min} paid min over {n_weeks} weeks, "
        f"expected {hours.contract_due_min} give or take {tolerance}"
    )
    book.expect(off <= tolerance, RuleId.CONTRACT, handler.ref, None, told)
    book.penalise(TierName.PEOPLE, RuleId.CONTRACT, handler.ref, None, quarters(off))
    if not tour.rostered:
        return
    if not handler.opted_out_48h:
        _check_average(book, tour, RuleId.WEEKLY_AVERAGE, problem.rules[RuleId.WEEKLY_AVERAGE]["average_min"])
    if handler.night_worker:
        rule = problem.rules[RuleId.NIGHT_AVERAGE]
        weekly = rule["average_min"] * (7 - rule["rest_days_per_week"])
        _check_average(book, tour, RuleId.NIGHT_AVERAGE, weekly)


def hours_of(problem: RosterProblem, tour: Tour) -> Hours:
    """Contract minutes over the contract's weeks, history and credit included; minutes worked in the period."""
    contract = tour.handler.contract
    n_weeks = max(contract.cycle_weeks, problem.n_weeks)
    before = _history(tour.handler.paid_min_by_week, n_weeks - problem.n_weeks, contract.weekly_min)
    given = before + _credit(problem, tour, credited_only=True)
    given += sum(_contract_min(problem, tour, one) for one in tour.duties)
    worked = sum(problem.paid_min(tour.handler, one.length_min) for one in tour.duties)
    return Hours(n_weeks * contract.weekly_min, given, worked)


def night_average_min(total_min: int, weeks: int, rest_days_per_week: int) -> float:
    """Reg. 6(5): a night worker's normal hours in each 24, A / (B - C) [min]: hours over days less rest days."""
    return total_min / (weeks * (7 - rest_days_per_week))


def _check_average(book: Book, tour: Tour, rule_id: RuleId, weekly_min: int) -> None:
    problem, handler = book.problem, tour.handler
    weeks = max(problem.rules[rule_id]["weeks"], problem.n_weeks)
    total = _history(handler.worked_min_by_week, weeks - problem.n_weeks, handler.contract.weekly_min)
    # Reg. 4(6): days of leave may not lower the average. They count as credited, like those of past weeks.
    total += _credit(problem, tour, credited_only=False)
    total += sum(problem.paid_min(tour.handler, one.length_min) for one in tour.duties)
    limit = weekly_min * weeks
    told = f"{total} min worked or credited over {weeks} weeks, expected at most {limit}"
    book.expect(total <= limit, rule_id, handler.ref, None, told)


def _history(by_week: Sequence[int], n_weeks: int, missing_min: int) -> int:
    """The newest ``n_weeks`` of the weeks before; those that are missing count as contract."""
    known = list(by_week)[::-1][:n_weeks]
    return sum(known) + missing_min * (n_weeks - len(known))


def _credit(problem: RosterProblem, tour: Tour, *, credited_only: bool) -> int:
    """Minutes for days of leave: the pattern's duties of them, without a pattern their share of the contract."""
    handler = tour.handler
    counts = handler.credited if credited_only else handler.on_leave
    frozen = {one.date for one in tour.duties if one.is_frozen}
    if problem.mode is Mode.FREE:
        days = (problem.week_start + timedelta(days=n) for n in range(7 * problem.n_weeks))
        return handler.contract.weekly_min * sum(counts(day) for day in days) // 7
    return sum(
        problem.paid_min(handler, d.length_min) for d in handler.nominal if counts(d.date) and d.date not in frozen
    )


def _contract_min(problem: RosterProblem, tour: Tour, one: TourDuty) -> int:
    """What a duty counts towards the contract: not its overtime, and nothing on a rest day."""
    if one.kind in (Kind.REST_DAY, Kind.TOIL):
        return 0
    return problem.paid_min(tour.handler, one.length_min - one.overtime_min)
