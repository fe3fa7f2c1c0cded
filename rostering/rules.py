"""Working-time and local rules as frozen values, each with its source; a rule set is named, versioned and hashed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from rostering.errors import ProblemError


class RuleId(StrEnum):
    """Names of the rules; W, H and P numbers are those of the domain notes."""

    DAILY_REST = "W1"
    WEEKLY_REST = "W3"
    WEEKLY_AVERAGE = "W4"
    STATUTORY_BREAK = "W9"
    MEAL = "W10"
    SHORT_BREAKS = "W11"
    DUTY_MAX = "H1"
    LENGTHS = "LENGTHS"
    CONTRACT = "P1"
    FIXED_DAYS = "P2"
    CONSENT = "P3"
    LEAVE = "LEAVE"
    SKILL = "SKILL"
    SINGLE_DUTY = "SINGLE"
    TRAINING = "TRAINING"
    ACTIVITIES = "ACTIVITIES"
    SERVICE = "SERVICE"
    NIGHT = "W5"
    NIGHT_AVERAGE = "W6"
    NIGHT_LENGTH = "W7"
    RUN = "H2"
    NIGHT_RUN = "H2N"
    AFTER_NIGHTS = "H3"
    FATIGUE = "H4"
    AGREEMENT = "F1"
    LEARNING = "L1"
    ROLES = "S1"
    TRAINEES = "S2"
    FAIRNESS = "FAIRNESS"
    WISHES = "WISHES"
    CHANGES = "CHANGES"
    OVERTIME = "P4"
    PINNED = "PINNED"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: named whole-number values (unit in the name), where it comes from, hard or soft."""

    id: RuleId
    text: str
    values: tuple[tuple[str, int], ...]
    source: str
    hard: bool

    def __post_init__(self) -> None:
        if len({name for name, _ in self.values}) != len(self.values):
            raise ProblemError(f"rule {self.id} names a value twice: {[name for name, _ in self.values]}")
        for name, value in self.values:
            if value < 0:
                raise ProblemError(f"rule {self.id}: {name} is {value}, expected 0 or more")
        if not self.source:
            raise ProblemError(f"rule {self.id} has no source: say where it comes from")

    def __getitem__(self, name: str) -> int:
        for known, value in self.values:
            if known == name:
                return value
        raise KeyError(f"rule {self.id} has no value {name!r}; it has {[known for known, _ in self.values]}")


_WTR = "Working Time Regulations 1998"
_LRD = "lrdpublications.org.uk idp14836336"

