"""Every rule of a pattern on either side of its limit, in the assessment and in the search's automaton."""

import numpy as np
import pytest

from rostering.pattern.assess import assess_pattern
from rostering.pattern.problem import DAYS, Pattern, PatternProblem, PatternShift, is_night
from rostering.pattern.report import SHIFTS, PatternReport
from rostering.pattern.sequences import legal_sequences
from rostering.rules import ENGLAND_WALES_STAFF, RuleId
from tests.rostering.pattern.patterns import (
    DAY,
    EARLY,
    FIVE_WEEKS_VSA,
    FOUR_ON_FOUR_OFF,
    LATE,
    NIGHT,
    SIX_ON_FOUR_OFF,
    pattern,
    problem,
    read,
)

OF_HOURS = {RuleId.CONTRACT, RuleId.WEEKLY_AVERAGE, RuleId.NIGHT_AVERAGE, RuleId.DUTY_MAX, SHIFTS}
RULES = ENGLAND_WALES_STAFF


def broken(report: PatternReport) -> set[str]:
    """Rules of sequence that are broken."""
    return {str(rule.rule) for rule in report.broken} - {str(rule) for rule in OF_HOURS}


def judged(given: PatternProblem, cycle: Pattern) -> set[str]:
    """Rules of sequence that the assessment finds broken; the automaton must refuse the cycle just then."""
    report = assess_pattern(given, cycle)
    counted = read(legal_sequences(given, cycle.shifts), cycle.shifts, cycle)
    assert (counted is None) == bool(broken(report))
    if counted is not None:
        assert counted == {name: times for name, times in report.strains.items() if times}
    return broken(report)


def test_daily_rest_of_eleven_hours_holds_across_days_weeks_and_the_cycles_end() -> None:
    late = PatternShift(14 * 60, 480)
    for days in ("LM-----", "M-----L", "-----L- -----LM --", "-------M-----L"):
        assert judged(problem(), pattern(days, L=late, M=PatternShift(9 * 60, 480))) == set()
    for days in ("LM-----", "M-----L", "-----LM", "M------ ------L"):
        assert judged(problem(), pattern(days, L=late, M=PatternShift(8 * 60 + 45, 480))) == {"W1"}


def test_duties_that_overlap_are_named() -> None:
    long, early = PatternShift(23 * 60, 720), PatternShift(10 * 60 + 45, 480)
    assert judged(problem(), pattern("XY-----", X=long, Y=early)) == {"W1", "SINGLE"}


@pytest.mark.parametrize(
    ("days", "expected"), [("EEEEEEE--EEEE-", set()), ("-EEEEEE EE--EEE", {"H2"}), ("E", {"H2", "W3"})]
)
def test_runs_of_seven_days(days: str, expected: set[str]) -> None:
    """The second is eight days over the week's end: both its weeks have rest; the last never rests."""
    assert judged(problem(), pattern(days)) == expected


@pytest.mark.parametrize(("days", "expected"), [("NNNN---", set()), ("NNNNN--", {"H2N"}), ("NN-NN--", set())])
def test_nights_in_a_row(days: str, expected: set[str]) -> None:
    assert judged(problem(), pattern(days)) == expected


def test_rest_after_nights_is_counted_or_kept() -> None:
    """A night ends at 07:00; with one more rest day, a duty at 05:00 comes after 46 hours, at 04:45 before."""
    for start_min, times in ((5 * 60, 0), (4 * 60 + 45, 1)):
        cycle = pattern("NN--X--", X=PatternShift(start_min, 540))
        soft, hard = problem(), problem(after_nights_hard=True)
        assert judged(soft, cycle) == set()
        assert assess_pattern(soft, cycle).strains["per_time"] == times
        assert judged(hard, cycle) == ({"H3"} if times else set())
    assert judged(problem(after_nights_hard=True), pattern("NN-N---")) == set()  # nights may go on


def test_weekly_rest_lies_in_the_week_besides_the_daily_rest() -> None:
    """A lone rest day from 22:00 to 09:00 is 35 hours of rest; from 22:00 to 08:45 it is not."""
    late = PatternShift(14 * 60, 480)
    for start_min, expected in ((9 * 60, set()), (8 * 60 + 45, {"W3"})):
        cycle = pattern("LLLLL-M", L=late, M=PatternShift(start_min, 300))
        rules = RULES.replaced(RuleId.DAILY_REST, rest_min=600)
        assert judged(problem(rules=rules), cycle) == expected
    # The same rest over the week's end: 22:00 on Saturday to 09:00 on Monday, 24 hours of it before Monday.
    assert judged(problem(), pattern("M-LLLL-", L=late, M=PatternShift(9 * 60, 300))) == set()


