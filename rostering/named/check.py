"""Solver-free checker of named-shift rosters: broken rules and cost, recounted from the problem alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rostering.named.problem import NamedHandler, NamedProblem, NamedRoster

_DAYS_A_WEEK = 7
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class NamedReport:
    """What the checker found: every broken rule in words, and the cost by its two parts."""

    violations: tuple[str, ...]
    request_cost: int
    cover_cost: int

    @property
    def objective(self) -> int:
        """Cost of requests and cover together."""
        return self.request_cost + self.cover_cost


def check(problem: NamedProblem, roster: NamedRoster) -> NamedReport:
    """Every rule that ``roster`` breaks, and what it costs. A roster of another shape has violations and no cost."""
    misshapen = tuple(_shape(problem, roster))
    if misshapen:
        return NamedReport(misshapen, 0, 0)
    broken = [text for handler, days in zip(problem.handlers, roster.days, strict=True)
              for text in _broken(problem, handler, days)]  # fmt: skip
    return NamedReport(tuple(broken), _request_cost(problem, roster), _cover_cost(problem, roster))


def _shape(problem: NamedProblem, roster: NamedRoster) -> Iterator[str]:
    if len(roster.days) != len(problem.handlers):
        yield f"roster of {len(roster.days)} handlers, expected {len(problem.handlers)}"
        return
    known = {shift.name for shift in problem.shifts} | {None}
    for handler, days in zip(problem.handlers, roster.days, strict=True):
        if len(days) != problem.n_days:
            yield f"handler {handler.name}: {len(days)} days, expected {problem.n_days}"
        for shift in set(days) - known:
            yield f"handler {handler.name}: shift {shift!r} is not one of the problem's"


def _broken(problem: NamedProblem, handler: NamedHandler, days: Sequence[str | None]) -> Iterator[str]:
    for text in (
        *_rest_days(handler, days),
        *_successions(problem, days),
        *_shift_counts(handler, days),
        *_minutes(problem, handler, days),
        *_runs(handler, days),
        *_weekends(handler, days),
    ):
        yield f"handler {handler.name}: {text}"


def _rest_days(handler: NamedHandler, days: Sequence[str | None]) -> Iterator[str]:
    for day in sorted(handler.rest_days):
        if days[day] is not None:
            yield f"shift {days[day]} on day {day}, expected a rest day"


def _successions(problem: NamedProblem, days: Sequence[str | None]) -> Iterator[str]:
    barred = {(shift.name, after) for shift in problem.shifts for after in shift.not_followed_by}
    for day, pair in enumerate(pairwise(days)):
        if pair in barred:
            yield f"shift {pair[1]} on day {day + 1} follows {pair[0]}"


def _shift_counts(handler: NamedHandler, days: Sequence[str | None]) -> Iterator[str]:
    count = Counter(days)
    for shift, most in handler.max_shifts.items():
        if count[shift] > most:
            yield f"{count[shift]} shifts {shift}, expected at most {most}"


def _minutes(problem: NamedProblem, handler: NamedHandler, days: Sequence[str | None]) -> Iterator[str]:
    length = {shift.name: shift.length_min for shift in problem.shifts}
    total = sum(length[shift] for shift in days if shift is not None)
    if not handler.min_total_min <= total <= handler.max_total_min:
        yield f"{total} minutes, expected {handler.min_total_min} to {handler.max_total_min}"


def _runs(handler: NamedHandler, days: Sequence[str | None]) -> Iterator[str]:
    first = 0
    for is_duty, run in groupby(days, key=lambda shift: shift is not None):
        length = len(list(run))
        is_inside = first > 0 and first + length < len(days)
        what = f"{length} {'duties' if is_duty else 'rest days'} in a row from day {first}"
        if is_duty and length > handler.max_run:
            yield f"{what}, expected at most {handler.max_run}"
        least = handler.min_run if is_duty else handler.min_rest_run
        if is_inside and length < least:
            yield f"{what}, expected at least {least}"
        first += length


def _weekends(handler: NamedHandler, days: Sequence[str | None]) -> Iterator[str]:
    worked = {day // _DAYS_A_WEEK for day, shift in enumerate(days)
              if shift is not None and day % _DAYS_A_WEEK >= _SATURDAY}  # fmt: skip
    if len(worked) > handler.max_weekends:
        yield f"{len(worked)} weekends, expected at most {handler.max_weekends}"


def _request_cost(problem: NamedProblem, roster: NamedRoster) -> int:
    days = {handler.name: row for handler, row in zip(problem.handlers, roster.days, strict=True)}
    return sum(
        request.weight
        for request in problem.requests
        if (days[request.handler][request.day] == request.shift) != request.is_wanted
    )


def _cover_cost(problem: NamedProblem, roster: NamedRoster) -> int:
    count = Counter((day, shift) for row in roster.days for day, shift in enumerate(row))
    cost = 0
    for need in problem.requirement:
        over = count[need.day, need.shift] - need.handlers
        cost += need.over_weight * over if over > 0 else need.under_weight * -over
    return cost
