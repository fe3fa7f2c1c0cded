"""What the roster asks of each handler, for the heat map and the handler: counts, rests, hours, breaks missed."""

from __future__ import annotations

from dataclasses import dataclass

from rostering.check_activities import short_breaks
from rostering.check_hours import hours_of
from rostering.check_rest import before, runs_of
from rostering.findings import minutes
from rostering.problem import RosterProblem
from rostering.rules import RuleId
from rostering.tour import Tour

_SATURDAY = 5
_LONG_NIGHT_MIN = 480  # HSE: nights of at most 8 h where the work is demanding; to be seen, not forbidden


@dataclass(frozen=True, slots=True)
class HandlerReport:
    """One handler's period, frozen duties included.

    n_nights, n_weekend_duties, n_long_nights : night duties, duties that start on a weekend, nights over 8 h
    longest_run, longest_night_run : days, and nights, of duty in a row that end in the period
    shortest_rest_min : before a duty of the period, None: no duty before is known
    worked_min, contract_min, contract_due_min : worked in the period; given and due over the contract's weeks
    break_debt_min : short breaks that the duties have room for and that were not given [min]
    """

    handler: str
    n_duties: int
    n_nights: int
    n_long_nights: int
    n_weekend_duties: int
    longest_run: int
    longest_night_run: int
    shortest_rest_min: int | None
    worked_min: int
    contract_min: int
    contract_due_min: int
    break_debt_min: int


def report_of(problem: RosterProblem, tour: Tour) -> HandlerReport:
    """Counts of one handler's tour."""
    runs, hours = runs_of(problem, tour), hours_of(problem, tour)
    in_period = [runs[one.date] for one in tour.duties]
    lasts = [(before(tour, one), one) for one in tour.duties]
    rests = [minutes(last[1], one.duty.start) for last, one in lasts if last is not None]
    missed = [max(0, wanted - taken) for taken, wanted in (short_breaks(problem, one.duty) for one in tour.rostered)]
    nights = [one for one in tour.duties if one.is_night]
    return HandlerReport(
        handler=tour.handler.ref,
        n_duties=len(tour.duties),
        n_nights=len(nights),
        n_long_nights=sum(one.length_min > _LONG_NIGHT_MIN for one in nights),
        n_weekend_duties=sum(one.date.weekday() >= _SATURDAY for one in tour.duties),
        longest_run=max((run for run, _ in in_period), default=0),
        longest_night_run=max((night_run for _, night_run in in_period), default=0),
        shortest_rest_min=min(rests, default=None),
        worked_min=hours.worked_min,
        contract_min=hours.contract_min,
        contract_due_min=hours.contract_due_min,
        break_debt_min=sum(missed) * problem.rules[RuleId.SHORT_BREAKS]["break_min"],
    )
