"""Capacity over HTTP: a plan with its months and prices, the pay table and its gaps, structural overtime."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import numpy as np
import pytest

from app.capacity.overtime import hourly_ratio, is_besides
from app.capacity.pay import gaps, pay_between
from app.capacity.schemas import PayRate
from app.capacity.service import month_after
from app.database import service_engine
from rostering.tour import Kind
from tests.helpers import FORCE, OTHER, add_force, compute_run, done, problem

BASE = f"/v1/forces/{FORCE}"


def rate(first: str, last: str | None, pay: float, grade: str = "handler") -> dict:
    return {"grade": grade, "first": first, "last": last, "pay_per_h": pay}


@pytest.fixture(scope="module")
def plan(stocked, stocked_database):
    """Half a year from the base week, with a pay table that has a gap in June."""
    engine = service_engine(stocked_database.service, pool_size=1)
    table = {"rates": [rate("2026-01-01", "2026-06-09", 18.0), rate("2026-06-20", None, 20.0)]}
    done(stocked.put(f"{BASE}/pay-table", json=table))
    body = {
        "name": "half a year",
        "months": 4,
        "first_month": "2026-04",
        "replications": 32,
        "post": {"fit": {"low": 0.88, "likely": 0.92, "high": 1.0}},
        "pipeline": {
            "people": 60,
            "attrition": {"leavers": 12, "person_years": 100},
            "intakes": [{"month": 1, "people": 4}],
            "retirements": [{"month": 2, "people": 30}],
            "demand": [{"month": 0, "factor": 1.0}, {"month": 3, "factor": 1.1}],
            "draws": 400,
        },
        "failure_demand": [
            {"name": "progress", "queue": "101", "share": {"low": 0.2, "likely": 0.25, "high": 0.3}, "repeat": 0.5}
        ],
    }
    run = done(stocked.post(f"{BASE}/capacity", json=body), 202)
    made = compute_run(engine, run["id"])
    yield done(stocked.get(f"{BASE}/capacity/{made['capacity_id']}"))
    engine.dispose()


def test_posts_have_bounds_and_the_curve_is_monotone(plan):
    needed = plan["needed"]
    assert needed["posts_at_least"] <= needed["posts_lower"] <= needed["posts"] <= needed["posts_upper"]
    assert needed["posts_upper"] <= needed["posts_at_most"]
    level, lost = (plan["curve"][name]["mean"] for name in ("service_level_999", "abandonment_101"))
    assert level == sorted(level)
    assert lost == sorted(lost, reverse=True)
    # The targets hold at the posts needed, the fifth point of the curve, and not with a fifth fewer.
    assert level[4] >= 0.9 - 0.005
    assert lost[4] <= 0.1 + 0.005
    assert (level[0] < 0.9) or (lost[0] > 0.1)


def test_the_months_say_when_the_targets_fail_and_what_has_no_price(plan):
    months = {row["month"]: row for row in plan["months"]}
    assert list(months) == ["2026-04", "2026-05", "2026-06", "2026-07"]
    assert months["2026-07"]["posts_needed"] > months["2026-04"]["posts_needed"]
    chances = [row["chance_short"] for row in plan["months"]]
    assert chances == sorted(chances)  # half of the people retire in June
    assert plan["failing"]["chance_0.5"] in months
    assert months["2026-06"]["in_post"]["mean"] < 36
    # Four recruits, less a month's leavers at most (a hundredth of them), within three standard errors of 400 futures.
    assert 4 * 0.99 - 3 * (4 * 0.01 / 400) ** 0.5 <= months["2026-05"]["of_intakes"]["mean"] <= 4
    assert months["2026-06"]["price_needed"] is None
    assert any("2026-06 has no price" in note and "2026-06-10" in note for note in plan["notes"])
    # 37 hours a week at 18 pounds, a twelfth of a year.
    april = months["2026-04"]
    assert april["price_needed"] == pytest.approx(april["posts_needed"] * 37 * 18 * 365.25 / 7 / 12, rel=1e-4)
    assert any("2026-05 is taken to have the base week's calls" in note for note in plan["notes"])


def test_failure_demand_is_hours_and_posts(plan):
    one, everything = plan["failure_demand"]["kinds"]
    assert one["repeat_h"]["lower"] < one["repeat_h"]["mean"] < one["repeat_h"]["upper"]
    # Half of a triangle around a quarter with standard deviation .1 / sqrt(24); four standard errors of 4,000 draws.
    assert everything["share_101"]["mean"] == pytest.approx(0.125, abs=4 * 0.5 * 0.1 / 24**0.5 / 4000**0.5)
    freed = plan["failure_demand"]["posts_freed"]
    assert 0 < freed["fewest"] <= freed["likely"] <= freed["most"]
    assert freed["most"] < plan["needed"]["posts"] * 0.3


def test_every_assumption_has_its_source(plan):
    named = {entry["name"]: entry for entry in plan["assumptions"]}
    assert {"fit", "planned away", "101 mean patience", "absence on the day"} <= named.keys()
    assert all({"value", "unit", "source", "set_by"} <= entry.keys() for entry in named.values())
    assert plan["price"]["source"] == "the pay table"


@pytest.mark.usefixtures("plan")
def test_plans_are_listed_and_the_newest_is_found(stocked, plan):
    assert done(stocked.get(f"{BASE}/capacity"))["plans"][0]["id"] == plan["id"]
    assert done(stocked.get(f"{BASE}/capacity/latest"))["id"] == plan["id"]
    problem(stocked.get(f"{BASE}/capacity/{uuid4()}"), 404, "unknown")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"from": "2026-04-02T00:00:00Z"}, ("from", "inside forecast")),
        ({"from": "2026-03-23T00:07:00Z"}, ("from", "quarter-hour")),
        ({"months": 3, "pipeline": {"attrition": {"leavers": 1, "person_years": 10},
                                    "intakes": [{"month": 3, "people": 1}]}}, ("intakes", "month 3")),
        ({"failure_demand": [{"name": "x", "queue": "101"}]}, ("failure_demand[0].share", "categories")),
        ({"failure_demand": [{"name": n, "queue": "101", "share": 0.6} for n in "ab"]}, ("add up to 1.2",)),
        ({"failure_demand": [{"name": "a", "queue": "101", "share": 0.1}] * 2}, ("each name once",)),
        ({"first_month": "2026-13"}, ("first_month",)),
    ],
)  # fmt: skip
def test_bad_input_is_named(stocked, changes, words):
    problem(stocked.post(f"{BASE}/capacity", json={"name": "x"} | changes), 422, *words)


def test_a_pay_table_is_kept_by_version_and_its_gap_is_named(api, key_for):
    add_force(api)
    path = f"{BASE}/pay-table"
    problem(api.get(path), 404, "no pay table yet")
    both = [rate("2026-01-01", "2026-03-31", 17.0), rate("2026-05-01", None, 18.0)]
    overlap = {"rates": [*both, rate("2026-03-31", "2026-04-02", 19.0)]}
    problem(api.put(path, json=overlap), 422, "from 2026-03-31", "one pay a date")
    assert api.get(path).status_code == 404
    first = api.put(path, json={"rates": both})
    assert done(first)["gaps"] == [{"grade": "handler", "first": "2026-04-01", "last": "2026-04-30"}]
    problem(api.put(path, json={"rates": both[:1]}), 428, "If-Match")
    problem(api.put(path, json={"rates": both[:1]}, headers={"If-Match": '"pay-9"'}), 412, "pay-1")
    etag = {"If-Match": first.headers["etag"]}
    assert done(api.put(path, json={"rates": both}, headers=etag))["version"] == 1  # nothing changed
    mended = [*both, rate("2026-04-01", "2026-04-30", 17.0), rate("2026-01-01", None, 25.0, "supervisor")]
    told = done(api.put(path, json={"rates": mended}, headers=etag))
    assert (told["version"], told["gaps"]) == (2, [])
    problem(api.put(path, json={"rates": both}, headers=key_for(FORCE, "planner")), 403)


def test_pay_of_a_month_is_the_mean_of_its_days():
    rates = [
        PayRate.model_validate(one) for one in (rate("2026-01-01", "2026-01-10", 10.0), rate("2026-01-11", None, 20.0))
    ]
    assert pay_between(rates, "handler", date(2026, 1, 1), date(2026, 1, 20)) == (15.0, None)
    assert pay_between(rates, "handler", date(2025, 12, 31), date(2026, 1, 2))[1] is not None
    assert "handler" in (pay_between(rates, "tutor", date(2026, 1, 1), date(2026, 1, 1))[1] or "")
    assert gaps(rates) == []


def test_overtime_needs_published_and_recorded_weeks(stocked, bare):
    problem(bare.get(f"{BASE}/capacity/overtime"), 404, "no call history")
    problem(stocked.get(f"{BASE}/capacity/overtime"), 404, "no published roster")
    problem(bare.get(f"{BASE}/capacity/overtime?weeks=4&least_weeks=5"), 422, "least_weeks")


def test_what_is_besides_the_pattern():
    base = (datetime(2026, 3, 23, 7, tzinfo=UTC), datetime(2026, 3, 23, 15, tzinfo=UTC))
    quarter = timedelta(minutes=15)
    longer = SimpleNamespace(kind=Kind.OVERTIME, base=base)
    inside = [is_besides(longer, moment) for moment in (base[0] - quarter, base[0], base[1] - quarter, base[1])]  # type: ignore[arg-type]
    assert inside == [True, False, False, True]
    assert is_besides(SimpleNamespace(kind=Kind.REST_DAY, base=None), base[0])  # type: ignore[arg-type]
    assert not is_besides(SimpleNamespace(kind=Kind.ORDINARY, base=base), base[1])  # type: ignore[arg-type]


def test_an_hours_load_is_compared_as_a_whole():
    starts = [datetime(2026, 3, 23, tzinfo=UTC) + n * timedelta(minutes=15) for n in range(8)]
    came = np.array([0.0, 2.0, 0.0, 2.0, 5.0, np.nan, 5.0, 5.0])
    told = hourly_ratio(came, np.full(8, 2.0), starts)
    assert told[:4].tolist() == [0.5] * 4
    assert np.isnan(told[4:]).all()


def test_months_follow_each_other():
    assert [month_after(date(2026, 11, 15), n).isoformat() for n in (0, 1, 2, -11)] == [
        "2026-11-01", "2026-12-01", "2027-01-01", "2025-12-01"
    ]  # fmt: skip


def test_forces_and_roles(api, key_for):
    add_force(api)
    add_force(api, OTHER)
    problem(api.post(f"{BASE}/capacity", json={"name": "x"}, headers=key_for(FORCE, "supervisor")), 403)
    problem(api.get(f"{BASE}/capacity", headers=key_for(OTHER, "planner")), 404)