_DEFAULT_RULES = (
    Rule(
        RuleId.DAILY_REST,
        "At least 11 consecutive hours between duties, as elapsed time",
        (("rest_min", 660),),
        f"{_WTR} reg. 10; {_LRD}; fedrep.info/single_id.php?id=118; clock changes counted as elapsed time",
        hard=True,
    ),
    Rule(
        RuleId.WEEKLY_REST,
        "24 hours of rest in the week, or 48 hours or twice 24 hours in this and the previous week, besides daily rest",
        (("week_rest_min", 1440), ("fortnight_rest_min", 2880), ("daily_rest_min", 660)),
        f"{_WTR} reg. 11(1), 11(2) and 11(7); {_LRD}; legislation.gov.uk/nisr/2016/49/regulation/13 (NI twin)",
        hard=True,
    ),
    Rule(
        RuleId.WEEKLY_AVERAGE,
        "At most 48 worked hours a week on average over 17 weeks, unless opted out in writing; never one week's cap",
        (("average_min", 2880), ("weeks", 17)),
        f"{_WTR} reg. 4; diverse-employment.co.uk/working-time-regulations",
        hard=True,
    ),
    Rule(
        RuleId.STATUTORY_BREAK,
        "An uninterrupted break of 20 minutes in a duty of more than 6 hours, not at its ends",
        (("duty_over_min", 360), ("break_min", 20)),
        f"{_WTR} reg. 12; {_LRD} (Hughes, EAT)",
        hard=True,
    ),
    Rule(
        RuleId.MEAL,
        "One meal: 30 min under 6 h, 45 min from 6 h, 60 min from 9 h; clear of the first and last 3 h from 8 h on, "
        "of 40% of the time besides the meal in shorter duties",
        (
            ("short_meal_min", 30),
            ("meal_from_min", 360),
            ("meal_min", 45),
            ("long_meal_from_min", 540),
            ("long_meal_min", 60),
            ("clear_from_min", 480),
            ("clear_ends_min", 180),
            ("clear_percent", 40),
        ),
        "Refreshment table, nottinghamshire.polfed.org meal-break FAQ and gov.uk circular 001/2019 Annex E, "
        "rounded up to the quarter-hour; default for staff. Windows: assumption",
        hard=True,
    ),
    Rule(
        RuleId.SHORT_BREAKS,
        "Short breaks: one after the meal from 4 h, one before it as well from 8 h, where there is room clear of the "
        "first and last hour and 45 min off the time in which the meal may lie; with the meal, 10 min an hour",
        (
            ("break_min", 15),
            ("one_from_min", 240),
            ("two_from_min", 480),
            ("clear_ends_min", 60),
            ("clear_meal_min", 45),
        ),
        "HSE display-screen guidance, 5-10 min an hour (lrdpublications.org.uk idp248816): not fixed by law, soft",
        hard=False,
    ),
    Rule(
        RuleId.DUTY_MAX,
        "A duty lasts at most 12 hours",
        (("duty_max_min", 720),),
        "HSE, hse.gov.uk/humanfactors/topics/good-practice-guidelines.htm",
        hard=True,
    ),
    Rule(
        RuleId.LENGTHS,
        "A moved duty lasts 7 to 10 hours; a nominal duty outside that range widens it to its own length",
        (("shortest_min", 420), ("longest_min", 600)),
        "Polfed guidance 8-10 h, polfed.org shift-rota-management; the shorter end is an assumption",
        hard=True,
    ),
    Rule(
        RuleId.CONTRACT,
        "Paid minutes over the contract's cycle of weeks, this one last, within the tolerance of the contract: that of "
        "the cycle, or that per week times the weeks where it is more",
        (("tolerance_min", 240), ("tolerance_min_per_week", 60)),
        "Police Staff Council handbook: 37 h a week, averaged (wmp-unite.com/know-your-rights); tolerance: assumption",
        hard=True,
    ),
    Rule(
        RuleId.FIXED_DAYS,
        "Published working days and rest days stay: each nominal duty that is not on leave is worked, no other",
        (),
        "Police Staff Council: rest days notified 12 months ahead (wmp-unite.com; staffordshirepoliceunison.com)",
        hard=True,
    ),
    Rule(
        RuleId.CONSENT,
        "Start and finish move only within the handler's recorded consent",
        (),
        "Police Staff Council: 3 months' notice of start and finish unless agreed (wmp-unite.com)",
        hard=True,
    ),
    Rule(RuleId.LEAVE, "No duty starts on a day of leave", (), f"{_WTR} reg. 13; force policy", hard=True),
    Rule(
        RuleId.SKILL,
        "A queue is answered only by a handler whose skill for it is valid on the duty's date",
        (),
        "Force training records",
        hard=True,
    ),
    Rule(RuleId.SINGLE_DUTY, "One duty at a time", (), "By definition", hard=True),
    Rule(
        RuleId.TRAINING,
        "A fixed session lies inside a duty, as training, whole and not on calls; no meal then",
        (),
        "Protected learning, HMICFRS Getting a grip (2023)",
        hard=True,
    ),
    Rule(
        RuleId.ACTIVITIES,
        "Activities fill the duty without gap or overlap, on the quarter-hour",
        (("grid_min", 15),),
        "By definition",
        hard=True,
    ),
    Rule(
        RuleId.SERVICE,
        "Shortfall per seat and quarter-hour: first tenth of the need, beyond it, and extra for a 999 seat",
        (("short_first", 1), ("short_beyond", 3), ("short_999_extra", 15), ("first_percent", 10)),
        "Assumption: a late 999 call weighs at least five times a lost 101 call",
        hard=False,
    ),
    Rule(
        RuleId.NIGHT,
        "A night duty has at least 3 hours between 23:00 and 06:00 local time",
        (("from_min", 1380), ("until_min", 360), ("least_min", 180)),
        f"{_WTR} reg. 2; acas.org.uk/working-time-rules/night-workers",
        hard=True,
    ),
    Rule(
        RuleId.NIGHT_AVERAGE,
        "A night worker's hours: at most 8 in each 24 on average over 17 weeks, one rest day a week left out of the "
        "days; no opt-out",
        (("average_min", 480), ("weeks", 17), ("rest_days_per_week", 1)),
        f"{_WTR} reg. 6(1) and 6(5); cwgrowthhub.co.uk/gov/night-working-hours",
        hard=True,
    ),
    Rule(
        RuleId.NIGHT_LENGTH,
        "Where a risk assessment finds special hazard or heavy strain: the longest night duty; 0 where it does not",
        (("longest_min", 0),),
        f"{_WTR} reg. 6(7); acas.org.uk/working-time-rules/night-workers",
        hard=True,
    ),
    Rule(
        RuleId.RUN,
        "At most 7 days of duty in a row",
        (("most_duties", 7),),
        "HSE, hse.gov.uk/humanfactors/topics/good-practice-guidelines.htm: 5 to 7 consecutive days",
        hard=True,
    ),
    Rule(
        RuleId.NIGHT_RUN,
        "At most 4 night duties in a row",
        (("most_nights", 4),),
        "HSE good practice; pnb.scot/handbook/1-publication-of-duty-rosters; Polfed shift-rota-management",
        hard=True,
    ),
    Rule(
        RuleId.AFTER_NIGHTS,
        "Two nights of sleep, 46 hours, between a night duty and a duty that is none; otherwise counted once each time",
        (("rest_min", 2760), ("per_time", 30)),
        "HSE good practice guidelines; the figure of 46 hours is an assumption",
        hard=False,
    ),
    Rule(
        RuleId.FATIGUE,
        "Counted: each duty of a run beyond 6, each night of a run beyond 3, each duty over 10 h, each start before "
        "07:00, each single day of rest, each duty that starts over an hour earlier by the clock than the day before's",
        (
            ("duties_free", 6),
            ("per_duty_beyond", 8),
            ("nights_free", 3),
            ("per_night_beyond", 8),
            ("long_over_min", 600),
            ("per_long", 4),
            ("early_before_min", 420),
            ("per_early", 2),
            ("per_single_rest_day", 6),
            ("backward_over_min", 60),
            ("per_backward", 4),
        ),
        "HSE good practice guidelines; polfed.org/support/fatigue/responsibilities/shift-rota-management; weights: "
        "assumption, in quarter-hours moved",
        hard=False,
    ),
    Rule(
        RuleId.FAIRNESS,
        "Nights and weekend duties count, each dearer for whoever has had more of them than the mean of the ledger",
        (("window_weeks", 13), ("per_night", 1), ("per_weekend_duty", 1), ("per_above_mean", 1), ("most", 10)),
        "HMICFRS Getting a grip (2023), well-being; weights: assumption, in quarter-hours moved",
        hard=False,
    ),
    Rule(
        RuleId.WISHES,
        "A wish that is not met costs its weight times this",
        (("per_point", 2),),
        "HMICFRS Getting a grip (2023): preferences in advance; weight: assumption, in quarter-hours moved",
        hard=False,
    ),
    Rule(
        RuleId.CHANGES,
        "Repair: each person's day that differs from the published roster, and each quarter-hour its ends move",
        (("per_day", 20), ("per_quarter", 1)),
        "Police Staff Council: notice of duty times; weights: assumption, in quarter-hours moved",
        hard=False,
    ),
    Rule(
        RuleId.AGREEMENT,
        "Duties keep the handler's flexible-working agreement",
        (),
        "Employment Rights Act 1996 s. 80F; gov.uk Acas Code (2024)",
        hard=True,
    ),
    Rule(
        RuleId.LEARNING,
        "Protected learning due in the period is given in sessions of an hour, off calls and beside meals and breaks",
        (("session_min", 60),),
        "HMICFRS Getting a grip (2023): protected learning built into the pattern",
        hard=True,
    ),
    Rule(
        RuleId.ROLES,
        "A role's heads short on duty, per quarter-hour: where service counts in seats, and in thousandths of calls",
        (("short_seat", 15), ("short_call", 200)),
        "HMICFRS Getting a grip (2023): supervisors, experts on each shift; weights: assumption",
        hard=False,
    ),
    Rule(
        RuleId.TRAINEES,
        "Trainees on duty beyond two for each tutor on duty, per quarter-hour, as for roles",
        (("most_per_tutor", 2), ("beyond_seat", 5), ("beyond_call", 50)),
        "HMICFRS Getting a grip (2023), induction; ratio: assumption",
        hard=False,
    ),
    Rule(
        RuleId.OVERTIME,
        "Work besides the pattern, per quarter-hour in cost: overtime at time and a half, rest days likewise, TOIL at "
        "plain time; with under 5 days' notice of a rest day both are owed",
        (("per_overtime", 3), ("per_rest_day", 3), ("per_toil", 2), ("notice_days", 5), ("per_short_notice", 2)),
        "Police Staff Council via wmp-unite.com/know-your-rights; rates: assumption",
        hard=False,
    ),
    Rule(RuleId.PINNED, "A pinned duty keeps its start and end", (), "The planner's decision", hard=True),
)


