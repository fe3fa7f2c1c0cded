"""What a stored roster says besides its duties: cover, hours, and what each person bears by week. Plain counting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.rosters.document import duties_to_json
from rostering.check import CheckReport
from rostering.findings import Violation
from rostering.problem import RosterProblem, Skill
from rostering.roster import Activity, Duty
from rostering.rules import RuleId, RuleSet, paid_min

_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_SATURDAY = 5
BURDENS = ("paid_min", "nights", "weekends", "learning_min")

ByWeek = dict[str, dict[str, dict[str, int]]]


def body(
    problem: RosterProblem, duties: Sequence[Duty], checked: CheckReport, required: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """What is stored of a roster besides its simulation; `required`: seats needed before shrinkage, by skill."""
    weeks = by_week(problem, duties)
    return {
        "duties": duties_to_json(tuple(duties)),
        "carried_over": duties_to_json(problem.frozen_duties),
        "coverage": coverage(problem, checked, required),
        "hours": hours(problem, duties, checked, required),
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
    problem: RosterProblem, duties: Sequence[Duty], checked: CheckReport, required: Mapping[str, Sequence[int]]
) -> dict[str, float]:
    """Hours of the period by kind."""
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
        "paid": sum(total(by_week(problem, duties), "paid_min").values()) / 60,
        **{f"activity_{activity}": round(hours, 2) for activity, hours in by_activity.items()},
    }


def by_week(problem: RosterProblem, duties: Sequence[Duty]) -> ByWeek:
    """By local Monday: `paid_min` with credited leave, `nights`, `weekends` and `learning_min` of each handler."""
    zone, rules = ZoneInfo(problem.timezone), problem.rules
    mondays = [problem.week_start + timedelta(days=7 * week) for week in range(problem.n_weeks)]
    weeks: dict[date, dict[str, dict[str, int]]] = {
        monday: {name: defaultdict(int) for name in BURDENS} for monday in mondays
    }
    for handler in problem.handlers:
        for monday in mondays:
            weeks[monday]["paid_min"][handler.ref] = 0
        for nominal in handler.nominal:
            if handler.credited(nominal.date):
                paid = paid_min(rules, nominal.length_min, meals_paid=problem.meals_paid)
                weeks[_monday(nominal.date)]["paid_min"][handler.ref] += paid
    for duty in duties:
        day = duty.start.astimezone(zone).date()
        if (week := weeks.get(_monday(day))) is None:
            continue
        week["paid_min"][duty.handler] += paid_min(rules, length_min(duty), meals_paid=problem.meals_paid)
        week["nights"][duty.handler] += is_night(duty, zone, rules)
        week["weekends"][duty.handler] += day.weekday() >= _SATURDAY
        week["learning_min"][duty.handler] += sum(
            int((s.end - s.start).total_seconds()) // 60 for s in duty.activities if s.activity == Activity.LEARNING
        )
    return {
        monday.isoformat(): {
            name: {ref: int(n) for ref, n in by_ref.items() if n or name == "paid_min"}
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


def length_min(duty: Duty) -> int:
    """Elapsed minutes of a duty."""
    return int((duty.end.astimezone(UTC) - duty.start.astimezone(UTC)).total_seconds()) // 60


def is_night(duty: Duty, zone: ZoneInfo, rules: RuleSet) -> bool:
    """Whether a duty is a night duty by rule NIGHT: enough of it, as elapsed time, lies in the local night."""
    rule = rules[RuleId.NIGHT]
    start, end = duty.start.astimezone(UTC), duty.end.astimezone(UTC)
    first = duty.start.astimezone(zone).date() - _DAY
    inside = timedelta(0)
    for offset in range((end - start).days + 3):
        evening = first + offset * _DAY
        opens = _local(evening, rule["from_min"], zone)
        closes = _local(evening + _DAY * (rule["until_min"] <= rule["from_min"]), rule["until_min"], zone)
        inside += max(min(end, closes) - max(start, opens), timedelta(0))
    return inside >= timedelta(minutes=rule["least_min"])


def _local(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(*divmod(minute, 60)), zone).astimezone(UTC)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
