"""Police Scotland: officers who work in the room."""

from __future__ import annotations

from typing import Final

from rostering.rule_sets.england_wales import ENGLAND_WALES_OFFICERS
from rostering.rule_sets.rule import Rule, RuleId
from rostering.rule_sets.rule_set import RuleSet

_HANDBOOK = "pnb.scot/handbook/1-publication-of-duty-rosters"

SCOTLAND_OFFICERS: Final = RuleSet("scotland-officers", "2025-1", ENGLAND_WALES_OFFICERS.rules).with_rules(
    Rule(
        RuleId.DAILY_REST,
        "At least 11 consecutive hours between duties, as elapsed time",
        (("rest_min", 660),),
        f"{_HANDBOOK}; clock changes counted as elapsed time",
        hard=True,
    ),
    Rule(RuleId.RUN, "At most 6 days of duty in a row", (("most_duties", 6),), _HANDBOOK, hard=True),
    Rule(RuleId.NIGHT_RUN, "At most 4 night duties in a row", (("most_nights", 4),), _HANDBOOK, hard=True),
    Rule(
        RuleId.FIXED_DAYS,
        "Published working days and rest days stay: each nominal duty that is not on leave is worked, no other but "
        "what was offered. Rest days are shown for the 13 weeks of the roster and nine months on, twelve months in "
        "all; within the roster they change by agreement or exigency",
        (("notice_months", 12), ("exigency_months", 3)),
        _HANDBOOK,
        hard=True,
    ),
    Rule(
        RuleId.CONSENT,
        "Start and finish move only within the officer's recorded consent; within the four weeks before which a roster "
        "is published, as a month, times change by agreement or exigency",
        (("notice_months", 1),),
        _HANDBOOK,
        hard=True,
    ),
    Rule(
        RuleId.PUBLICATION,
        "A roster of 13 weeks, published four weeks before it begins",
        (("ahead_days", 28), ("covers_days", 91)),
        _HANDBOOK,
        hard=False,
    ),
    Rule(
        RuleId.MEAL,
        ENGLAND_WALES_OFFICERS[RuleId.MEAL].text,
        ENGLAND_WALES_OFFICERS[RuleId.MEAL].values,
        "As the table of England and Wales, rounded up to the quarter-hour: assumption for Scotland",
        hard=True,
    ),
    Rule(
        RuleId.OVERTIME,
        ENGLAND_WALES_OFFICERS[RuleId.OVERTIME].text,
        ENGLAND_WALES_OFFICERS[RuleId.OVERTIME].values,
        "As in England and Wales: assumption for Scotland",
        hard=False,
    ),
)
