"""Workload beside the calls of a forecast, and handling times by call type in it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import numpy as np
import pytest

from app.database import service_engine
from tests.helpers import FORCE, HISTORY_WEEKS, INTERVAL, ORIGIN, compute_run, done

LATEST = f"/v1/forces/{FORCE}/forecasts/latest"


def read(api, address: str = LATEST, **query):
    return done(api.get(address, params=query))


@pytest.mark.parametrize("aggregate", ["15min", "hour", "day", "week"])
def test_mean_workload_is_calls_times_handling_time(stocked, aggregate):
    for queue in read(stocked, aggregate=aggregate)["queues"].values():
        calls, handling_s = np.array(queue["mean"]), np.array(queue["mean_handling_s"])
        # Handling times are rounded to a tenth of a second, hours and calls to four places.
        assert np.array(queue["workload_h"]["mean"]) == pytest.approx(calls * handling_s / 3600, rel=1e-3, abs=1e-3)


def test_quarter_hours_of_workload_add_up_to_days_and_quantiles_rise(stocked):
    levels = "0.1,0.5,0.9"
    quarters, days = (
        read(stocked, aggregate=a, levels=levels)["queues"]["101"]["workload_h"] for a in ("15min", "day")
    )
    assert sum(days["mean"]) == pytest.approx(sum(quarters["mean"]), abs=0.1)
    for workload in (quarters, days):
        low, middle, high = (np.array(workload["quantiles"][level]) for level in levels.split(","))
        assert (low <= middle).all()
        assert (middle <= high).all()
    low, _, high = (np.array(days["quantiles"][level]) for level in levels.split(","))
    assert (low < days["mean"]).all()
    assert (high > days["mean"]).all()
    # Days come from paths and not from adding quantiles, which would be far wider.
    assert (high - low).sum() < 0.5 * (np.array(quarters["quantiles"]["0.9"]) - quarters["quantiles"]["0.1"]).sum()


def test_workload_is_less_sure_than_the_calls(stocked):
    queue = read(stocked, aggregate="day", levels="0.1,0.9")["queues"]["999"]
    calls, hours = (
        np.subtract(part["quantiles"]["0.9"], part["quantiles"]["0.1"]) / part["mean"]
        for part in (queue, queue["workload_h"])
    )
    assert hours.mean() > calls.mean()


def test_a_window_holds_its_part_of_the_same_workload(stocked):
    whole = read(stocked)["queues"]["999"]
    first, last = 100, 140
    span = {"from": whole["start"][first], "to": whole["start"][last]}
    part = read(stocked, **span)["queues"]["999"]
    for level, hours in part["workload_h"]["quantiles"].items():
        assert hours == whole["workload_h"]["quantiles"][level][first:last]


def test_csv_has_the_workload_of_its_level(stocked):
    query = {"aggregate": "day", "levels": "0.1,0.9", "queue": "101"}
    answer = stocked.get(LATEST, params=query | {"format": "csv"})
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    workload = read(stocked, **query)["queues"]["101"]["workload_h"]["quantiles"]
    for level in ("0.1", "0.9"):
        assert [float(line["workload_h"]) for line in lines if line["level"] == level] == workload[level]


def test_an_adjusted_forecast_has_its_own_workload(stocked):
    before = read(stocked)
    span = {"from": before["starts_at"], "to": before["ends_at"]}
    body = span | {"multiplier": 2, "reason": "a test of workload"}
    address = f"/v1/forces/{FORCE}/forecasts/{before['id']}"
    made = done(stocked.post(f"{address}/adjustments", json=body), 201)
    total, doubled = (
        np.array(
            read(stocked, f"/v1/forces/{FORCE}/forecasts/{of}", aggregate="week")["queues"]["999"]["workload_h"]["mean"]
        )
        for of in (before["id"], made["id"])
    )
    assert doubled == pytest.approx(2 * total, abs=1e-3)


def test_a_forecast_says_where_its_handling_times_come_from(stocked):
    description = read(stocked)["description"]
    # The history's seconds are 340 and 540 for every call, which hides the single call.
    assert {queue: found["mean_s"] for queue, found in description["handling"].items()} == {"999": 340.0, "101": 540.0}
    for found in description["handling"].values():
        assert found["source"] == "queue"
        assert 0 < found["level_cv"] < 0.05
        assert (found["call_cv"], found["types"]) == (0.8, [])
    assert any("spread of single calls is taken from the settings" in note for note in description["notes"])


def handling_csv(n: int = HISTORY_WEEKS * 7 * 96) -> str:
    """Two types of 999: long ones by night, short ones by day."""
    lines = ["queue,call_type,interval_start,answered,talk_s,wrap_s"]
    for quarter in range(n):
        start = (ORIGIN - (n - quarter) * INTERVAL).isoformat()
        night = quarter % 96 < 32
        for name, answered, talk_s in (("long", 4 if night else 1, 800), ("short", 1 if night else 4, 200)):
            lines.append(f"999,{name},{start},{answered},{answered * talk_s},{answered * 60}")
    return "\n".join(lines) + "\n"


def test_a_forecast_follows_the_mix_of_call_types(stocked, stocked_database):
    headers = {"Content-Type": "text/csv"}
    done(stocked.post(f"/v1/forces/{FORCE}/handling", content=handling_csv(), headers=headers))
    run = done(stocked.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1, "paths": 100, "seed": 8}), 202)
    engine = service_engine(stocked_database.service, pool_size=1)
    made = compute_run(engine, run["id"])["forecast_id"]
    engine.dispose()
    found = read(stocked, f"/v1/forces/{FORCE}/forecasts/{made}", to=(ORIGIN + timedelta(days=1)).isoformat())
    handling = found["description"]["handling"]
    assert (handling["999"]["source"], handling["101"]["source"]) == ("call types", "queue")
    types = {level["call_type"]: level for level in handling["999"]["types"]}
    assert types["long"]["mean_s"] == pytest.approx(860, rel=0.01)
    assert types["short"]["mean_s"] == pytest.approx(260, rel=0.01)
    assert types["long"]["share"] == pytest.approx((32 * 4 + 64) / (96 * 5), rel=0.02)
    mean = np.array(found["queues"]["999"]["mean_handling_s"])
    # Far from the edges, which are smoothed over an hour: four long ones of five by night, one of five by day.
    assert mean[8:24] == pytest.approx(np.full(16, 0.8 * 860 + 0.2 * 260), rel=0.02)
    assert mean[48:80] == pytest.approx(np.full(32, 0.2 * 860 + 0.8 * 260), rel=0.03)
    assert found["inputs"]["handling"]["999"]["rows"] == 2 * HISTORY_WEEKS * 7 * 96
    assert "101" not in found["inputs"]["handling"]
