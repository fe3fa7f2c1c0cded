"""Today's calls over HTTP: kept with what they contradict, and the rest of the day ranked by what it risks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.intraday import service
from app.intraday.schemas import ActualsIn
from app.tables import RunRow
from tests.app.rosters.conftest import WEEK, missing_consent
from tests.helpers import FORCE, ORIGIN, add_calls, add_handlers, compute_run, done, handler_body, problem

HERE = f"/v1/forces/{FORCE}"
TEN = ORIGIN + timedelta(hours=10)


def actuals(stocked, calls: int, until: datetime = TEN, since: datetime = ORIGIN, **fields):
    starts = [since + i * timedelta(minutes=15) for i in range((until - since) // timedelta(minutes=15))]
    body = [
        {"queue": queue, "interval_start": start.isoformat(), "offered": calls, **fields}
        for queue in ("999", "101")
        for start in starts
    ]
    return stocked.post(f"{HERE}/actuals", json={"source": "ICCS", "intervals": body})


@pytest.fixture(scope="module")
def read(stocked):
    return lambda **query: done(stocked.get(f"{HERE}/intraday", params=query))


def publish(stocked, roster_id: str) -> None:
    for name in ("approve", "publish"):
        address = f"{HERE}/rosters/{roster_id}"
        tag = {"If-Match": stocked.get(address).headers["ETag"]}
        answer = stocked.post(f"{address}/{name}", json={}, headers=tag)
        if missing_consent(answer):
            answer = stocked.post(f"{address}/{name}", json={"agreed": missing_consent(answer)}, headers=tag)
        done(answer)


def test_a_morning_in_a_published_week(stocked, make, read):
    """One walk: no roster, then one; few calls, then many; contradictions, absence, staleness."""
    engine = stocked.app.state.engine
    problem(stocked.get(f"{HERE}/intraday"), 404, "actuals")
    first = done(actuals(stocked, 6, TEN - timedelta(hours=1)))
    assert (first["inserted"], first["corrections_total"], first["not_ranked"]) == (72, 0, None)
    unranked = done(stocked.get(f"/v1/runs/{first['run_id']}"))
    assert unranked["kind"] == "ranking"
    assert list(compute_run(engine, first["run_id"])) == ["forecast_id"]  # refreshed, with nothing to rank
    problem(stocked.get(f"{HERE}/intraday"), 404)

    roster_id = make(WEEK)
    publish(stocked, roster_id)
    quiet = compute_run(engine, done(actuals(stocked, 2))["run_id"])
    few = read(limit=200)
    assert (few["data_as_of"], few["ends_at"]) == ("2026-03-23T10:00:00Z", "2026-03-25T00:00:00Z")
    assert (few["forecast_id"], few["rosters"], few["is_stale"]) == (quiet["forecast_id"], [roster_id], True)
    assert few["total"] == len(few["intervals"]) == (24 - 10 + 24) * 4
    assert [one["rank"] for one in few["intervals"]] == list(range(1, few["total"] + 1))
    chances = [one["chance"] for one in few["intervals"]]
    assert chances == sorted(chances, reverse=True)
    assert all(one["chance"] == max(one["chance_999"], one["chance_101"]) for one in few["intervals"])
    assert len(read()["intervals"]) == 20

    answer = done(actuals(stocked, 30))
    assert answer["corrections_total"] == 80
    (correction, *_) = answer["corrections"]
    assert (correction["before"], correction["after"]) == ({"offered": 2}, {"offered": 30})
    assert correction["source_before"] == "actuals ICCS"
    compute_run(engine, answer["run_id"])
    many = {one["start"]: one for one in read(limit=200)["intervals"]}
    noon = "2026-03-23T12:00:00Z"
    calm = {one["start"]: one for one in few["intervals"]}[noon]
    for queue in ("999", "101"):
        assert many[noon]["calls"][queue]["expected"] > calm["calls"][queue]["expected"]
        assert many[noon]["calls"][queue]["planned"] == calm["calls"][queue]["planned"]
        assert many[noon]["heads"][queue]["required"] > 0
    assert many[noon]["late_999"]["mean"] > calm["late_999"]["mean"]
    assert many[noon]["late_999"]["lower"] <= many[noon]["late_999"]["mean"] <= many[noon]["late_999"]["upper"]
    assert {"demand", "cover"} <= {why["cause"] for why in many[noon]["why"]}
    tomorrow = "2026-03-24T12:00:00Z"
    assert many[tomorrow]["calls"] == {one["start"]: one for one in few["intervals"]}[tomorrow]["calls"]
    night = many["2026-03-23T22:00:00Z"]
    assert sum(skill["on_calls"] for skill in night["heads"].values()) == 0
    assert night["chance"] == 1.0
    told = [one["heads_short"] for one in sorted(many.values(), key=lambda one: one["rank"])]
    assert (told[0], told[47:49]) == (9, [9, None])

    done(add_handlers(stocked, handler_body("H002", leave=[{"first": "2026-03-23", "last": "2026-03-23"}])))
    compute_run(engine, done(actuals(stocked, 30, TEN + timedelta(minutes=15)))["run_id"])
    away = {one["start"]: one for one in read(limit=200)["intervals"]}[noon]
    assert away["absent"] == 1
    assert "absence" in {why["cause"] for why in away["why"]}
    both = [sum(skill["on_calls"] for skill in one["heads"].values()) for one in (many[noon], away)]
    assert both[0] - both[1] == 1

    span = {"from": "2026-03-23T14:00:00Z", "until": "2026-03-23T16:00:00Z", "now": "2026-03-23T10:15:00Z"}
    done(stocked.post(f"{HERE}/absences", json={"handler": "H001", **span}), 202)
    compute_run(engine, done(actuals(stocked, 30, TEN + timedelta(minutes=30)))["run_id"])
    absent = {one["start"][11:16]: one["absent"] for one in read(limit=200)["intervals"] if one["start"] < tomorrow}
    assert (absent["13:45"], absent["14:00"], absent["15:45"], absent["16:00"]) == (1, 2, 2, 0)


def test_calls_of_today_that_an_import_brings_are_ranked_as_well(stocked, monkeypatch):
    """Those of another day only score forecasts."""

    def asked_for(now: datetime) -> list[str]:
        monkeypatch.setattr("app.calls.take.utc_now", lambda: now)
        line = f"999,{(TEN + timedelta(minutes=45)).isoformat()},{10 * now.day + now.hour}"
        done(add_calls(stocked, f"queue,interval_start,offered\n{line}\n"))
        with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
            return [run.kind for run in session.scalars(select(RunRow).where(RunRow.status == "queued"))]

    assert service.KIND not in asked_for(TEN + timedelta(days=1))
    assert asked_for(TEN + timedelta(hours=1)).count(service.KIND) == 1
    assert asked_for(TEN + timedelta(hours=2)).count(service.KIND) == 1, "one is under way"


def test_the_guides_body_is_one():
    guide = Path(__file__).parents[3] / "docs" / "guides" / "intraday.md"
    (text,) = re.findall(r"```json\n(.*?)```", guide.read_text(), re.DOTALL)
    assert len(ActualsIn.model_validate_json(text).intervals) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"interval_start": "2026-03-23T10:07:00Z"}, ("interval_start", "quarter-hour")),
        ({"interval_start": "2099-03-23T10:00:00Z"}, ("interval_start", "not over")),
        ({"answered": 8, "abandoned": 1}, ("offered", "exceeds")),
        ({"offered": -1}, ("offered", "-1")),
        ({"caller": "07700900123"}, ("caller",)),
    ],
)
def test_what_can_not_be_is_refused_whole(stocked, changes, words):
    before = done(stocked.get(f"{HERE}/calls"))
    body = [{"queue": "999", "interval_start": "2026-03-23T05:00:00Z", "offered": 5, "answered": 5, "abandoned": 0}]
    body.append(body[0] | {"queue": "101"} | changes)
    problem(stocked.post(f"{HERE}/actuals", json={"intervals": body}), 422, *words)
    uneven = [{name: body[0][name] for name in ("queue", "interval_start", "offered")}, body[0]]
    problem(stocked.post(f"{HERE}/actuals", json={"intervals": uneven}), 422, "abandoned", "same fields")
    assert done(stocked.get(f"{HERE}/calls")) == before
