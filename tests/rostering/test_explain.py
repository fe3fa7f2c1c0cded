"""Explanations of intervals: true by the checker and by the model's options, each reason either side of its limit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from rostering.check import check
from rostering.errors import ProblemError
from rostering.explain import IntervalExplanation, PersonThere, Presence, explain_interval, penalty_totals
from rostering.explain_reach import least_short, reaches
from rostering.model.activities import activity_plan
from rostering.model.options import person_options
from rostering.problem import Agreement, Consent, Leave, Mode, Offer, OfferKind, RosterProblem, Skill
from rostering.roster import Activity, Duty, Roster, SolveBudget, TierName
from rostering.rules import RuleId

from .roster_helpers import BAND, BOTH, MONDAY, ONLY_101, cover, force, handler, local, nominal, problem, written_duty

QUARTER = timedelta(minutes=15)
FILLING = {RuleId.ACTIVITIES, RuleId.MEAL, RuleId.SHORT_BREAKS, RuleId.STATUTORY_BREAK}


@pytest.fixture(scope="module")
def rostered() -> tuple[RosterProblem, Roster]:
    whole = force(14, seed=2, load=1.1)
    duties = [
        Duty(who.ref, duty.start, duty.end, ())
        for who in whole.handlers
        for duty in who.nominal
        if not who.on_leave(duty.date)
    ]
    ordered = Roster(tuple(sorted(duties, key=lambda duty: (duty.start, duty.handler))))
    return whole, activity_plan(whole, ordered, SolveBudget(seconds=60, workers=1)).roster


def broken(whole: RosterProblem, made: Roster, ref: str, old: Duty | None, new: Duty | None) -> set[RuleId]:
    """Hard rules that a handler breaks with one duty replaced, what fills the duties aside."""
    duties = [duty for duty in made.duties if duty.handler == ref and duty is not old]
    alone = replace(whole, handlers=tuple(who for who in whole.handlers if who.ref == ref))
    report = check(alone, Roster(tuple([*duties, new] if new is not None else duties)))
    return {violation.rule for violation in report.violations if violation.handler == ref} - FILLING


def short_intervals(whole: RosterProblem, made: Roster, n: int) -> list[int]:
    coverage = check(whole, made).coverage
    missing = sum(coverage[skill].short for skill in Skill)
    return [int(t) for t in np.random.default_rng(1).choice(np.flatnonzero(missing), n, replace=False)]


def test_what_is_said_of_people_is_true(rostered: tuple[RosterProblem, Roster]) -> None:
    """Movable: the duty named is legal; barred: the duty named breaks those rules, and no option of the model helps."""
    whole, made = rostered
    seen: Counter[Presence] = Counter()
    for t in short_intervals(whole, made, 5):
        start = whole.begin + t * QUARTER
        told = explain_interval(whole, made, t)
        for person in told.people:
            seen[person.presence] += 1
            own = [duty for duty in made.duties if duty.handler == person.handler]
            on = [duty for duty in (*own, *whole.frozen_duties) if duty.handler == person.handler]
            there = any(duty.start <= start < duty.end for duty in on)
            assert there == (person.presence in (Presence.ON_CALLS, Presence.OFF_CALLS))
            if person.duty is not None:
                assert person.duty[0] <= start < person.duty[1]
            if person.presence is Presence.MOVABLE:
                assert legal_moves(whole, made, person, [person.duty])
            if person.presence is Presence.BARRED:
                assert not legal_moves(whole, made, person, options_at(whole, person.handler, t))
        assert told.binding == tuple(sorted(told.binding, key=lambda pair: (-pair[1], pair[0])))
    assert min(seen[presence] for presence in (Presence.MOVABLE, Presence.BARRED, Presence.OFF_CALLS)) >= 1


def options_at(whole: RosterProblem, ref: str, t: int) -> list[tuple[datetime, datetime]]:
    """Times of the model's options that reach an interval."""
    who = next(handler for handler in whole.handlers if handler.ref == ref)
    spans = ((option.start, option.end) for duty in person_options(whole, who).duties for option in duty.options)
    return [(whole.begin + a * QUARTER, whole.begin + b * QUARTER) for a, b in spans if a <= t < b]


def legal_moves(
    whole: RosterProblem, made: Roster, person: PersonThere, spans: list[tuple[datetime, datetime] | None]
) -> bool:
    """Whether one of ``spans`` in place of the duty of its date leaves the handler legal."""
    for span in spans:
        assert span is not None
        new = Duty(person.handler, span[0], span[1], ())
        days = {duty.start.date(): duty for duty in made.duties if duty.handler == person.handler}
        if not broken(whole, made, person.handler, days.get(span[0].date()), new):
            return True
    return False


def test_nobody_is_forgotten_among_those_who_could_be_there(rostered: tuple[RosterProblem, Roster]) -> None:
    """Every option of the model lies in a reach of its date; the least shortfall is no more than there is."""
    whole, made = rostered
    for one in (whole, replace(whole, mode=Mode.FREE)):
        for who in one.handlers[:2]:
            spans = list(reaches(one, who))
            for duty in person_options(one, who).duties:
                for option in duty.options:
                    start, end = (one.begin + at * QUARTER for at in (option.start, option.end))
                    assert any(a <= start and end <= b for day, a, b in spans if day == duty.date)
    report = check(whole, made)
    for t in range(0, whole.n_intervals, 53):
        told = explain_interval(whole, made, t)
        assert dict(told.short) == {skill: int(report.coverage[skill].short[t]) for skill in Skill}
        assert told.least.short <= sum(told.short.values())
        assert told.least.short_999 <= told.short[Skill.CALLS_999]
        here = [p.amount for p in report.penalties if p.tier is TierName.SERVICE and p.when == told.start]
        assert told.cost == sum(here)


