"""A control-room instance as the core's arrays: weekly mode, one meal a duty, the instance's own costs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from rostering.model.options import PersonOptions, person_options
from rostering.model.slots import OptionRows
from rostering.model.state import Force, make_force
from rostering.problem import Consent, Contract, Cover, Handler, NominalDuty, RosterProblem, Skill, SkillValidity
from rostering.rules import ENGLAND_WALES_STAFF, RuleId, RuleSet

_MONDAY = date(2024, 1, 1)  # in UTC no clock changes: any Monday will do
_EVERYTHING = 10_080


def read(path: Path) -> dict[str, Any]:
    """The instance's JSON.

    Raises
    ------
    ValueError : its grid is another than quarter-hours of whole days
    """
    instance: dict[str, Any] = json.loads(path.read_text())
    if instance["interval_min"] != 15 or instance["days"] % 7:
        grid = f"{instance['interval_min']} min x {instance['days']} days"
        raise ValueError(f"{path.name}: grid is {grid}, expected 15 min x whole weeks")
    return instance


def rules_of(instance: dict[str, Any]) -> RuleSet:
    """Daily rest, one meal and the lengths of the instance; none of the other rules, nothing else that costs."""
    given = instance["rules"]
    lengths = given["lengths_min"]
    meal = given["meal_min"]
    rules = ENGLAND_WALES_STAFF.replaced(RuleId.DAILY_REST, rest_min=given["rest_min"])
    rules = rules.replaced(
        RuleId.MEAL,
        meal_min=meal,
        meal_from_min=0,
        long_meal_from_min=_EVERYTHING,
        clear_from_min=0,
        clear_ends_min=given["meal_start_after_min"],
    )
    rules = rules.replaced(RuleId.SHORT_BREAKS, one_from_min=_EVERYTHING, two_from_min=_EVERYTHING)
    rules = rules.replaced(RuleId.LENGTHS, shortest_min=min(lengths), longest_min=max(lengths))
    rules = rules.replaced(RuleId.WEEKLY_REST, week_rest_min=0, fortnight_rest_min=0, daily_rest_min=0)
    rules = rules.replaced(RuleId.CONTRACT, tolerance_min=_EVERYTHING)
    rules = rules.replaced(RuleId.RUN, most_duties=28).replaced(RuleId.NIGHT_RUN, most_nights=28)
    for rule_id in (RuleId.AFTER_NIGHTS, RuleId.FATIGUE, RuleId.FAIRNESS, RuleId.WISHES):
        costs = {name: 0 for name, _ in rules[rule_id].values if name.startswith("per_")}
        rules = rules.replaced(rule_id, **costs)
    return rules


def problem_of(instance: dict[str, Any]) -> RosterProblem:
    """The instance as a roster problem in UTC whose cover costs are the instance's."""
    start = datetime.combine(_MONDAY, datetime.min.time(), UTC)
    return RosterProblem(
        _MONDAY,
        "UTC",
        _cover(instance, start),
        tuple(_handler(instance, person, start) for person in instance["people"]),
        rules=rules_of(instance),
        meals_paid=True,
        start_step_min=instance["rules"]["start_step_min"],
        length_step_min=int(np.gcd.reduce(np.diff(instance["rules"]["lengths_min"]))),
        n_weeks=instance["days"] // 7,
    )


def _cover(instance: dict[str, Any], start: datetime) -> Cover:
    """The need of the week, without the days into which its last duties reach, which cost nothing."""
    costs = instance["costs"]
    nines, total = (np.array(instance["requirement"][name], dtype=np.int64) for name in ("999", "total"))
    first = np.maximum(1, total // 10)[:, None]
    seats = np.arange(int(first.max()) + 2)
    short = costs["short_total_first"] * np.minimum(seats, first)
    short += costs["short_total_rest"] * np.maximum(seats - first, 0)
    short_999 = np.tile([0, costs["short_999"]], (nines.size, 1))
    return Cover(start, nines, total - nines, cost_short=short, cost_short_999=short_999)


def force_of(instance: dict[str, Any]) -> Force:
    """The instance ready for the search: every tier weighs the same, all heads count towards the total need."""
    problem = problem_of(instance)
    force = make_force(problem, people_of(instance, problem))
    return replace(
        force, need=force.need._replace(pooled=True), weights=np.full(3, float(instance["costs"]["over_total"]))
    )


def _handler(instance: dict[str, Any], person: dict[str, Any], start: datetime) -> Handler:
    duties = []
    for duty in person["duties"]:
        at = start + timedelta(days=duty["day"], minutes=duty["nominal_start_min"])
        duties.append(NominalDuty(at.date(), at, min(instance["rules"]["lengths_min"])))
    lengths = instance["rules"]["lengths_min"]
    most = max((duty["consent_min"] for duty in person["duties"]), default=0)
    reach = most + max(lengths)
    skills = tuple(Skill) if Skill.CALLS_999 in person["skills"] else (Skill.CALLS_101,)  # 999 counts in the total
    return Handler(
        person["id"],
        Contract(person["target_min"]),
        tuple(SkillValidity(skill) for skill in skills),
        tuple(duties),
        Consent(most, most, reach, reach),
        opted_out_48h=True,
    )


def people_of(instance: dict[str, Any], problem: RosterProblem) -> list[PersonOptions]:
    """Options of everybody with the instance's consent per duty, lengths and costs."""
    people = []
    for person, handler in zip(instance["people"], problem.handlers, strict=True):
        mine = person_options(problem, handler)
        duties = tuple(
            replace(duty, options=_options(instance, person, asked, duty.options))
            for asked, duty in zip(person["duties"], mine.duties, strict=True)
        )
        people.append(replace(mine, duties=duties))
    return people


def _options(instance: dict[str, Any], person: dict[str, Any], duty: dict[str, Any], options: OptionRows) -> OptionRows:
    """Those that the instance allows, each with what the instance takes for its offset."""
    offset = 15 * (options.start - duty["day"] * 96) - duty["nominal_start_min"]
    lengths = 15 * (options.end - options.start)
    allowed = (abs(offset) <= duty["consent_min"]) & np.isin(lengths, instance["rules"]["lengths_min"])
    off_wish = abs(offset[allowed] - person["preferred_offset_min"]) // 30
    return replace(
        options.only(allowed), parts={RuleId.CONSENT: instance["costs"]["offset_per_30min"] * off_wish.astype(np.int64)}
    )
