"""Police staff of England and Wales: what the service, people and cost tiers count."""

from __future__ import annotations

from typing import Final

from rostering.rule_sets.rule import Rule, RuleId

TIERS: Final[tuple[Rule, ...]] = (
    Rule(
        RuleId.SERVICE,
        "Shortfall per seat and quarter-hour: first tenth of the need, beyond it, and extra for a 999 seat",
        (("short_first", 1), ("short_beyond", 3), ("short_999_extra", 15), ("first_percent", 10)),
        "Assumption: a late 999 call weighs at least five times a lost 101 call",
        hard=False,
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
        "Nights and duties on weekends and bank holidays count, each dearer for whoever has had more of them than the "
        "mean of the ledger; so is a repair's change for whoever was changed at short notice more often",
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
        RuleId.OVERTIME,
        "Work besides the pattern, per quarter-hour in cost: overtime at time and a half, rest days likewise, TOIL at "
        "plain time; with under 5 days' notice of a rest day both are owed",
        (("per_overtime", 3), ("per_rest_day", 3), ("per_toil", 2), ("notice_days", 5), ("per_short_notice", 2)),
        "Police Staff Council via wmp-unite.com/know-your-rights; rates: assumption",
        hard=False,
    ),
)