def at(clock: time, *people: object, made: list[Duty] | None = None, **more: object) -> IntervalExplanation:
    """Tuesday's interval at ``clock`` explained; two heads wanted all day, duties of 08:00 to 16:00 on their dates."""
    whole = problem(people, need=cover(MONDAY, 2), **more)  # type: ignore[arg-type]
    duties = [written_duty(who.ref, duty.start, duty.length_min, 240) for who in whole.handlers for duty in who.nominal]
    start = datetime.combine(MONDAY + timedelta(days=1), clock, UTC)
    return explain_interval(whole, Roster(tuple(made or duties)), (start - whole.begin) // QUARTER)


TUESDAY = MONDAY + timedelta(days=1)
EIGHT = [nominal(MONDAY, 8), nominal(TUESDAY, 8)]


@pytest.mark.parametrize(
    ("clock", "barred", "movable", "rule"),
    [
        # The interval of 16:00 needs a finish 15 min later.
        (time(16), {"consent": Consent()}, {"consent": Consent(finish_later_min=15)}, RuleId.CONSENT),
        (time(7, 45), {"consent": Consent()}, {"consent": Consent(start_earlier_min=15)}, RuleId.CONSENT),
        # Monday's duty ends 16:00: 11 hours later is 03:00.
        (time(2, 45), {"consent": Consent(600, 0, 600, 0)}, {}, RuleId.DAILY_REST),
        (time(3), {}, {"consent": Consent(600, 0, 600, 0)}, RuleId.DAILY_REST),
        (
            time(16),
            {"consent": BAND, "agreements": (Agreement((1,), latest=time(16)),)},
            {"consent": BAND, "agreements": (Agreement((1,), latest=time(16, 15)),)},
            RuleId.AGREEMENT,
        ),
    ],
)
def test_each_reason_at_its_limit(
    clock: time, barred: dict[str, object], movable: dict[str, object], rule: RuleId
) -> None:
    if barred:
        person = at(clock, handler("A", EIGHT, **barred)).people[0]  # type: ignore[arg-type]
        assert person.presence is Presence.BARRED
        assert rule in person.rules
        assert all(finding.message for finding in person.findings)
    if movable:
        assert at(clock, handler("A", EIGHT, **movable)).people[0].presence is Presence.MOVABLE  # type: ignore[arg-type]


def test_leave_rest_days_offers_and_skills() -> None:
    rest_day = [nominal(MONDAY, 8), nominal(date(2025, 2, 6), 8)]
    away = handler("A", rest_day)
    assert RuleId.FIXED_DAYS in at(time(12), away).people[0].rules
    on_leave = replace(away, leave=(Leave(TUESDAY, TUESDAY),))
    assert RuleId.LEAVE in at(time(12), on_leave).people[0].rules
    offer = Offer(OfferKind.REST_DAY, TUESDAY, local(TUESDAY, 8), local(TUESDAY, 16), 480)
    offered = at(time(12), replace(away, offers=(offer,)))
    assert offered.people[0].presence is Presence.MOVABLE
    assert (offered.least.both, at(time(12), away).least.both) == (1, 0)
    only_101 = at(time(16), handler("A", EIGHT, consent=BAND, skills=ONLY_101))
    assert (only_101.people[0].presence, only_101.people[0].rules) == (Presence.NO_HELP, (RuleId.SKILL,))
    assert at(time(16), handler("A", EIGHT, consent=BAND, skills=BOTH)).people[0].presence is Presence.MOVABLE


def test_who_is_there_and_what_they_do() -> None:
    told = at(time(12), handler("A", EIGHT), handler("B", EIGHT, consent=BAND))
    assert [person.presence for person in told.people] == [Presence.OFF_CALLS] * 2
    assert told.people[0].activity is Activity.MEAL
    assert [person.presence for person in at(time(9), handler("A", EIGHT)).people] == [Presence.OFF_CALLS]
    there = at(time(10), handler("A", EIGHT))
    assert there.people[0].presence is Presence.ON_CALLS
    assert dict(there.short) == {Skill.CALLS_999: 1, Skill.CALLS_101: 0}
    assert (there.least.both, there.least.short) == (1, 1)
    whole = problem([handler("A", EIGHT)])
    with pytest.raises(ProblemError, match="interval is 672, expected 0 to 671"):
        explain_interval(whole, Roster(()), 672)


@pytest.mark.parametrize("seed", range(3))
def test_least_short_is_that_of_the_best_desks(seed: int) -> None:
    """Against every way to seat people."""
    rng = np.random.default_rng(seed)
    for _ in range(40):
        a, b, c, nines, ones = (int(n) for n in rng.integers(0, 5, size=5))
        whole = problem([], need=cover(MONDAY, nines, ones))
        ways = [(max(nines - a - k, 0), max(ones - b - (c - k), 0)) for k in range(c + 1)]
        assert least_short(whole, 0, (a, b, c)) == min((s9, s9 + s1) for s9, s1 in ways)


def test_penalties_by_rule_and_subject_sum_up_to_the_tiers(rostered: tuple[RosterProblem, Roster]) -> None:
    whole, made = rostered
    report = check(whole, made)
    totals = penalty_totals(report)
    for tier in TierName:
        amounts = [one.amount for one in totals if one.tier is tier]
        assert sum(amounts) == report.cost[tier]
        assert amounts == sorted(amounts, reverse=True)
    assert sum(one.n_terms for one in totals) == len(report.penalties)