def test_a_fortnights_rest_makes_up_for_a_week_without() -> None:
    """Twice 24 hours or once 48 in the week before the one without; once 24 is not enough, nor twice a week earlier."""
    given = problem(rules=RULES.replaced(RuleId.RUN, most_duties=28))
    for days in ("E-EE-EE EEEEEEE E-EEEEE", "EE--EEE EEEEEEE E-EEEEE", "EEEEE-- EEEEEEE E-EEEEE"):
        assert judged(given, pattern(days)) == set()
    for days in ("EEE-EEE EEEEEEE E-EEEEE", "E-EE-EE EEEE-EE EEEEEEE", "EEEEEE- -EEEEEE EEEEEEE"):
        assert judged(given, pattern(days)) == {"W3"}
    # A rest that both weeks share: 17 and 31 hours of it, whole 48 but not 59; a day more and it is.
    night = PatternShift(22 * 60, 540)
    assert judged(given, pattern("EEEEENN -EEEEEE EEEEEEE", N=night)) == {"W3"}
    assert judged(given, pattern("EEEEEN- -EEEEEE EEEEEEE", N=night)) == {"W3"}


def test_length_of_nights_where_a_risk_assessment_asks() -> None:
    rules = RULES.replaced(RuleId.NIGHT_LENGTH, longest_min=540)
    assert judged(problem(rules=rules), pattern("NN-----")) == set()
    assert judged(problem(rules=rules), pattern("XX-----", X=PatternShift(22 * 60, 555))) == {"W7"}


def test_a_night_has_three_hours_in_the_night_period() -> None:
    for shift, expected in ((PatternShift(17 * 60, 540), True), (PatternShift(16 * 60 + 45, 540), False)):
        assert is_night(RULES, PatternShift(shift.start_min, shift.length_min)) == expected
    assert is_night(RULES, PatternShift(3 * 60, 480))
    assert not is_night(RULES, PatternShift(3 * 60 + 15, 480))


@pytest.mark.parametrize(
    ("days", "others", "name", "times"),
    [
        ("EEEEEE-", {}, "per_duty_beyond", 0),
        ("EEEEEEE--EEEE-", {}, "per_duty_beyond", 1),
        ("NNN----", {}, "per_night_beyond", 0),
        ("NNNN---", {}, "per_night_beyond", 1),
        ("XX-----", {"X": PatternShift(420, 600)}, "per_long", 0),
        ("XX-----", {"X": PatternShift(420, 615)}, "per_long", 2),
        ("XX-----", {"X": PatternShift(405, 480)}, "per_early", 2),
        ("EE--E--", {}, "per_single_rest_day", 0),
        ("EE-E---", {}, "per_single_rest_day", 1),
        ("DX-----", {"X": PatternShift(540, 480)}, "per_backward", 0),
        ("DX-----", {"X": PatternShift(525, 480)}, "per_backward", 1),
        ("D-X----", {"X": PatternShift(525, 480)}, "per_backward", 0),
    ],
)
def test_strains_on_either_side(days: str, others: dict[str, PatternShift], name: str, times: int) -> None:
    cycle = pattern(days, **others)
    assert judged(problem(), cycle) == set()
    assert assess_pattern(problem(), cycle).strains[name] == times


def test_people_tier_is_strains_times_their_prices() -> None:
    report = assess_pattern(problem(), pattern("EE-NNNN"))
    fatigue, after = RULES[RuleId.FATIGUE], RULES[RuleId.AFTER_NIGHTS]
    # One rest day, one night beyond three, and from Sunday's night to Monday's early duty no rest at all.
    assert report.people == fatigue["per_single_rest_day"] + fatigue["per_night_beyond"] + (
        fatigue["per_backward"] + after["per_time"]
    )


def test_contract_hours_within_their_tolerance() -> None:
    """Four duties of 9 h are 36 h; the tolerance of a week's cycle is 4 h."""
    for weekly_min, expected in ((2400, False), (2401, True), (1920, False), (1919, True)):
        rules = {rule.rule for rule in assess_pattern(problem(weekly_min=weekly_min), pattern("EEEE---")).broken}
        assert (RuleId.CONTRACT in rules) == expected