_VALUE_NAMES = {rule.id: [name for name, _ in rule.values] for rule in _DEFAULT_RULES}
_ON_THE_QUARTER = (RuleId.WEEKLY_REST, RuleId.MEAL, RuleId.SHORT_BREAKS, RuleId.LENGTHS)
_POSITIVE = (
    *((RuleId.MEAL, name) for name in ("short_meal_min", "meal_min", "long_meal_min")),
    (RuleId.SHORT_BREAKS, "break_min"),
    (RuleId.DUTY_MAX, "duty_max_min"),
    *((RuleId.LENGTHS, name) for name in ("shortest_min", "longest_min")),
)
_RISING = (  # the first is at most the second
    (RuleId.STATUTORY_BREAK, "break_min", RuleId.MEAL, "short_meal_min"),
    (RuleId.STATUTORY_BREAK, "break_min", RuleId.MEAL, "meal_min"),
    (RuleId.STATUTORY_BREAK, "break_min", RuleId.MEAL, "long_meal_min"),
    (RuleId.MEAL, "meal_from_min", RuleId.MEAL, "long_meal_from_min"),
    (RuleId.SHORT_BREAKS, "one_from_min", RuleId.SHORT_BREAKS, "two_from_min"),
    (RuleId.LENGTHS, "shortest_min", RuleId.LENGTHS, "longest_min"),
    (RuleId.WEEKLY_REST, "week_rest_min", RuleId.WEEKLY_REST, "fortnight_rest_min"),
)


