"""Solver-free checker: recounts every rule, the cover and the cost of a roster. Shares no code with the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from rostering.check_activities import check_activities
from rostering.check_days import check_days, check_times
from rostering.check_handlers import HandlerReport, report_of
from rostering.check_hours import check_hours
from rostering.check_people import count_choices, count_strain
from rostering.check_rest import check_rest
from rostering.coverage import SkillCoverage, recount_cover
from rostering.errors import ProblemError
from rostering.findings import Book, RosterPenalty, Violation
from rostering.problem import RosterProblem, Skill
from rostering.roster import Duty, Roster, TierName
from rostering.rules import RuleId
from rostering.tour import Tour, tours_of

__all__ = ["CheckReport", "HandlerReport", "RosterPenalty", "Violation", "broken_by", "check", "problem_of"]


@dataclass(frozen=True, slots=True, eq=False)
class CheckReport:
    """What the checker found.

    violations : broken hard rules
    notices : soft rules not met that no tier counts
    rules_checked : number of facts tested per rule
    start : first interval of the coverage, UTC; one every 15 minutes
    coverage : per skill, over the local period; people of frozen and foreign duties included
    cost : value of each tier, the tail included, as ``Tier.objective``
    penalties : each term of each tier with its rule and subject; their amounts sum up to ``cost``
    handlers : what the roster asks of each handler, by reference
    """

    violations: tuple[Violation, ...]
    notices: tuple[Violation, ...]
    rules_checked: Mapping[RuleId, int]
    start: datetime
    coverage: Mapping[Skill, SkillCoverage]
    cost: Mapping[TierName, int]
    penalties: tuple[RosterPenalty, ...]
    handlers: Mapping[str, HandlerReport]

    @property
    def is_legal(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.violations


def check(problem: RosterProblem, roster: Roster) -> CheckReport:
    """Recount ``roster`` against ``problem``: rules, coverage of the local period, each term of its tiers."""
    book = Book(problem)
    known = {handler.ref for handler in problem.handlers}
    for duty in roster.duties:
        told = "not a handler of this period, expected none"
        book.expect(duty.handler in known, RuleId.FIXED_DAYS, duty.handler, duty.start, told)
    tours = tours_of(problem, roster.duties)
    for tour in tours:
        _check_tour(book, tour)
    count_choices(book, tours)
    count_strain(book, tours)
    recount = recount_cover(problem, roster)
    penalties = (*recount.penalties, *book.penalties)
    cost = {tier: sum(term.amount for term in penalties if term.tier is tier) for tier in TierName}
    return CheckReport(
        violations=tuple(v for v in book.broken if problem.rules[v.rule].hard),
        notices=tuple(v for v in book.broken if not problem.rules[v.rule].hard),
        rules_checked=MappingProxyType(dict(book.tested)),
        start=problem.begin,
        coverage=recount.coverage,
        cost=MappingProxyType(cost),
        penalties=penalties,
        handlers=MappingProxyType({tour.handler.ref: report_of(problem, tour) for tour in tours}),
    )


def broken_by(problem: RosterProblem, ref: str, duties: Iterable[Duty]) -> tuple[Violation, ...]:
    """Hard rules that one handler's ``duties`` break: what ``check`` of the whole roster says of this handler.

    Raises
    ------
    ProblemError : the handler is not of the problem
    """
    alone = problem_of(problem, ref)
    book = Book(alone)
    for tour in tours_of(alone, (duty for duty in duties if duty.handler == ref)):
        _check_tour(book, tour)
    return tuple(violation for violation in book.broken if problem.rules[violation.rule].hard)


def problem_of(problem: RosterProblem, ref: str) -> RosterProblem:
    """The problem of one handler alone. Raises `ProblemError` for one who is not of it."""
    own = tuple(handler for handler in problem.handlers if handler.ref == ref)
    if not own:
        raise ProblemError(f"handler {ref} is not of this period, expected one of the problem")

    def of(duties: tuple[Duty, ...]) -> tuple[Duty, ...]:
        return tuple(duty for duty in duties if duty.handler == ref)

    return replace(
        problem,
        handlers=own,
        frozen_duties=of(problem.frozen_duties),
        pinned=of(problem.pinned),
        published=of(problem.published),
        role_cover=(),
    )


def _check_tour(book: Book, tour: Tour) -> None:
    """Every rule of one handler's period."""
    check_days(book, tour)
    check_times(book, tour)
    check_activities(book, tour)
    check_rest(book, tour)
    check_hours(book, tour)
