"""The checker on runs, nights, averages, rest and contract hours of one to four weeks, history across the edge."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rostering.check import check
from rostering.check_hours import night_average_min
from rostering.problem import Contract, Handler, Leave, Mode, NominalDuty
from rostering.roster import Roster
from rostering.rules import ENGLAND_WALES_STAFF, SCOTLAND_OFFICERS, RuleId, RuleSet
from rostering.tour import is_night

from .roster_helpers import AUTUMN, MONDAY, SPRING, handler, local, nominal, problem, written_duty

LATE, NIGHT = 14, 22


def shifts(hour: int, *numbers: int, week: date = MONDAY, length_min: int = 480) -> list[NominalDuty]:
    return [nominal(week + timedelta(days=n), hour, 0, length_min) for n in numbers]


def spans(duties: list[NominalDuty]) -> tuple:  # type: ignore[type-arg]
    return tuple((duty.start, duty.end) for duty in duties)


def planned(who: Handler, only: int | None = None) -> Roster:
    """The nominal duties as they stand."""
    worked = [duty for duty in who.nominal if not who.on_leave(duty.date)]
    return Roster(tuple(written_duty(who.ref, d.start, d.length_min, 180) for d in worked[only:]))


def broken(who: Handler, *, rules: RuleSet = ENGLAND_WALES_STAFF, week: date = MONDAY, **more: object) -> list[RuleId]:
    whole = problem([who], rules=rules, week=week, **more)  # type: ignore[arg-type]
    return sorted({v.rule for v in check(whole, planned(who)).violations})


@pytest.mark.parametrize(("n_before", "rule"), [(4, []), (5, [RuleId.RUN])])
def test_seven_days_in_a_row_across_the_edge(n_before: int, rule: list[RuleId]) -> None:
    """Three days of the week after four or five of the last one, the run ending on Wednesday."""
    before = shifts(LATE, *range(-n_before, 0))
    assert broken(handler(duties=shifts(LATE, 0, 1, 2), last_week=spans(before))) == rule


@pytest.mark.parametrize(("n_before", "rule"), [(3, []), (4, [RuleId.RUN])])
def test_six_days_in_a_row_in_scotland(n_before: int, rule: list[RuleId]) -> None:
    who = handler(duties=shifts(LATE, 0, 1, 2), last_week=spans(shifts(LATE, *range(-n_before, 0))))
    assert broken(who, rules=SCOTLAND_OFFICERS) == rule


def test_a_day_off_ends_a_run_and_a_leave_day_is_one() -> None:
    before = shifts(LATE, -6, -5, -4, -3, -2)
    assert broken(handler(duties=shifts(LATE, 0, 1, 2), last_week=spans(before))) == []
    who = handler(duties=shifts(LATE, 0, 1, 2, 3), last_week=spans(before + shifts(LATE, -1)))
    assert broken(who) == [RuleId.RUN]
    assert broken(handler(duties=who.nominal, last_week=who.last_week, leave=(Leave(MONDAY, MONDAY),))) == []


@pytest.mark.parametrize(("n_before", "rule"), [(2, []), (3, [RuleId.NIGHT_RUN])])
def test_four_nights_in_a_row_across_the_edge(n_before: int, rule: list[RuleId]) -> None:
    who = handler(duties=shifts(NIGHT, 0, 1), last_week=spans(shifts(NIGHT, *range(-n_before, 0))))
    assert broken(who) == rule


def test_a_late_duty_ends_a_run_of_nights_but_not_of_duties() -> None:
    before = [*shifts(NIGHT, -5, -4, -3), *shifts(18, -2, length_min=420), *shifts(NIGHT, -1)]
    assert broken(handler(duties=shifts(NIGHT, 0, 1, 2), last_week=spans(before))) == [RuleId.RUN]
    assert broken(handler(duties=shifts(NIGHT, 0, 1), last_week=spans(before))) == []


def test_frozen_duties_count_in_runs_and_are_not_judged_themselves() -> None:
    """Nights frozen from Monday to Thursday, in repair: one more is too many, the frozen ones are no fault."""
    nights = shifts(NIGHT, 0, 1, 2, 3, 4)
    frozen = tuple(written_duty("H1", d.start, 480, 180) for d in nights[:4])
    who = handler(duties=nights)
    published = planned(who).duties
    whole = problem([who], mode=Mode.REPAIR, frozen=frozen, published=published)
    found = check(whole, planned(who, -1)).violations
    assert [(v.rule, v.when) for v in found] == [(RuleId.NIGHT_RUN, nights[4].start)]
    rest = check(whole, Roster(())).violations
    assert [v.rule for v in rest] == [RuleId.FIXED_DAYS, RuleId.CONTRACT]  # Friday's is missing


@pytest.mark.parametrize(
    ("week", "hour", "minute", "length", "night"),
    [
        (MONDAY, 16, 0, 600, True),  # until 02:00: three hours after 23:00
        (MONDAY, 15, 45, 600, False),
        (MONDAY, 3, 0, 420, True),
        (MONDAY, 3, 15, 420, False),
        (SPRING, 16, 0, 600, True),  # Saturday 16:00 + 10 h ends 03:00 by the clock, three elapsed hours past 23:00
        (SPRING, 2, 0, 480, True),
        (AUTUMN, 15, 45, 600, False),
    ],
)
def test_a_night_duty_has_three_elapsed_hours_of_the_local_night(
    week: date, hour: int, minute: int, length: int, night: bool
) -> None:
    day = week + timedelta(days=5)
    start = local(day, hour, minute)
    assert is_night(problem([], week=week), start, start + timedelta(minutes=length)) == night


def test_the_spring_morning_has_an_hour_less_of_night() -> None:
    """From 03:00 to 06:00 are three hours of night on both days, from 00:30 BST-less to 06:00 one less in spring."""
    saturday, sunday = SPRING + timedelta(days=5), SPRING + timedelta(days=6)
    whole = problem([], week=SPRING)
    for day, night in ((saturday, True), (sunday, False)):
        start = local(day, 0, 30)
        early = start + timedelta(minutes=150)
        assert not is_night(whole, start, early)
        assert is_night(whole, start, early + timedelta(minutes=30))
        assert is_night(whole, local(day, 2 if night else 3), local(day, 10))
    assert not is_night(whole, local(sunday, 3, 15), local(sunday, 10))
    assert is_night(whole, local(saturday, 23) - timedelta(hours=4), local(sunday, 3))  # 23:00 to 03:00 BST: three


def test_night_workers_average_of_known_patterns() -> None:
    """Six on, four off at ten hours and four on, four off at twelve hours: both 714 h in 17 weeks, 7 h a day."""
    for on, cycle, hours in ((6, 10, 10), (4, 8, 12)):
        total_min = 119 * on / cycle * hours * 60
        assert total_min == 714 * 60
        assert night_average_min(round(total_min), 17, 1) == 7 * 60


@pytest.mark.parametrize(("extra", "rule"), [(0, []), (1, [RuleId.NIGHT_AVERAGE])])
def test_night_workers_average_has_no_opt_out(extra: int, rule: list[RuleId]) -> None:
    """102 days of 8 h: 48,960 min over 17 weeks, 16 of them known."""
    this_week = 4 * 435
    history = (48_960 - this_week - 15 * 3_000 + extra, *(3_000,) * 15)
    who = handler(duties=shifts(NIGHT, 0, 1, 2, 3), worked_min_by_week=history, opted_out_48h=True, night_worker=True)
    assert broken(who) == rule
    assert broken(handler(duties=who.nominal, worked_min_by_week=history, opted_out_48h=True)) == []


def test_a_collective_agreement_may_average_over_a_year() -> None:
    rules = ENGLAND_WALES_STAFF.own(
        "force", "1", {RuleId.NIGHT_AVERAGE: {"weeks": 52}, RuleId.WEEKLY_AVERAGE: {"weeks": 52}}, "agreement of 2025"
    )
    history = (*(2_000,) * 35, *(3_100,) * 16)
    who = handler(duties=shifts(NIGHT, 0, 1), worked_min_by_week=history, night_worker=True)
    assert broken(who, rules=rules) == []
    assert broken(who) == [RuleId.WEEKLY_AVERAGE, RuleId.NIGHT_AVERAGE]


@pytest.mark.parametrize(("off", "rule"), [(240, []), (255, [RuleId.CONTRACT])])
def test_a_period_of_weeks_has_its_own_contract_hours(off: int, rule: list[RuleId]) -> None:
    """Four weeks of a weekly contract: 240 min off in all, not each week's own."""
    weeks = [shifts(9, *range(7 * week, 7 * week + (6, 4, 5, 5)[week])) for week in range(4)]
    who = handler(duties=[duty for week in weeks for duty in week], contract_min=20 * 435 // 4 - off // 4)
    assert (20 * 435 - 4 * who.contract.weekly_min <= 240) == (not rule)
    assert broken(who, n_weeks=4) == rule


def test_an_annualised_contract_looks_back_a_year() -> None:
    who = handler(duties=shifts(9, *range(5)), paid_min_by_week=(2_000,) * 26 + (2_350,) * 25)
    told = Handler(who.ref, Contract(2_175, 52), who.skills, who.nominal, paid_min_by_week=who.paid_min_by_week)
    assert sum(told.paid_min_by_week) + 2_175 - 52 * 2_175 == 26 * -175 + 25 * 175
    assert broken(told) == []


def test_each_week_needs_its_rest() -> None:
    """Two weeks: the second one may lean on the first one's rest, the first one has nothing to lean on."""
    rules = ENGLAND_WALES_STAFF.replaced(RuleId.RUN, most_duties=28).replaced(RuleId.CONTRACT, tolerance_min=9_999)
    before = spans(shifts(LATE, *range(-7, 0)))
    first_full = handler(duties=shifts(LATE, *range(7), 9, 10), last_week=before, opted_out_48h=True)
    whole = problem([first_full], rules=rules, n_weeks=2)
    found = check(whole, planned(first_full)).violations
    assert [(v.rule, str(MONDAY) in v.message) for v in found] == [(RuleId.WEEKLY_REST, True)]
    second_full = handler(duties=shifts(LATE, 0, 4, 6, *range(7, 14)), last_week=before, opted_out_48h=True)
    assert broken(second_full, rules=rules, n_weeks=2) == []  # Tuesday to Thursday: a rest of 48 h in the fortnight
    single = handler(duties=shifts(LATE, 0, 1, 2, 4, 5, 6, *range(7, 14)), last_week=before, opted_out_48h=True)
    found = check(problem([single], rules=rules, n_weeks=2), planned(single)).violations
    assert [(v.rule, str(MONDAY + timedelta(days=7)) in v.message) for v in found] == [(RuleId.WEEKLY_REST, True)]


def test_credit_of_leave_with_and_without_a_pattern() -> None:
    leave = (Leave(MONDAY, MONDAY + timedelta(days=2)),)
    who = handler(duties=shifts(9, *range(5)), leave=leave)
    assert check(problem([who]), planned(who)).handlers["H1"].contract_min == 5 * 435
    unpaid = handler(duties=shifts(9, *range(5)), leave=(Leave(MONDAY, MONDAY, credited=False),))
    assert check(problem([unpaid]), planned(unpaid)).handlers["H1"].contract_min == 4 * 435
    free = handler(contract_min=2_220, leave=leave)
    assert check(problem([free], mode=Mode.FREE), Roster(())).handlers["H1"].contract_min == 2_220 * 3 // 7


def test_what_a_handler_is_told_of_their_period() -> None:
    duties = [*shifts(9, 0, 1), *shifts(NIGHT, 4, 5, length_min=585)]
    who = handler(duties=duties, last_week=spans(shifts(9, -1)))
    told = check(problem([who]), planned(who)).handlers["H1"]
    assert (told.n_duties, told.n_nights, told.n_long_nights, told.n_weekend_duties) == (4, 2, 2, 1)
    assert (told.longest_run, told.longest_night_run, told.shortest_rest_min) == (3, 2, 24 * 60 - 585)
    assert (told.worked_min, told.break_debt_min) == (2 * 435 + 2 * 525, 0)
