"""Each other rule either side of its limit, in the model and in the checker, and what it must still allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from rostering.check import check
from rostering.model.explain import conflict_of, is_possible
from rostering.model.options import person_options
from rostering.problem import Agreement, Consent, Contract, Handler, Leave, Skill, SkillValidity, Training
from rostering.roster import Activity, ActivitySpan, Duty, Roster
from rostering.rules import ENGLAND_WALES_STAFF, RuleId

from .judging import assert_judged, daily_until, days, nominal_roster
from .roster_helpers import BOTH, MONDAY, handler, local, problem, written_duty


@pytest.mark.parametrize(
    ("extra", "opted_out", "rule"), [(0, False, None), (1, False, RuleId.WEEKLY_AVERAGE), (1, True, None)]
)
def test_seventeen_week_average(extra: int, opted_out: bool, rule: RuleId | None) -> None:
    history = (17 * 2880 - 5 * 435 - 15 * 3000 + extra, *(3000,) * 15)
    who = handler(duties=days(9, 0, *range(5)), worked_min_by_week=history, opted_out_48h=opted_out)
    assert_judged(who, rule)


@pytest.mark.parametrize(("extra", "rule"), [(0, None), (1, RuleId.WEEKLY_AVERAGE)])
def test_leave_of_this_week_counts_in_the_average_like_that_of_past_weeks(extra: int, rule: RuleId | None) -> None:
    history = (17 * 2880 - 5 * 435 - 15 * 3000 + extra, *(3000,) * 15)
    on_leave = (Leave(MONDAY, MONDAY + timedelta(days=1)),)
    assert_judged(handler(duties=days(9, 0, *range(5)), leave=on_leave, worked_min_by_week=history), rule)


def test_a_whole_week_of_leave_never_breaks_the_average() -> None:
    on_leave = (Leave(MONDAY, MONDAY + timedelta(days=6)),)
    assert_judged(handler(duties=days(9, 0, *range(5)), leave=on_leave, worked_min_by_week=(3600,) * 16), None)


def test_one_week_of_53_hours_is_allowed() -> None:
    who = handler(duties=days(7, 0, *range(6), length_min=585), worked_min_by_week=(2220,) * 16)
    assert sum(d.length_min - 60 for d in who.nominal) == 52.5 * 60
    assert_judged(who, None)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("weeks", "off", "rule"),
    [
        (3, 240, None),
        (3, 241, RuleId.CONTRACT),
        (4, 241, RuleId.CONTRACT),
        (5, 300, None),
        (5, 301, RuleId.CONTRACT),
        (10, 600, None),
        (10, 601, RuleId.CONTRACT),
    ],
)
def test_contract_hours_of_the_cycle(weeks: int, off: int, sign: int, rule: RuleId | None) -> None:
    who = handler(duties=days(9, 0, *range(5)))
    history = (9999, *(2175,) * (weeks - 2), 2175 + sign * off)
    assert_judged(replace(who, contract=Contract(2175, weeks), paid_min_by_week=history), rule)


def test_an_ordinary_pattern_of_eight_hours_keeps_its_contract() -> None:
    """Five times 8 h less unpaid meals of 45 min are 36:15 a week: 450 min under ten weeks of 37 h."""
    who = handler(duties=days(9, 0, *range(5)))
    assert_judged(replace(who, contract=Contract(2220, 10), paid_min_by_week=(2175,) * 9), None)


def test_missing_history_counts_as_contract() -> None:
    assert_judged(replace(handler(duties=days(9, 0, *range(5))), contract=Contract(2175, 10)), None)


@pytest.mark.parametrize(("length", "rule"), [(720, None), (735, RuleId.DUTY_MAX)])
def test_longest_duty(length: int, rule: RuleId | None) -> None:
    assert_judged(handler(duties=days(7, 0, 0, length_min=length)), rule)


@pytest.mark.parametrize(("last", "rule"), [(MONDAY, None), (MONDAY - timedelta(days=1), RuleId.SKILL)])
def test_skill_is_valid_on_the_date_of_the_start(last: date, rule: RuleId | None) -> None:
    """A night that starts on the last valid day may end after it."""
    skills = (SkillValidity(Skill.CALLS_999, None, last),)
    assert_judged(handler(duties=days(22, 0, 0), skills=skills), rule)


@pytest.mark.parametrize(("start_min", "possible"), [(390, True), (405, False)])
def test_training_lies_inside_the_duty(start_min: int, possible: bool) -> None:
    session = Training(local(MONDAY, 9) + timedelta(minutes=start_min), 90)
    who = handler(duties=days(9, 0, 0), training=(session,))
    whole = problem([who])
    assert is_possible(person_options(whole, who)) == possible
    assert {v.rule for v in check(whole, nominal_roster(who)).violations} == {RuleId.TRAINING}  # none was written
    if not possible:
        assert RuleId.TRAINING in conflict_of(whole, who).rules


@pytest.mark.parametrize(("minutes", "possible"), [(60, True), (75, False)])
def test_training_leaves_room_for_the_meal(minutes: int, possible: bool) -> None:
    """The meal of 45 min lies in 180 to 300 of 480 min: a session from 180 on may take 75 of these 120."""
    session = Training(local(MONDAY, 12), minutes + 15)
    who = handler(duties=days(9, 0, 0), training=(session,))
    assert is_possible(person_options(problem([who]), who)) == possible


@pytest.mark.parametrize(("hour", "possible"), [(17, True), (18, False)])
def test_training_may_lie_where_only_a_consented_move_reaches(hour: int, possible: bool) -> None:
    """A duty until 17:00 that may end at 18:00."""
    session = Training(local(MONDAY, hour), 60)
    who = handler(duties=days(9, 0, 0), consent=Consent(0, 60, 0, 60), training=(session,))
    assert is_possible(person_options(problem([who]), who)) == possible
    if not possible:
        assert conflict_of(problem([who]), who).rules == (RuleId.TRAINING, RuleId.CONSENT)


def test_training_on_a_rest_day_is_explained() -> None:
    who = handler(duties=days(9, 0, 0), training=(Training(local(MONDAY, 9, days=3), 60),))
    assert conflict_of(problem([who]), who).rules == (RuleId.TRAINING,)


def test_leave_is_credited_and_not_worked() -> None:
    who = handler(duties=days(9, 0, *range(5)), leave=(Leave(MONDAY, MONDAY + timedelta(days=1)),))
    assert_judged(who, None)
    report = check(problem([who]), nominal_roster(replace(who, leave=())))
    assert [v.rule for v in report.violations if v.rule is RuleId.LEAVE] == [RuleId.LEAVE] * 2


def test_options_reach_the_edges_of_consent_and_no_further() -> None:
    consent = Consent(60, 90, 30, 120)
    who = handler(duties=days(9, 0, 0), consent=consent)
    whole = problem([who])
    options = person_options(whole, who).duties[0].options
    starts, ends = {15 * o.start - 540 for o in options}, {15 * o.end - 1020 for o in options}
    assert (min(starts), max(starts), min(ends), max(ends)) == (-60, 90, -30, 120)
    assert {15 * (o.end - o.start) for o in options} == {420, 450, 480, 510, 540, 570, 600}


@pytest.mark.parametrize(
    ("start", "finish", "ok"),
    [(-60, -30, True), (90, 120, True), (-75, 0, False), (105, 0, False), (0, -45, False), (0, 135, False)],
)
def test_checker_at_the_edges_of_consent(start: int, finish: int, ok: bool) -> None:
    who = handler(duties=days(9, 0, 0), consent=Consent(60, 90, 30, 120))
    moved = written_duty("H1", who.nominal[0].start + timedelta(minutes=start), 480 + finish - start, 195)
    broken = {v.rule for v in check(problem([who]), Roster((moved,))).violations}
    assert broken == (set() if ok else {RuleId.CONSENT} | broken & {RuleId.LENGTHS})


def broken_rules(*spans: tuple[str, int, int], length_min: int = 480, who: Handler | None = None) -> set[RuleId]:
    """Rules that the checker finds broken in a hand-written duty from 09:00; spans as (activity, first, last) [min]."""
    start = local(MONDAY, 9)
    activities = tuple(
        ActivitySpan(Activity(name), start + timedelta(minutes=a), start + timedelta(minutes=b)) for name, a, b in spans
    )
    who = who or handler(duties=days(9, 0, 0, length_min=length_min))
    duty = Duty("H1", start, start + timedelta(minutes=length_min), activities)
    report = check(problem([who]), Roster((duty,)))
    return {v.rule for v in (*report.violations, *report.notices)}


@pytest.mark.parametrize(
    ("spans", "rules"),
    [
        ([("999", 0, 180), ("meal", 180, 225), ("999", 225, 480)], {RuleId.SHORT_BREAKS}),
        ([("999", 0, 165), ("meal", 165, 210), ("999", 210, 480)], {RuleId.MEAL, RuleId.SHORT_BREAKS}),
        ([("999", 0, 255), ("meal", 255, 300), ("999", 300, 480)], {RuleId.SHORT_BREAKS}),
        ([("999", 0, 270), ("meal", 270, 315), ("999", 315, 480)], {RuleId.MEAL, RuleId.SHORT_BREAKS}),
        ([("999", 0, 180), ("meal", 180, 210), ("999", 210, 480)], {RuleId.MEAL, RuleId.SHORT_BREAKS}),
        ([("999", 0, 480)], {RuleId.MEAL, RuleId.SHORT_BREAKS, RuleId.STATUTORY_BREAK}),
        ([("meal", 0, 45), ("999", 45, 480)], {RuleId.MEAL, RuleId.SHORT_BREAKS, RuleId.STATUTORY_BREAK}),
        ([("999", 0, 180), ("meal", 180, 225), ("999", 240, 480)], {RuleId.ACTIVITIES, RuleId.SHORT_BREAKS}),
        ([("999", 0, 180), ("meal", 180, 225), ("999", 225, 470)], {RuleId.ACTIVITIES, RuleId.SHORT_BREAKS}),
        ([("999", 0, 180), ("meal", 180, 225), ("999", 225, 495)], {RuleId.ACTIVITIES, RuleId.SHORT_BREAKS}),
    ],
)
def test_checker_on_activities(spans: list[tuple[str, int, int]], rules: set[RuleId]) -> None:
    assert broken_rules(*spans) == rules


def test_no_short_break_is_expected_where_there_is_no_room_for_it() -> None:
    """In four hours the meal may lie 75 min clear of the ends: no room besides the first and last hour."""
    assert broken_rules(("999", 0, 105), ("meal", 105, 135), ("999", 135, 240), length_min=240) == set()
    spans = (("999", 0, 150), ("meal", 150, 180), ("999", 180, 330))
    assert broken_rules(*spans, length_min=330) == {RuleId.SHORT_BREAKS}


def test_checker_on_a_missing_skill() -> None:
    who = handler(duties=days(9, 0, 0), skills=BOTH[1:])
    spans = (("101", 0, 60), ("break", 60, 75), ("999", 75, 180), ("meal", 180, 225), ("101", 225, 345))
    assert broken_rules(*spans, ("break", 345, 360), ("101", 360, 480), who=who) == {RuleId.SKILL}


def test_six_hours_need_no_statutory_break_and_a_quarter_more_does() -> None:
    rules = {RuleId.MEAL, RuleId.SHORT_BREAKS}
    assert broken_rules(("999", 0, 360), length_min=360) == rules
    assert broken_rules(("999", 0, 375), length_min=375) == rules | {RuleId.STATUTORY_BREAK}


def test_checker_on_duties_that_are_nobodys_missing_double_or_on_a_rest_day() -> None:
    who = handler(duties=days(9, 0, 0))
    whole, good = problem([who]), nominal_roster(who).duties[0]
    assert check(whole, Roster((good,))).is_legal
    for duties, rule in (
        ((), RuleId.FIXED_DAYS),
        ((good, replace(good, handler="H9")), RuleId.FIXED_DAYS),
        ((good, good), RuleId.SINGLE_DUTY),
        ((good, written_duty("H1", local(MONDAY, 9, days=2), 480, 180)), RuleId.FIXED_DAYS),
    ):
        assert rule in {v.rule for v in check(whole, Roster(duties)).violations}


def test_every_hard_rule_is_counted() -> None:
    before = daily_until(local(MONDAY, 0) - timedelta(days=1), n_duties=1)
    who = handler(
        duties=days(21, 0, 0),
        training=(Training(local(MONDAY, 22), 30),),
        last_week=before,
        night_worker=True,
        agreements=(Agreement((0,), earliest=time(9)),),
    )
    planned = nominal_roster(who)
    checked = check(problem([who], pinned=planned.duties), planned).rules_checked
    assert {rule.id for rule in ENGLAND_WALES_STAFF.rules if rule.hard} - set(checked) == {RuleId.NIGHT}  # a definition


@pytest.mark.parametrize(
    ("who", "message"),
    [
        (
            handler(duties=days(7, 0, 0, length_min=735)),
            "duties of at most 12:00; nominal 2025-02-03 07:00 of 12:15",
        ),
        (
            handler(duties=days(9, 0, 0), skills=(SkillValidity(Skill.CALLS_101, None, MONDAY - timedelta(days=1)),)),
            "a skill valid on the duty's date; none on 2025-02-03",
        ),
        (
            handler(duties=days(9, 0, 0), training=(Training(local(MONDAY, 9, days=3), 60),)),
            "training 2025-02-06 09:00 to 2025-02-06 10:00, outside every duty",
        ),
        (
            handler(duties=days(9, 0, *range(5)), worked_min_by_week=(3600,) * 16),
            "at most 816:00 worked over 17 weeks, 48:00 a week; the weeks before have 960:00, the nominal duties "
            "give 36:15, leave included",
        ),
        (
            handler(
                duties=days(13, 0, *range(7)),
                last_week=daily_until(local(MONDAY, 0), n_duties=7),
                worked_min_by_week=(2400,) * 16,
            ),
            "rest of 35:00 in the week, or of 59:00 or twice 35:00 in this and the previous week; the nominal duties "
            "leave 16:00 at most",
        ),
        (
            handler(duties=days(9, 0, 0), last_week=((local(MONDAY, 23, days=-1), local(MONDAY, 10)),)),
            "the duty of 2025-02-03 09:00 starts before the last one ends",
        ),
    ],
)
def test_explanations_set_what_is_asked_against_what_is_given(who: Handler, message: str) -> None:
    long_runs = ENGLAND_WALES_STAFF.replaced(RuleId.RUN, most_duties=14)  # else it says more than one rule
    assert message in conflict_of(problem([who], rules=long_runs), who).message


def test_a_meal_without_room_is_explained_by_the_nominal_duty() -> None:
    rules = ENGLAND_WALES_STAFF.replaced(RuleId.MEAL, clear_ends_min=300)
    who = handler(duties=days(9, 0, 0))
    assert conflict_of(problem([who], rules=rules), who).message.startswith(
        "no legal week: no way to work the nominal duties: 2025-02-03 09:00 of 8:00 with a meal of 0:45; consent"
    )