def test_averages_of_48_hours_and_of_nights() -> None:
    week = pattern("NNNN---")  # 36 h: 360 min over six days
    for limit, expected in ((2160, False), (2159, True)):
        rules = RULES.replaced(RuleId.WEEKLY_AVERAGE, average_min=limit)
        assert (
            RuleId.WEEKLY_AVERAGE in {r.rule for r in assess_pattern(problem(rules=rules), week).broken}
        ) == expected
    for limit, expected in ((360, False), (359, True)):
        rules = RULES.replaced(RuleId.NIGHT_AVERAGE, average_min=limit)
        found = {r.rule for r in assess_pattern(problem(rules=rules), week).broken}
        assert (RuleId.NIGHT_AVERAGE in found) == expected
        assert RuleId.NIGHT_AVERAGE not in {
            r.rule for r in assess_pattern(problem(rules=rules), pattern("E---EEE")).broken
        }


def test_length_of_duty_and_number_of_shifts() -> None:
    for length_min, expected in ((720, False), (735, True)):
        found = {r.rule for r in assess_pattern(problem(), pattern("X------", X=PatternShift(420, length_min))).broken}
        assert (RuleId.DUTY_MAX in found) == expected
    for most, expected in ((3, False), (2, True)):
        found = {r.rule for r in assess_pattern(problem(max_shifts=most), pattern(SIX_ON_FOUR_OFF)).broken}
        assert (SHIFTS in found) == expected


def test_six_on_four_off_needs_881_paid_hours_a_duty() -> None:
    """37 h x 10 / 7 / 6; and reg. 6(5) gives 7.0 h for 10-hour duties, as for four on, four off of 12 hours."""
    report = assess_pattern(problem(), pattern(SIX_ON_FOUR_OFF))
    assert report.needed_paid_min / 60 == pytest.approx(8.81, abs=5e-3)
    assert (report.n_weeks, report.n_duties, report.longest_run, report.nights) == (10, 42, 6, 14)
    ten = {"E": PatternShift(420, 600), "L": PatternShift(840, 600), "N": PatternShift(1260, 600)}
    assert assess_pattern(problem(), pattern(SIX_ON_FOUR_OFF, **ten)).night_average_min == pytest.approx(420)
    twelve = {"E": PatternShift(420, 720), "N": PatternShift(1140, 720)}
    assert assess_pattern(problem(), pattern(FOUR_ON_FOUR_OFF, **twelve)).night_average_min == pytest.approx(420)


@pytest.mark.parametrize(("days", "weekends"), [(SIX_ON_FOUR_OFF, 2), (FOUR_ON_FOUR_OFF, 2), (FIVE_WEEKS_VSA, 2)])
def test_typical_patterns_keep_the_rules_of_sequence(days: str, weekends: int) -> None:
    cycle = pattern(days)
    assert judged(problem(), cycle) == set()
    assert assess_pattern(problem(), cycle).free_weekends == weekends


def random_cycle(rng: np.random.Generator) -> Pattern:
    """Runs of two to eight days that mostly go forward, and one to three rest days between."""
    n_days = DAYS * int(rng.integers(2, 5))
    days = ""
    while len(days) < n_days:
        run = sorted(rng.choice(list("EDLN"), size=rng.integers(2, 8)), key="EDLN".index)
        if rng.random() < 0.2:
            run = list(rng.permutation(run))
        days += "".join(run) + "-" * int(rng.integers(1, 4))
    return pattern(days[:n_days])


def test_search_and_assessment_agree_on_random_patterns() -> None:
    rng = np.random.default_rng(3)
    shifts = (EARLY, DAY, LATE, NIGHT)
    given = problem()
    automaton = legal_sequences(given, shifts)
    legal = 0
    for _ in range(200):
        cycle = random_cycle(rng)
        report, counted = assess_pattern(given, cycle), read(automaton, shifts, cycle)
        if counted is None:
            assert broken(report), cycle
        else:
            assert not broken(report), (cycle, report.broken)
            assert counted == {name: times for name, times in report.strains.items() if times}
            legal += 1
    assert 30 <= legal <= 170


def test_a_cycle_begun_a_week_later_is_judged_the_same() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        cycle = random_cycle(rng)
        later = Pattern(cycle.weeks[1:] + cycle.weeks[:1])
        one, other = (assess_pattern(problem(), each) for each in (cycle, later))
        assert sorted(str(rule.rule) for rule in one.broken) == sorted(str(rule.rule) for rule in other.broken)
        for name in ("service", "people", "cost", "nights", "free_weekends", "weekly_paid_min", "shortest_rest_min"):
            assert getattr(one, name) == getattr(other, name)
        assert one.strains == other.strains
