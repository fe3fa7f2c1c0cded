"""Why me, over HTTP: burdens with their causes, who may see whom, groups that are too small to be shown."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from tests.app.rosters.conftest import make  # noqa: F401 - a fixture
from tests.helpers import FORCE, add_handlers, bearer, done, handler_body, problem

BASE = f"/v1/forces/{FORCE}"
WEEK, UNTIL = date(2026, 3, 30), "2026-04-13"  # Good Friday is 3 April
EARLY = {"start": "07:00", "length_min": 540}
NIGHT = {"start": "21:00", "length_min": 540}
PATTERN = {"anchor": "2026-03-02", "days": [NIGHT, NIGHT, None, None, EARLY, EARLY, None]}
SUNDAYS = {"anchor": "2026-03-02", "days": [NIGHT, NIGHT, None, None, EARLY, None, EARLY]}


@pytest.fixture(scope="module")
def key(stocked):
    def made(role: str, **more: str) -> dict[str, str]:
        body = {"name": f"{role} {uuid4()}", "roles": [role]} | more
        return bearer(done(stocked.post(f"{BASE}/keys", json=body), 201)["key"])

    return made


@pytest.fixture
def published(stocked, make):  # noqa: F811 - a fixture
    """A published week with two nights, Good Friday and a Saturday each, of H002 a Sunday."""
    patterns = {"H001": PATTERN, "H002": SUNDAYS, "H003": PATTERN}
    done(add_handlers(stocked, *(handler_body(ref, pattern=pattern) for ref, pattern in patterns.items())))
    week = f"{BASE}/rosters?week_start={WEEK}&status=published"
    if known := done(stocked.get(week))["rosters"]:
        return known[0]["id"]
    roster_id = make(WEEK)
    address = f"{BASE}/rosters/{roster_id}"
    for step in ("approve", "publish"):
        tag = {"If-Match": stocked.get(address).headers["ETag"]}
        done(stocked.post(f"{address}/{step}", json={"reason": "x"}, headers=tag))
    return roster_id


def explained(stocked, ref: str, **more):
    return done(stocked.get(f"{BASE}/handlers/{ref}/explain", params={"until": UNTIL}, **more))


@pytest.mark.usefixtures("published")
def test_burdens_are_counted_with_their_causes_beside_colleagues(stocked):
    told = explained(stocked, "H001")
    window = told["windows"][0]
    assert (window["weeks"], window["published_weeks"]) == (13, 1)
    own = {name: one["own"] for name, one in window["burdens"].items()}
    assert own == {"nights": 2, "weekends": 1, "bank_holidays": 1, "short_notice": 0}
    assert window["burdens"]["nights"]["colleagues"] == {
        "n": 1, "lower_quartile": 2, "median": 2, "upper_quartile": 2, "mean": 2
    }  # fmt: skip
    assert window["burdens"]["nights"]["place"] == "middle half"
    assert window["causes"]["nights"] == {"pattern": 2}
    assert [(item["date"], item["burdens"]) for item in told["items"]] == [
        ("2026-04-04", ["weekends"]), ("2026-04-03", ["bank_holidays"]), ("2026-03-31", ["nights"]),
        ("2026-03-30", ["nights"])
    ]  # fmt: skip
    assert told["next_roster"]["night"] == told["next_roster"]["night_at_mean"] == 1
    assert explained(stocked, "H001")["windows"][1]["burdens"] == window["burdens"], "one week in a year as well"


def test_a_swap_and_an_offer_are_their_own_causes(stocked, published):
    """H003 is off on Saturday and offers the Sunday; H001 and H002 swap Saturday and Sunday: nobody's short notice."""
    address = f"{BASE}/rosters/{published}"

    def changed(method, path, body):
        tag = {"If-Match": stocked.get(address).headers["ETag"]}
        done(stocked.request(method, f"{address}{path}", json=body | {"reason": "x"}, headers=tag))

    duty = {"start": "2026-04-05T07:00:00+01:00", "end": "2026-04-05T16:00:00+01:00"}
    changed("PATCH", "", {"changes": [{"kind": "remove", "handler": "H003", "date": "2026-04-04"}]})
    changed("PATCH", "", {"changes": [{"kind": "add", "handler": "H003", "offer": "rest_day"} | duty]})
    swap = {"give": {"handler": "H001", "date": "2026-04-04"}, "to": "H002", "take": "2026-04-05"}
    asked = done(stocked.post(f"{address}/swaps", json=swap), 201)
    changed("POST", f"/swaps/{asked['id']}/accept", {})
    for ref, day, cause in (("H003", "2026-04-05", "consent"), ("H002", "2026-04-04", "swap"),
                            ("H001", "2026-04-05", "swap"), ("H001", "2026-04-03", "pattern")):  # fmt: skip
        told = explained(stocked, ref)
        assert {item["date"]: item["cause"] for item in told["items"]}[day] == cause
        assert told["windows"][0]["burdens"]["short_notice"]["own"] == 0
        assert told["windows"][0]["burdens"]["weekends"]["own"] == 1


