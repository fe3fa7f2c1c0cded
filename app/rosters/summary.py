"""What a stored roster says besides its duties: cover, hours, and what each person bears by week. Plain counting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from app.rosters.document import duties_to_json
from rostering.check import CheckReport
from rostering.findings import Violation
from rostering.problem import Mode, RosterProblem, Skill
from rostering.roster import Activity, Duty
from rostering.rules import RuleId
from rostering.tour import Kind, Tour, TourDuty, tours_of

_QUARTER = timedelta(minutes=15)
_SATURDAY = 5
BURDENS = ("paid_min", "worked_min", "nights", "weekends", "bank_holidays", "learning_min", "wishes_lost")

ByWeek = dict[str, dict[str, dict[str, int]]]


def body(
    problem: RosterProblem, duties: Sequence[Duty], checked: CheckReport, required: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """What is stored of a roster besides its simulation.

    duties : those that are not frozen; `required` : seats needed before shrinkage, by skill
    """
    weeks = by_week(problem, duties, checked)
    return {
        "duties": duties_to_json(tuple(duties)),
        "frozen": duties_to_json(tuple(duty for duty in problem.frozen_duties if duty.start >= problem.begin)),
        "carried_over": duties_to_json(tuple(duty for duty in problem.frozen_duties if duty.start < problem.begin)),
        "coverage": coverage(problem, checked, required),
        "hours": hours(problem, duties, checked, required, weeks),
        "by_week": weeks,
        "paid_min": total(weeks, "paid_min"),
    }


def rules_checked(problem: RosterProblem, checked: CheckReport) -> dict[str, Any]:
    """The rule set, what of it was checked, and what is not kept."""
    rules = problem.rules
    return {
        "name": rules.name,
        "version": rules.version,
        "hash": rules.hash,
        "checked": {str(rule): n for rule, n in sorted(checked.rules_checked.items())},
        "violations": [finding(v) for v in checked.violations],
        "notices": [finding(v) for v in checked.notices],
    }


def finding(violation: Violation) -> dict[str, Any]:
    """One rule that is not kept, as data."""
    when = None if violation.when is None else violation.when.isoformat()
    return {"rule": str(violation.rule), "handler": violation.handler, "when": when, "message": violation.message}


def coverage(problem: RosterProblem, checked: CheckReport, required: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Cover of the period by skill, column by column."""
    n = problem.n_intervals
    starts = [(checked.start + i * _QUARTER).isoformat() for i in range(n)]
    return {
        str(skill): {
            "start": starts,
            "required": list(required[str(skill)])[:n],
            "rostered": checked.coverage[skill].required.tolist(),
            "on_calls": checked.coverage[skill].on_calls.tolist(),
        }
        for skill in (Skill.CALLS_999, Skill.CALLS_101)
    }


def hours(
    problem: RosterProblem,
    duties: Sequence[Duty],
    checked: CheckReport,
    required: Mapping[str, Sequence[int]],
    weeks: ByWeek,
) -> dict[str, float]:
    """Hours of the period by kind; `weeks` as `by_week` has them."""
    by_activity = dict.fromkeys(Activity, 0.0)
    for duty in duties:
        for span in duty.activities:
            by_activity[span.activity] += (span.end - span.start).total_seconds() / 3600
    n = problem.n_intervals
    return {
        "seats": sum(sum(seats[:n]) for seats in required.values()) / 4,
        "to_roster": float(sum(part.required.sum() for part in checked.coverage.values()) / 4),
        "on_calls": float(sum(part.on_calls.sum() for part in checked.coverage.values()) / 4),
        "short": float(sum(part.short.sum() for part in checked.coverage.values()) / 4),
        "paid": sum(total(weeks, "paid_min").values()) / 60,
        **{f"activity_{activity}": round(hours, 2) for activity, hours in by_activity.items()},
    }


def by_week(problem: RosterProblem, duties: Sequence[Duty], checked: CheckReport) -> ByWeek:
    """What each handler bears by local Monday, frozen duties included; zeros are left out but for the minutes.

    `paid_min` counts towards the contract, `worked_min` towards working time, both with leave credited; `nights`,
    `weekends` and `bank_holidays`, those from Monday to Friday, are duties, `wishes_lost` wishes not met.
    """
    mondays = [problem.week_start + timedelta(weeks=week) for week in range(problem.n_weeks)]
    weeks: dict[date, dict[str, dict[str, int]]] = {
        monday: {name: defaultdict(int) for name in BURDENS} for monday in mondays
    }
    for tour in tours_of(problem, duties):
        ref = tour.handler.ref
        for monday in mondays:
            for name, is_away in (("paid_min", tour.handler.credited), ("worked_min", tour.handler.on_leave)):
                away = [day for day in _days(monday) if is_away(day)]
                weeks[monday][name][ref] = _credit_min(problem, tour, away)
        for one in tour.duties:
            for name, n in _burdens(problem, tour, one).items():
                weeks[_monday(one.date)][name][ref] += n
    for term in checked.penalties:
        if term.rule is RuleId.WISHES and isinstance(term.when, date) and _monday(term.when) in weeks:
            weeks[_monday(term.when)]["wishes_lost"][term.subject] += 1
    return {
        monday.isoformat(): {
            name: {ref: n for ref, n in by_ref.items() if n or (name.endswith("_min") and name != "learning_min")}
            for name, by_ref in burdens.items()
        }
        for monday, burdens in weeks.items()
    }


def total(weeks: ByWeek, name: str) -> dict[str, int]:
    """The period's total of one burden by handler."""
    sums: dict[str, int] = defaultdict(int)
    for burdens in weeks.values():
        for ref, n in burdens[name].items():
            sums[ref] += n
    return dict(sums)


def _burdens(problem: RosterProblem, tour: Tour, one: TourDuty) -> dict[str, int]:
    def paid(length_min: int) -> int:
        return problem.paid_min(tour.handler, length_min)

    besides = one.kind in (Kind.REST_DAY, Kind.TOIL)
    learning = [s.end - s.start for s in one.duty.activities if s.activity == Activity.LEARNING]
    return {
        "paid_min": 0 if besides else paid(one.length_min - one.overtime_min),
        "worked_min": paid(one.length_min),
        "nights": int(one.is_night),
        "weekends": int(one.date.weekday() >= _SATURDAY),
        "bank_holidays": int(one.date in problem.bank_holidays and one.date.weekday() < _SATURDAY),
        "learning_min": sum(learning, timedelta(0)) // timedelta(minutes=1),
    }


def _credit_min(problem: RosterProblem, tour: Tour, days: Sequence[date]) -> int:
    """Credit for days of leave [min]: the pattern's duties, in free mode a seventh of the contract's week each."""
    if problem.mode is Mode.FREE:
        return tour.handler.contract.weekly_min * len(days) // 7
    worked = {one.date for one in tour.duties}
    return sum(
        problem.paid_min(tour.handler, nominal.length_min)
        for nominal in tour.handler.nominal
        if nominal.date in days and nominal.date not in worked
    )


def _days(monday: date) -> list[date]:
    return [monday + timedelta(days=day) for day in range(7)]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