def _range(rule_id: RuleId, name: str) -> tuple[int, int]:
    """Least and greatest value that makes sense, by the unit in its name."""
    if rule_id == RuleId.ACTIVITIES:
        return 15, 15
    if name == "weeks":
        return 1, 52
    if name.endswith("percent"):
        return 0, 100
    if rule_id == RuleId.SERVICE or name.startswith("per_"):
        return 0, 1000
    return int((rule_id, name) in _POSITIVE), 7 * 1440


def _check_values(rule: Rule) -> None:
    """Refuse a rule with other values than the model and the checker read, or with one out of its range."""
    names = [name for name, _ in rule.values]
    if sorted(names) != sorted(_VALUE_NAMES[rule.id]):
        raise ProblemError(f"rule {rule.id} has the values {names}, expected {_VALUE_NAMES[rule.id]}")
    for name, value in rule.values:
        low, high = _range(rule.id, name)
        if not low <= value <= high:
            wanted = f"{low} to {high}" if low < high else str(low)
            raise ProblemError(f"rule {rule.id}: {name} is {value}, expected {wanted}")
        if rule.id in _ON_THE_QUARTER and name.endswith("_min") and value % 15:
            raise ProblemError(f"rule {rule.id}: {name} is {value}, expected a multiple of 15")


def _check_order(rules: RuleSet) -> None:
    """Refuse thresholds in the wrong order, and meals shorter than the statutory break."""
    for low_id, low_name, high_id, high_name in _RISING:
        low, high = rules[low_id][low_name], rules[high_id][high_name]
        if low > high:
            raise ProblemError(
                f"rule {high_id}: {high_name} is {high}, expected at least {low}, the {low_name} of rule {low_id}"
            )


@dataclass(frozen=True)
class RuleSet:
    """Named, versioned rules; every rule id once.

    Raises
    ------
    ProblemError : an id is missing or comes twice, or a value is out of its range
    """

    name: str
    version: str
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        ids = [rule.id for rule in self.rules]
        if sorted(ids) != sorted(RuleId):
            wrong = sorted({i for i in ids if ids.count(i) > 1} | (set(RuleId) - set(ids)))
            raise ProblemError(f"rule set {self.name!r}: expected each rule once, wrong: {', '.join(wrong)}")
        for rule in self.rules:
            _check_values(rule)
        _check_order(self)

    def __getitem__(self, rule_id: RuleId) -> Rule:
        return self._by_id[rule_id]

    def replaced(self, rule_id: RuleId, **values: int) -> RuleSet:
        """The same rules with other values of one of them, for a force's own agreement or a what-if."""
        old = self[rule_id]
        if unknown := set(values) - {name for name, _ in old.values}:
            raise ProblemError(f"rule {rule_id} has no value {sorted(unknown)}, it has {[n for n, _ in old.values]}")
        new = Rule(old.id, old.text, tuple((n, values.get(n, v)) for n, v in old.values), old.source, old.hard)
        rules = tuple(new if rule.id == rule_id else rule for rule in self.rules)
        return RuleSet(self.name, self.version, rules)

    @cached_property
    def hash(self) -> str:
        """sha256 of the canonical JSON of name, version and rules in the order of their ids."""
        rules = [
            {"id": r.id, "text": r.text, "values": dict(r.values), "source": r.source, "hard": r.hard}
            for r in sorted(self.rules, key=lambda r: r.id)
        ]
        text = json.dumps({"name": self.name, "version": self.version, "rules": rules}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _by_id(self) -> dict[RuleId, Rule]:
        return {rule.id: rule for rule in self.rules}


ENGLAND_WALES_STAFF = RuleSet("england-wales-police-staff", "2024-1", _DEFAULT_RULES)


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
