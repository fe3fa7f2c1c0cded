"""Tonight's weakest hour and the weakest quarter-hours ahead; who is on and who comes next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app.intraday.schemas import IntradayOut
from app.pacesetter.ahead import risk, tonight
from app.pacesetter.duty import on_duty
from rostering.roster import Activity, ActivitySpan, Duty

LONDON, DAY = ZoneInfo("Europe/London"), date(2026, 11, 26)
QUARTER = timedelta(minutes=15)


def at(hour: float, day: int = 26) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour)


def ranking(chances: dict[datetime, float]) -> IntradayOut:
    """As the ranking has it: weakest first."""
    nothing = {"mean": 0, "lower": 0, "upper": 0}
    heads = {queue: {"on_calls": 5, "required": 5} for queue in ("999", "101")}
    calls = {queue: {"expected": 3, "planned": 3} for queue in ("999", "101")}
    intervals = [
        {"rank": rank, "start": start, "end": start + QUARTER, "queue": "999", "chance": chance, "chance_999": chance,
         "chance_101": 0, "late_999": nothing, "lost_101": nothing, "heads_short": 0, "calls": calls, "heads": heads,
         "absent": 0, "why": [{"cause": "cover", "text": f"why {start.isoformat()}"}]}
        for rank, (start, chance) in enumerate(sorted(chances.items(), key=lambda one: -one[1]), 1)
    ]  # fmt: skip
    return IntradayOut.model_validate(
        {"id": uuid4(), "run_id": uuid4(), "created_at": at(14), "data_as_of": at(14), "is_stale": False,
         "ends_at": at(48), "forecast_id": uuid4(), "based_on": uuid4(), "rosters": [], "synthetic": False,
         "targets": [], "notes": [], "total": len(intervals), "intervals": intervals}
    )  # fmt: skip


def test_the_weakest_hour_is_that_of_the_highest_mean_not_of_the_highest_quarter():
    chances = {at(19) + n * QUARTER: 0.3 for n in range(4)} | {at(21) + n * QUARTER: 0.1 for n in range(3)}
    chances |= {at(21.75): 0.6, at(17.75): 0.9, at(31): 0.9}  # before 18:00 and after 07:00 are not tonight
    found = risk(ranking(chances), DAY, at(15), LONDON).tonight
    assert (found.start, found.end, found.chance) == (at(19), at(20), 0.3)
    assert found.weakest.why[0].text == f"why {at(19).isoformat()}"


def test_what_is_over_is_drawn_but_not_ranked():
    chances = {at(14) + n * QUARTER: 0.9 - n / 100 for n in range(40)}
    found = risk(ranking(chances), DAY, at(15.1), LONDON)
    assert [one.start for one in found.quarters] == sorted(chances)
    assert len(found.weakest) == 10
    assert found.weakest[0].start == at(15)  # it is not over
    assert risk(ranking(chances), DAY, None, LONDON).weakest[0].start == at(14)


def test_a_ranking_from_before_the_day_is_read_from_its_midnight_on():
    found = risk(ranking({at(-1): 0.5, at(0): 0.2}), DAY, at(1), LONDON)
    assert [one.start for one in found.quarters] == [at(0)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [(6.9, (6.9, 7)), (7, (18, 31)), (17.9, (18, 31)), (18.1, (18.1, 31)), (23.9, (23.9, 31)), (None, (18, 31))],
)
def test_tonight_is_the_night_that_lasts_or_the_next(now, expected):
    assert tonight(DAY, None if now is None else at(now), LONDON) == tuple(at(hour) for hour in expected)


def test_without_quarter_hours_of_tonight_there_is_no_weakest_hour():
    assert risk(ranking({at(10): 0.9}), DAY, at(9), LONDON).tonight is None


def duty(ref: str, start: float, end: float, *activities: tuple[Activity, float]) -> Duty:
    edges = [*(edge for _, edge in activities[1:]), end]
    spans = tuple(ActivitySpan(kind, at(since), at(until))
                  for (kind, since), until in zip(activities, edges, strict=True))  # fmt: skip
    return Duty(ref, at(start), at(end), spans)


def test_people_are_told_by_what_they_do_now_and_who_comes_next():
    calls, meal = Activity.CALLS_999, Activity.MEAL
    duties = [
        duty("A", 7, 15, (calls, 7), (meal, 11), (calls, 12)),
        duty("B", 3, 11, (Activity.CALLS_101, 3)),  # ends as it is looked at
        duty("C", 10, 18, (calls, 10)),
        duty("D", 9, 17, (calls, 9)),  # away until one
        duty("E", 23, 31, (calls, 23)),  # just within twelve hours
        duty("F", 23.25, 31, (calls, 23.25)),
    ]
    away = {"D": [(at(8), at(13))]}
    told = on_duty(duties, lambda one: away.get(one.handler, []), {"999": 2}, at(11))
    assert told.heads == {"999": 1, "away": 1, "meal": 1}
    doing = {person.handler: (person.activity, person.until, person.duty_end) for person in told.people}
    assert doing == {"A": ("meal", at(12), at(15)), "C": ("999", at(18), at(18)), "D": ("away", at(13), at(17))}
    assert [(turn.at, turn.starting, turn.finishing) for turn in told.turns] == [
        (at(15), [], ["A"]),
        (at(17), [], ["D"]),
        (at(18), [], ["C"]),
        (at(23), ["E"], []),
    ]
