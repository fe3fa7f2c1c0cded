"""Which values each rule has, and which of them make sense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from rostering.errors import ProblemError
from rostering.rule_sets.rule import Rule, RuleId

NAMES: Final[Mapping[RuleId, tuple[str, ...]]] = MappingProxyType(
    {
        RuleId.DAILY_REST: ("rest_min",),
        RuleId.COMPENSATORY_REST: ("within_days",),
        RuleId.WEEKLY_REST: ("week_rest_min", "fortnight_rest_min", "daily_rest_min"),
        RuleId.WEEKLY_AVERAGE: ("average_min", "weeks"),
        RuleId.NIGHT: ("from_min", "until_min", "least_min"),
        RuleId.NIGHT_AVERAGE: ("average_min", "weeks", "rest_days_per_week"),
        RuleId.NIGHT_LENGTH: ("longest_min",),
        RuleId.STATUTORY_BREAK: ("duty_over_min", "break_min"),
        RuleId.MEAL: (
            "short_meal_min",
            "meal_from_min",
            "meal_min",
            "long_meal_from_min",
            "long_meal_min",
            "clear_from_min",
            "clear_ends_min",
            "clear_percent",
        ),
        RuleId.SHORT_BREAKS: ("break_min", "one_from_min", "two_from_min", "clear_ends_min", "clear_meal_min"),
        RuleId.DUTY_MAX: ("duty_max_min",),
        RuleId.RUN: ("most_duties",),
        RuleId.NIGHT_RUN: ("most_nights",),
        RuleId.AFTER_NIGHTS: ("rest_min", "per_time"),
        RuleId.FATIGUE: (
            "duties_free",
            "per_duty_beyond",
            "nights_free",
            "per_night_beyond",
            "long_over_min",
            "per_long",
            "early_before_min",
            "per_early",
            "per_single_rest_day",
            "backward_over_min",
            "per_backward",
        ),
        RuleId.LENGTHS: ("shortest_min", "longest_min"),
        RuleId.CONTRACT: ("tolerance_min", "tolerance_min_per_week"),
        RuleId.FIXED_DAYS: ("notice_months", "exigency_months"),
        RuleId.CONSENT: ("notice_months",),
        RuleId.OVERTIME: ("per_overtime", "per_rest_day", "per_toil", "notice_days", "per_short_notice"),
        RuleId.PUBLICATION: ("ahead_days", "covers_days"),
        RuleId.AGREEMENT: (),
        RuleId.LEARNING: ("session_min",),
        RuleId.ROLES: ("short_seat", "short_call"),
        RuleId.TRAINEES: ("most_per_tutor", "beyond_seat", "beyond_call"),
        RuleId.LEAVE: (),
        RuleId.SKILL: (),
        RuleId.SINGLE_DUTY: (),
        RuleId.TRAINING: (),
        RuleId.ACTIVITIES: ("grid_min",),
        RuleId.PINNED: (),
        RuleId.SERVICE: ("short_first", "short_beyond", "short_999_extra", "first_percent"),
        RuleId.FAIRNESS: ("window_weeks", "per_night", "per_weekend_duty", "per_above_mean", "most"),
        RuleId.WISHES: ("per_point",),
        RuleId.CHANGES: ("per_day", "per_quarter"),
    }
)
_ON_THE_QUARTER = (RuleId.WEEKLY_REST, RuleId.MEAL, RuleId.SHORT_BREAKS, RuleId.LENGTHS, RuleId.LEARNING)
_RANGES: Final[Mapping[tuple[RuleId, str], tuple[int, int]]] = MappingProxyType(
    {
        (RuleId.NIGHT, "from_min"): (0, 1439),
        (RuleId.NIGHT, "until_min"): (0, 1439),
        (RuleId.NIGHT_AVERAGE, "rest_days_per_week"): (0, 6),
        (RuleId.RUN, "most_duties"): (1, 28),
        (RuleId.NIGHT_RUN, "most_nights"): (1, 28),
        (RuleId.FATIGUE, "duties_free"): (0, 28),
        (RuleId.FATIGUE, "nights_free"): (0, 28),
        (RuleId.ACTIVITIES, "grid_min"): (15, 15),
        (RuleId.LEARNING, "session_min"): (15, 480),
        (RuleId.FAIRNESS, "most"): (0, 100),
        (RuleId.TRAINEES, "most_per_tutor"): (0, 100),
        **{(RuleId.MEAL, name): (1, 1440) for name in ("short_meal_min", "meal_min", "long_meal_min")},
        (RuleId.SHORT_BREAKS, "break_min"): (1, 1440),
        (RuleId.CONTRACT, "tolerance_min_per_week"): (0, 7 * 1440),
        **{(RuleId.LENGTHS, name): (1, 1440) for name in ("shortest_min", "longest_min")},
        # A longer duty could last into a third local date, for which no night and no cover is counted.
        (RuleId.DUTY_MAX, "duty_max_min"): (1, 1440),
        **{(RuleId.SERVICE, name): (0, 1000) for name in ("short_first", "short_beyond", "short_999_extra")},
    }
)
_BY_ENDING: Final = (  # the unit, or the weight, in the name; the first that fits counts
    ("percent", 0, 100),
    ("_months", 0, 60),
    ("_days", 0, 400),
    ("weeks", 1, 52),
    ("_min", 0, 7 * 1440),
)
_WEIGHT = (0, 1000)
_RISING = (  # the first is at most the second
    (RuleId.STATUTORY_BREAK, "break_min", RuleId.MEAL, "short_meal_min"),
    (RuleId.STATUTORY_BREAK, "break_min", RuleId.MEAL, "meal_min"),
    (RuleId.STATUTORY_BREAK, "break_min", RuleId.MEAL, "long_meal_min"),
    (RuleId.MEAL, "meal_from_min", RuleId.MEAL, "long_meal_from_min"),
    (RuleId.SHORT_BREAKS, "one_from_min", RuleId.SHORT_BREAKS, "two_from_min"),
    (RuleId.LENGTHS, "shortest_min", RuleId.LENGTHS, "longest_min"),
    (RuleId.WEEKLY_REST, "week_rest_min", RuleId.WEEKLY_REST, "fortnight_rest_min"),
    (RuleId.FIXED_DAYS, "exigency_months", RuleId.FIXED_DAYS, "notice_months"),
)


def require_values(rule: Rule) -> None:
    """Refuse a rule with other values than the model and the checker read, or with one out of its range."""
    names = [name for name, _ in rule.values]
    if sorted(names) != sorted(NAMES[rule.id]):
        raise ProblemError(f"rule {rule.id} has the values {names}, expected {list(NAMES[rule.id])}")
    for name, value in rule.values:
        low, high = _range(rule.id, name)
        if not low <= value <= high:
            wanted = f"{low} to {high}" if low < high else str(low)
            raise ProblemError(f"rule {rule.id}: {name} is {value}, expected {wanted}")
        if rule.id in _ON_THE_QUARTER and name.endswith("_min") and value % 15:
            raise ProblemError(f"rule {rule.id}: {name} is {value}, expected a multiple of 15")


def require_order(rules: Iterable[Rule]) -> None:
    """Refuse thresholds in the wrong order, and meals shorter than the statutory break."""
    by_id = {rule.id: rule for rule in rules}
    for low_id, low_name, high_id, high_name in _RISING:
        low, high = by_id[low_id][low_name], by_id[high_id][high_name]
        if low > high:
            raise ProblemError(
                f"rule {high_id}: {high_name} is {high}, expected at least {low}, the {low_name} of rule {low_id}"
            )


def _range(rule_id: RuleId, name: str) -> tuple[int, int]:
    """Least and greatest value that makes sense."""
    if (rule_id, name) in _RANGES:
        return _RANGES[rule_id, name]
    if name.startswith("per_"):
        return _WEIGHT
    return next(((low, high) for ending, low, high in _BY_ENDING if name.endswith(ending)), _WEIGHT)