@pytest.mark.usefixtures("published")
def test_a_handlers_key_sees_its_handler_alone(stocked, key):
    own = key("handler", handler_ref="H001")
    told = explained(stocked, "H001", headers=own)
    assert told["windows"][0]["burdens"]["nights"]["own"] == 2
    assert told["windows"][0]["burdens"]["nights"]["colleagues"] is None, "one colleague is fewer than may be shown"
    for ref in ("H002", "H999"):
        problem(stocked.get(f"{BASE}/handlers/{ref}/explain", headers=own), 404, f"handler {ref} is unknown")
    week = done(stocked.get(f"{BASE}/handlers/H001/schedule/week", params={"date": WEEK}, headers=own))
    assert [row["handler"] for row in week["rows"]] == ["H001"]
    for path in ("handlers/H002/schedule/week", "handlers", "rosters/latest", "fairness", "assessments"):
        assert stocked.get(f"{BASE}/{path}", headers=own).status_code in (403, 404)
    problem(stocked.post(f"{BASE}/keys", json={"name": "x", "roles": ["handler"]}), 422, "handler_ref")
    problem(stocked.post(f"{BASE}/keys", json={"name": "x", "roles": ["planner"], "handler_ref": "H001"}), 422)


@pytest.mark.usefixtures("published")
def test_a_staff_representative_sees_no_small_group_nor_one_that_tells_of_it(stocked, key):
    """Groups of 1, 2, 5 and 6: the five are hidden too, since the total less the others would be three people."""
    days = [EARLY, EARLY, EARLY, EARLY, None, None, None]
    for letter, n, pattern in (("A", 5, days), ("B", 6, [None, None, *days])):
        people = [handler_body(f"{letter}{i}", pattern={"anchor": f"2026-03-0{2 + i}", "days": pattern})
                  for i in range(n)]  # fmt: skip
        done(add_handlers(stocked, *people))
    seen = done(stocked.get(f"{BASE}/fairness", params={"until": UNTIL}, headers=key("staff_representative")))
    assert seen["least_group"] == 5
    assert sorted((group["n"], group["hidden"]) for group in seen["groups"] if not group["hidden"]) == [(6, False)]
    assert all(group["handlers"] is None for group in (*seen["groups"], seen["everybody"]))
    assert [group["burdens"] for group in seen["groups"] if group["hidden"]] == [{}, {}, {}]
    assert seen["everybody"]["n"] == 14
    whole = done(stocked.get(f"{BASE}/fairness", params={"until": UNTIL}))
    assert sorted(group["n"] for group in whole["groups"]) == [1, 2, 5, 6]
    (pair,) = [group for group in whole["groups"] if group["n"] == 2]
    assert pair["handlers"]["H001"]["nights"] == 2
    problem(stocked.get(f"{BASE}/fairness", params={"until": "2026-04-14"}), 422, "Monday")


def test_the_nearest_roster_without_a_duty_is_an_assessment_of_that_day_off(stocked, published):
    run = done(stocked.post(f"{BASE}/handlers/H001/explain/without", json={"date": "2026-04-03"}), 202)
    assert (run["kind"], run["inputs"]["asked"]["kind"]) == ("assessment", "leave")
    assert run["inputs"]["asked"]["roster_id"] == published
    address = f"{BASE}/handlers/H001/explain/without"
    problem(stocked.post(address, json={"date": "2026-04-01"}), 422, "day of duty")
    problem(stocked.post(address, json={"date": "2026-06-01"}), 409, "no published roster covers 2026-06-01")
    problem(stocked.post(address.replace("H001", "H999"), json={"date": "2026-04-03"}), 404, "H999")
