"""England and Wales: police staff, and officers who work in the room."""

from __future__ import annotations

from typing import Final

from rostering.rule_sets.rule import Rule, RuleId
from rostering.rule_sets.rule_set import RuleSet
from rostering.rule_sets.staff_tiers import TIERS
from rostering.rule_sets.staff_working_time import WORKING_TIME

ENGLAND_WALES_STAFF: Final = RuleSet("england-wales-police-staff", "2025-1", (*WORKING_TIME, *TIERS))

_REGULATIONS = "Police Regulations 2003 reg. 22 and Annex E; met.police.uk FOI 01.FOI.23.033379"

ENGLAND_WALES_OFFICERS: Final = RuleSet("england-wales-officers", "2025-1", ENGLAND_WALES_STAFF.rules).with_rules(
    Rule(
        RuleId.DAILY_REST,
        "At least 11 consecutive hours between duties, as elapsed time",
        (("rest_min", 660),),
        f"{_REGULATIONS}; polfed.org/kent duty-time; clock changes counted as elapsed time",
        hard=True,
    ),
    Rule(
        RuleId.RUN,
        "At most 7 days of duty between rest days",
        (("most_duties", 7),),
        _REGULATIONS,
        hard=True,
    ),
    Rule(
        RuleId.FIXED_DAYS,
        "Published working days and rest days stay: each nominal duty that is not on leave is worked, no other but "
        "what was offered. Within the three months that a roster shows, days change by agreement or exigency",
        (("notice_months", 3), ("exigency_months", 3)),
        _REGULATIONS,
        hard=True,
    ),
    Rule(
        RuleId.CONSENT,
        "Start and finish move only within the officer's recorded consent; within a month, in which the roster is "
        "published, times change by agreement or exigency",
        (("notice_months", 1),),
        _REGULATIONS,
        hard=True,
    ),
    Rule(
        RuleId.PUBLICATION,
        "A roster is published a month before it begins and shows three months, each month as its longest",
        (("ahead_days", 31), ("covers_days", 92)),
        _REGULATIONS,
        hard=False,
    ),
    Rule(
        RuleId.OVERTIME,
        "Work besides the pattern, per quarter-hour in cost: time and a third counted as 3 against 2 of plain time "
        "off, rest days at time and a half; under 5 days' notice they are dearer",
        (("per_overtime", 3), ("per_rest_day", 3), ("per_toil", 2), ("notice_days", 5), ("per_short_notice", 2)),
        "Police Regulations 2003 reg. 25 and 26 (background knowledge, not read); whole-number rates: assumption",
        hard=False,
    ),
)
