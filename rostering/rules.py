"""The rules that a roster keeps: rule sets by name, and what follows from a rule for a duty or a contract."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rostering.rule_sets.england_wales import ENGLAND_WALES_OFFICERS, ENGLAND_WALES_STAFF
from rostering.rule_sets.rule import Rule, RuleId
from rostering.rule_sets.rule_set import RuleSet
from rostering.rule_sets.scotland import SCOTLAND_OFFICERS

__all__ = [
    "ENGLAND_WALES_OFFICERS",
    "ENGLAND_WALES_STAFF",
    "RULE_SETS",
    "SCOTLAND_OFFICERS",
    "Rule",
    "RuleId",
    "RuleSet",
    "meal_min",
    "paid_min",
    "tolerance_min",
]

RULE_SETS: Final[Mapping[str, RuleSet]] = MappingProxyType(
    {rules.name: rules for rules in (ENGLAND_WALES_STAFF, ENGLAND_WALES_OFFICERS, SCOTLAND_OFFICERS)}
)


def meal_min(rules: RuleSet, length_min: int) -> int:
    """Length of the meal in a duty of ``length_min`` [min]."""
    rule = rules[RuleId.MEAL]
    if length_min >= rule["long_meal_from_min"]:
        return rule["long_meal_min"]
    return rule["meal_min"] if length_min >= rule["meal_from_min"] else rule["short_meal_min"]


def paid_min(rules: RuleSet, length_min: int, *, meals_paid: bool) -> int:
    """Paid minutes of a duty of ``length_min`` [min]: all of it, less the meal where meals are unpaid."""
    return length_min if meals_paid else length_min - meal_min(rules, length_min)


def tolerance_min(rules: RuleSet, cycle_weeks: int) -> int:
    """How far the paid minutes of a cycle may lie off the contract [min]."""
    rule = rules[RuleId.CONTRACT]
    return max(rule["tolerance_min"], rule["tolerance_min_per_week"] * cycle_weeks)
