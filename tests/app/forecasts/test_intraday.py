"""The rest of a day, refreshed by its calls so far."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from tests.helpers import FORCE, ORIGIN, add_calls, add_force, compute_run, done, end_run, history_csv, problem

NOON = ORIGIN + timedelta(hours=12)


@pytest.fixture
def forecast_id(api, engine) -> str:
    add_force(api)
    done(add_calls(api, history_csv(6)))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1, "paths": 100}), 202)
    return compute_run(engine, run["id"])["forecast_id"]


def refresh(api, engine, forecast_id):
    answer = api.post(f"/v1/forces/{FORCE}/forecasts/{forecast_id}/intraday")
    run = done(answer, 202)
    assert answer.headers["location"] == f"/v1/runs/{run['id']}"
    assert run["kind"] == "intraday"
    return compute_run(engine, run["id"])


def read(api, forecast_id="latest", **query):
    return done(api.get(f"/v1/forces/{FORCE}/forecasts/{forecast_id}", params=query))


def morning(calls: int) -> str:
    starts = [(ORIGIN + i * timedelta(minutes=15)).isoformat() for i in range(48)]
    rows = [f"{queue},{start},{calls}" for queue in ("999", "101") for start in starts]
    return "queue,interval_start,offered\n" + "\n".join(rows) + "\n"


def test_a_refreshed_forecast_is_the_rest_of_the_day(api, engine, forecast_id):
    done(add_calls(api, morning(30)))
    made = refresh(api, engine, forecast_id)["forecast_id"]
    rest = read(api, made)
    assert (rest["kind"], rest["based_on"]) == ("intraday", forecast_id)
    assert rest["origin"] == rest["starts_at"] == "2026-03-23T12:00:00Z"
    assert rest["ends_at"] == "2026-03-24T00:00:00Z"
    assert rest["inputs"]["actuals"]["999"]["rows"] == 48
    before = read(api, forecast_id, **{"from": rest["starts_at"], "to": rest["ends_at"]})
    for queue in ("999", "101"):
        old, new = (np.array(f["queues"][queue]["mean"]) for f in (before, rest))
        assert new.size == old.size == 48
        assert (new >= old - 1e-4).all()  # far more calls than expected never lower the rest
        assert rest["queues"][queue]["mean_handling_s"] == before["queues"][queue]["mean_handling_s"]
    assert read(api)["id"] == forecast_id
    assert read(api, kind="intraday")["id"] == made


def test_earlier_days_of_the_forecast_are_read_too(api, engine, forecast_id):
    days = history_csv(2, ORIGIN + timedelta(days=2)).splitlines()
    done(add_calls(api, "\n".join([days[0], *(line for line in days[1:] if line.split(",")[1] >= ORIGIN.isoformat())])))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts/{forecast_id}/intraday"), 202)
    assert end_run(engine, run["id"]).outcome == "no_actuals"  # the third day has none yet
    done(add_calls(api, f"queue,interval_start,offered\n999,{(ORIGIN + timedelta(days=2)).isoformat()},7\n"))
    rest = read(api, refresh(api, engine, forecast_id)["forecast_id"])
    assert (rest["starts_at"], rest["ends_at"]) == ("2026-03-25T00:15:00Z", "2026-03-26T00:00:00Z")
    assert {queue: told["rows"] for queue, told in rest["inputs"]["actuals"].items()} == {"999": 193, "101": 192}


def test_a_refreshed_forecast_is_neither_adjusted_nor_refreshed(api, engine, forecast_id):
    done(add_calls(api, morning(5)))
    made = refresh(api, engine, forecast_id)["forecast_id"]
    path = f"/v1/forces/{FORCE}/forecasts/{made}"
    problem(api.post(f"{path}/intraday"), 409, forecast_id)
    problem(api.get(f"{path}/adjustments"), 409, forecast_id)
    body = {"from": "2026-03-23T12:00:00Z", "to": "2026-03-23T13:00:00Z", "multiplier": 2, "reason": "x"}
    problem(api.post(f"{path}/adjustments", json=body), 409, forecast_id)


@pytest.mark.parametrize("until", [ORIGIN, ORIGIN - timedelta(hours=2), ORIGIN + timedelta(weeks=1, hours=1)])
def test_without_calls_of_a_day_of_the_forecast_the_run_says_so(api, engine, until):
    """The history ends where the forecast begins, or after the week that it covers: nothing is made."""
    add_force(api)
    done(add_calls(api, history_csv(3, until=min(until, ORIGIN))))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1, "paths": 50}), 202)
    forecast_id = compute_run(engine, run["id"])["forecast_id"]
    if until > ORIGIN:
        done(add_calls(api, history_csv(2, until=until)))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts/{forecast_id}/intraday"), 202)
    assert end_run(engine, run["id"]).outcome == "no_actuals"
    told = done(api.get(f"/v1/runs/{run['id']}"))
    assert (told["status"], told["outcome"], told["result"]) == ("succeeded", "no_actuals", None)
    assert until.isoformat() in told["reason"]


def test_one_queue_alone_is_enough(api, engine, forecast_id):
    lines = [line for line in morning(30).splitlines() if not line.startswith("101")]
    done(add_calls(api, "\n".join(lines)))
    rest = read(api, refresh(api, engine, forecast_id)["forecast_id"])
    before = read(api, forecast_id, **{"from": rest["starts_at"], "to": rest["ends_at"]})
    assert rest["queues"]["101"]["mean"] == before["queues"]["101"]["mean"]
    assert list(rest["inputs"]["actuals"]) == ["999"]
