"""Police staff of England and Wales: working time, rest, contract and what a duty must hold."""

from __future__ import annotations

from typing import Final

from rostering.rule_sets.rule import Rule, RuleId

_WTR = "Working Time Regulations 1998"
_LRD = "lrdpublications.org.uk idp14836336"

WORKING_TIME: Final[tuple[Rule, ...]] = (
    Rule(
        RuleId.DAILY_REST,
        "At least 11 consecutive hours between duties, as elapsed time",
        (("rest_min", 660),),
        f"{_WTR} reg. 10; {_LRD}; fedrep.info/single_id.php?id=118; clock changes counted as elapsed time",
        hard=True,
    ),
    Rule(
        RuleId.COMPENSATORY_REST,
        "Less than the daily rest stands only with a recorded reason (change of shift, continuity of the service, a "
        "surge, a collective agreement); what is missing is owed as rest within so many days",
        (("within_days", 14),),
        f"{_WTR} reg. 22(1)(a), 21, 23 and 24; legislation.gov.uk/uksi/1998/1833/regulation/24; days: assumption",
        hard=False,
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
        RuleId.DUTY_MAX,
        "A duty lasts at most 12 hours",
        (("duty_max_min", 720),),
        "HSE, hse.gov.uk/humanfactors/topics/good-practice-guidelines.htm",
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
        "Published working days and rest days stay: each nominal duty that is not on leave is worked, no other but "
        "what was offered. Rest days are notified so many months ahead; later they change by agreement alone, in the "
        "last months by agreement or exigency",
        (("notice_months", 12), ("exigency_months", 3)),
        "Police Staff Council: rest days notified 12 months ahead (wmp-unite.com; staffordshirepoliceunison.com)",
        hard=True,
    ),
    Rule(
        RuleId.CONSENT,
        "Start and finish move only within the handler's recorded consent; published times otherwise change with so "
        "many months' notice, or by agreement or exigency",
        (("notice_months", 3),),
        "Police Staff Council: 3 months' notice of start and finish unless agreed (wmp-unite.com)",
        hard=True,
    ),
    Rule(
        RuleId.PUBLICATION,
        "A roster is published so many days before it begins and shows so many days; 0 where nothing says so",
        (("ahead_days", 0), ("covers_days", 0)),
        "Police Staff Council: notice of rest days and times instead (rules P2 and P3)",
        hard=False,
    ),
    Rule(RuleId.LEAVE, "No duty starts on a day of leave", (), f"{_WTR} reg. 13; force policy", hard=True),
    Rule(
        RuleId.AGREEMENT,
        "Duties keep the handler's flexible-working agreement",
        (),
        "Employment Rights Act 1996 s. 80F; gov.uk Acas Code (2024)",
        hard=True,
    ),
    Rule(
        RuleId.TRAINING,
        "A fixed session lies inside a duty, as training, whole and not on calls; no meal then",
        (),
        "Protected learning, HMICFRS Getting a grip (2023)",
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
        RuleId.SKILL,
        "A queue is answered only by a handler whose skill for it is valid on the duty's date",
        (),
        "Force training records",
        hard=True,
    ),
    Rule(RuleId.SINGLE_DUTY, "One duty at a time", (), "By definition", hard=True),
    Rule(
        RuleId.ACTIVITIES,
        "Activities fill the duty without gap or overlap, on the quarter-hour",
        (("grid_min", 15),),
        "By definition",
        hard=True,
    ),
    Rule(RuleId.PINNED, "A pinned duty keeps its start and end", (), "The planner's decision", hard=True),
)
