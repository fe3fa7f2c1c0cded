"""Rest and hours of one handler, recounted by the checker."""

from __future__ import annotations

from datetime import datetime, timedelta

from rostering.findings import Book, minutes, quarters
from rostering.problem import Handler, RosterProblem
from rostering.roster import Duty
from rostering.rules import RuleId, paid_min, tolerance_min


def check_rest(book: Book, handler: Handler, duties: list[Duty]) -> None:
    """Single duty, daily rest and weekly rest, last week's duties included, as elapsed time."""
    problem, who = book.problem, handler.ref
    rest_min = problem.rules[RuleId.DAILY_REST]["rest_min"]
    known = [*handler.last_week, *((d.start, d.end) for d in problem.frozen_duties if d.handler == who)]
    free_from: datetime | None = None
    rests: list[tuple[datetime | None, datetime | None]] = []
    for start, end in sorted(known):
        rests.append((free_from, start))
        free_from = end if free_from is None else max(free_from, end)
    for duty in duties:
        if free_from is not None:
            gap = minutes(free_from, duty.start)
            book.expect(gap >= 0, RuleId.SINGLE_DUTY, who, duty.start, f"overlaps the last by {-gap} min")
            book.expect(
                gap >= rest_min,
                RuleId.DAILY_REST,
                who,
                duty.start,
                f"{gap} min of rest before the duty, expected {rest_min}",
            )
        rests.append((free_from, duty.start))
        free_from = duty.end if free_from is None else max(free_from, duty.end)
    rests.append((free_from, handler.next_start))
    if duties:
        book.expect(
            _has_weekly_rest(problem, rests),
            RuleId.WEEKLY_REST,
            who,
            None,
            "no rest of 24 h besides the daily rest in the week, nor one of 48 h or two of 24 h in the fortnight",
        )


def _has_weekly_rest(problem: RosterProblem, rests: list[tuple[datetime | None, datetime | None]]) -> bool:
    """24 h in the week, or 48 h or twice 24 h in this and the previous week, each besides the daily rest.

    A rest counts if it lasts the weekly and the daily rest together and its weekly part lies in the week or fortnight.
    An open end counts as long enough: before the known history, and after the week where the next duty is unknown.
    """
    rule = problem.rules[RuleId.WEEKLY_REST]

    def count(opens: datetime, least_min: int) -> int:
        n = 0
        for start, end in rests:
            whole = minutes(start, end) if start is not None and end is not None else 10**6
            inside = minutes(max(start or opens, opens), min(end or problem.end, problem.end))
            n += inside >= least_min and whole >= least_min + rule["daily_rest_min"]
        return n

    fortnight_begin = problem.begin - timedelta(days=7)
    return (
        count(problem.begin, rule["week_rest_min"]) >= 1
        or count(fortnight_begin, rule["fortnight_rest_min"]) >= 1
        or count(fortnight_begin, rule["week_rest_min"]) >= 2
    )


def check_hours(book: Book, handler: Handler, duties: list[Duty]) -> int:
    """Contract hours over the cycle and the 17-week average; quarter-hours off contract."""
    problem, rules, contract = book.problem, book.problem.rules, handler.contract

    def paid(length: int) -> int:
        return paid_min(rules, length, meals_paid=problem.meals_paid)

    worked = sum(paid(minutes(d.start, d.end)) for d in duties)
    credit = sum(paid(d.length_min) for d in handler.nominal if handler.on_leave(d.date))
    past = list(handler.paid_min_by_week)[::-1][: contract.cycle_weeks - 1]
    past += [contract.weekly_min] * (contract.cycle_weeks - 1 - len(past))
    total, due = sum(past) + worked + credit, contract.weekly_min * contract.cycle_weeks
    tolerance = tolerance_min(rules, contract.cycle_weeks)
    book.expect(
        abs(total - due) <= tolerance,
        RuleId.CONTRACT,
        handler.ref,
        None,
        f"{total} paid min over {contract.cycle_weeks} weeks, expected {due} give or take {tolerance}",
    )
    if not handler.opted_out_48h and duties:
        rule = rules[RuleId.WEEKLY_AVERAGE]
        weeks = list(handler.worked_min_by_week)[::-1][: rule["weeks"] - 1]
        weeks += [contract.weekly_min] * (rule["weeks"] - 1 - len(weeks))
        # Reg. 4(6): days of leave may not lower the average. They count as credited, like those of past weeks.
        hours, limit = sum(weeks) + worked + credit, rule["average_min"] * rule["weeks"]
        book.expect(
            hours <= limit,
            RuleId.WEEKLY_AVERAGE,
            handler.ref,
            None,
            f"{hours} min worked or credited over {rule['weeks']} weeks, expected at most {limit}",
        )
    return quarters(abs(total - due))
