"""What the pages of rosters' lives say, from values alone: nothing is stored, solved or drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from app.forces.schemas import ForceSettings
from app.forecasts.schemas import ForecastEntry
from app.requirements.schemas import RequirementEntry
from app.rosters.notice import Notice
from app.rosters.repository import RosterHead
from app.rosters.schemas import RosterOut
from app.rosters.states import RosterStatus
from app.runs.schemas import RunEvent, RunOut, RunStatus
from app.web.roster_life import ask, certificate, compare, repair, run, steps, terms
from rostering.notice import Flag, Needs
from rostering.rules import RuleId

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_a_search_shows_the_service_tier_alone():
    figures = [("service", 120, 80.0), ("service", 100, 100.0), ("people", 4000, 1500.0), ("cost", 9, 7.0)]
    events = [
        RunEvent(id=n, at=NOW, kind="progress", data={"tier": tier, "objective": objective, "bound": bound})
        for n, (tier, objective, bound) in enumerate(figures, start=1)
    ]
    asked = RunOut.model_construct(
        id=uuid4(), kind="roster", status=RunStatus.RUNNING, phase="proof", progress=0.9, result=None, outcome=None,
        inputs={"week_start": "2026-11-30", "weeks": 1, "mode": "weekly"},
    )  # fmt: skip
    found = run.seen(asked, events, LONDON)
    assert (found.search.objective, found.search.bound, found.search.gap) == (100, 100.0, 0.0)
    assert found.chart is not None
    assert [line.values for line in found.chart.lines] == [[120.0, 100.0], [80.0, 100.0]]
    assert found.phase == "Proving how good it is"


@pytest.mark.parametrize(
    ("start", "weeks", "words"),
    [
        (date(2026, 11, 30), 1, "30 November to 6 December 2026"),
        (date(2026, 11, 23), 1, "23 to 29 November 2026"),
        (date(2026, 12, 28), 1, "28 December 2026 to 3 January 2027"),
    ],
)
def test_weeks_in_words(start, weeks, words):
    assert terms.weeks_of(start, weeks) == words


def test_a_gap_is_told_as_what_is_proven():
    tier = {"status": "feasible", "objective": 200, "bound": 190.0, "gap": 0.05}
    assert terms.gap_words(tier) == "at most 5.0% from the best possible"
    assert terms.gap_words(tier | {"status": "optimal"}) == "proven best"
    assert terms.gap_words(tier | {"bound": 0.0}) == "no limit proven"
    assert terms.gap_words(None) == "not known"


def test_the_first_free_week_ahead_is_proposed():
    def head(monday: date, weeks: int, status: str) -> RosterHead:
        return RosterHead(uuid4(), monday, weeks, status, NOW)

    choices, free = ask.choices(
        [head(MONDAY, 1, "draft"), head(MONDAY + timedelta(weeks=1), 2, "published")], NOW.date()
    )
    assert free == MONDAY + timedelta(weeks=3)
    assert [choice.has_roster for choice in choices[:5]] == [False, True, True, True, False]
    assert choices[1].label.endswith("has a draft roster")
    # This week's Monday is past: it is on offer, and never proposed.
    assert ask.choices([], NOW.date())[1] == MONDAY


@pytest.mark.parametrize(("short_by", "is_there"), [(timedelta(0), True), (timedelta(minutes=15), False)])
def test_a_requirement_has_to_cover_the_weeks_to_their_end(short_by, is_there):
    begin = datetime(2026, 11, 30, tzinfo=UTC)
    forecast = ForecastEntry.model_construct(
        id=uuid4(), starts_at=begin, ends_at=begin + timedelta(days=8), origin=begin, created_at=NOW
    )
    requirement = RequirementEntry.model_construct(
        id=uuid4(),
        forecast_id=forecast.id,
        starts_at=begin,
        ends_at=begin + timedelta(days=7) - short_by,
        created_at=NOW,
    )
    settings = ForceSettings.model_construct(timezone="Europe/London")
    found = ask.ready(MONDAY, 1, settings, 5, [forecast], [requirement], NOW)
    assert (found.requirement is not None) is is_there
    assert found.is_newest is is_there
    assert found.forecast is forecast
    assert not found.is_stale
    assert ask.ready(MONDAY, 1, settings, 5, [forecast], [], NOW + ask.STALE + timedelta(seconds=1)).is_stale


def roster(**changes: Any) -> RosterOut:
    figure = {"mean": 0.9, "mean_se": 0.001, "p05": 0.85, "p95": 0.95}
    values = {
        "week_start": MONDAY,
        "weeks": 1,
        "service": {"999": {"service_level": figure}, "101": {"abandonment": figure}},
        "hours": {"short": 1.0, "paid": 100.0, "on_calls": 80.0},
        "by_week": {"2026-11-30": {"nights": {"H1": 3, "H2": 1}, "worked_min": {"H1": 600}}},
        "certificate": {"rules": {"violations": [], "notices": []}, "solver": {"cost": {"objective": 7}}, "people": {}},
        "duties": [],
        "frozen": [],
    }
    return RosterOut.model_construct(**(values | changes))


@pytest.mark.parametrize(
    ("ended_by", "is_repeatable"),
    [("effort", True), ("proof", True), ("seconds", False), ("cancel", False), (None, False)],
)
def test_only_a_search_that_ended_by_itself_promises_the_same_roster_again(ended_by, is_repeatable):
    told = {
        "rules": {"violations": [], "checked": {}, "name": "rules", "version": "1"},
        "ended_by": ended_by,
        "seed": 1,
    }
    found = certificate.seen(roster(certificate=told, daily=None), {})
    assert found.is_repeatable is is_repeatable
    assert (found.ended_by is None) is (ended_by is None)


def rows(found: compare.Comparison) -> dict[str, compare.Row]:
    return {row.label: row for block in found.blocks for row in block.rows}


def test_a_roster_compared_with_itself_differs_in_nothing():
    found = compare.compared(roster(), roster(), LONDON)
    assert [block.title for block in found.blocks] == ["Service", "Rules", "Well-being", "Fairness", "Cost"]
    assert found.differing == []
    assert {row.better for row in rows(found).values()} == {None}


def test_the_better_side_follows_the_figures_and_not_their_order():
    dear = roster(hours={"short": 1.0, "paid": 120.0, "on_calls": 80.0})
    assert rows(compare.compared(roster(), dear, LONDON))["Hours paid"].better == "first"
    assert rows(compare.compared(dear, roster(), LONDON))["Hours paid"].better == "second"
    # More hours on calls are neither better nor worse by themselves.
    longer = roster(hours={"short": 1.0, "paid": 100.0, "on_calls": 90.0})
    assert rows(compare.compared(roster(), longer, LONDON))["Hours on calls"].better is None


@pytest.mark.parametrize(("apart", "better"), [(0.0027, None), (0.0029, "second")])
def test_service_differs_only_beyond_what_chance_explains(apart, better):
    # Two standard errors of .001 each: 1.96 sqrt(2) x .001 = .00277.
    figure = {"mean": 0.9 + apart, "mean_se": 0.001, "p05": 0.85, "p95": 0.95}
    other = roster(service={"999": {"service_level": figure}})
    assert rows(compare.compared(roster(), other, LONDON))["999 answered in time"].better == better


def test_rosters_of_other_weeks_are_not_judged():
    found = compare.compared(roster(), roster(week_start=MONDAY + timedelta(weeks=1), hours={"paid": 1.0}), LONDON)
    assert not found.are_of_same_weeks
    assert {row.better for row in rows(found).values()} == {None}


def test_of_two_rules_on_a_day_the_stricter_says_what_makes_it_stand():
    flags = (
        Flag(RuleId.CONSENT, "H1", MONDAY, Needs.AGREEMENT_OR_EXIGENCY, "start moved"),
        Flag(RuleId.FIXED_DAYS, "H1", MONDAY, Needs.AGREEMENT, "rest day worked"),
        Flag(RuleId.CONSENT, "H2", MONDAY, Needs.AGREEMENT_OR_EXIGENCY, "end moved"),
        Flag(RuleId.PUBLICATION, None, MONDAY, Needs.EARLIER, "late"),
    )
    view = steps.seen(RosterStatus.APPROVED, Notice((), flags), [], blocked=None)
    assert [(one.handler, one.may_be_exigency) for one in view.asked] == [("H1", False), ("H2", True)]
    assert view.asked[0].messages == ("start moved", "rest day worked")
    assert [one.message for one in view.told] == ["late"]
    assert view.next_step == "publish"
    assert steps.seen(RosterStatus.PUBLISHED, None, [], blocked=None).next_step is None


def test_repairs_stand_from_few_people_to_many_and_the_recommended_one_is_marked():
    def option(people: int, recovered: float) -> dict[str, Any]:
        tiers = {"service": 10, "people": 2, "cost": 3}
        return {"roster_id": str(UUID(int=people)), "people_disturbed": people, "changed_days": people,
                "recovered": recovered, "tiers": tiers}  # fmt: skip

    found = repair.curve([option(4, 0.9), option(9, 1.0), option(1, 0.4)], {})
    assert [one.people_disturbed for one in found.options] == [1, 4, 9]
    assert [one.is_recommended for one in found.options] == [False, True, False]
    assert [one.x for one in found.options] == sorted(one.x for one in found.options)
    assert [one.y for one in found.options] == sorted((one.y for one in found.options), reverse=True)
    assert found.options[-1].x == found.right
    assert found.options[-1].y == found.top
    assert len(found.csv().splitlines()) == 4
    assert repair.curve([], {}).options == []
