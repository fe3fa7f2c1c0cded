"""Accuracy from stored forecasts against calls, over HTTP: what is scored when, and what the figures say."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accuracy.service import CSV_COLUMNS
from app.database import EVERY_FORCE, force_session
from app.tables import ForecastScoreRow, RunRow
from tests.helpers import FORCE, ORIGIN, add_calls, add_force, compute_run, done, end_run, history_csv, problem

WEEK = timedelta(weeks=1)


@pytest.fixture
def forecast_id(api, engine) -> str:
    add_force(api)
    done(add_calls(api, history_csv(4)))
    return make(api, engine)


def make(api, engine, **changes) -> str:
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 2, "paths": 100} | changes), 202)
    return compute_run(engine, run["id"])["forecast_id"]


def accuracy(api, **query):
    return done(api.get(f"/v1/forces/{FORCE}/accuracy", params=query))


def later(weeks: int, seed: int = 9) -> str:
    return history_csv(weeks, ORIGIN + weeks * WEEK - timedelta(hours=1), seed=seed)  # the clocks go forward


def queued(engine) -> list[str]:
    with force_session(engine, EVERY_FORCE) as session:
        query = select(RunRow.id).where(RunRow.kind == "score", RunRow.status == "queued").order_by(RunRow.id)
        return [str(run) for run in session.scalars(query)]


def score(engine) -> list[dict]:
    return [end_run(engine, run).result for run in queued(engine)]


def scores(engine) -> list[ForecastScoreRow]:
    with force_session(engine, EVERY_FORCE) as session:
        return list(session.scalars(select(ForecastScoreRow)))


def by_key(told) -> dict:
    return {(row["queue"], row["lead_week"], row["model"]): row for row in told["rows"]}


@pytest.mark.usefixtures("forecast_id")
def test_before_any_forecast_has_met_its_calls_it_says_what_to_do(api, engine):
    told = accuracy(api)
    assert told["rows"] == []
    assert "POST .../calls" in told["hint"]
    assert told["definitions"]["wape"]
    assert queued(engine) == []  # the first import had no forecast to score


@pytest.mark.usefixtures("forecast_id")
def test_a_week_is_scored_when_all_of_its_calls_are_known(api, engine):
    lines = later(1).splitlines()
    done(add_calls(api, "\n".join(line for line in lines if "03-29T22:45" not in line)))
    assert score(engine) == [{"weeks_scored": 0, "forecasts": 0}]
    last = [lines[0], *(line for line in lines if "03-29T22:45" in line)]
    assert len(last) == 3
    done(add_calls(api, "\n".join(last)))
    assert score(engine) == [{"weeks_scored": 2, "forecasts": 1}]
    assert {row.lead_week for row in scores(engine)} == {1}
    assert {row.model for row in scores(engine)} == {"pacesetter", "four_week_mean", "prophet"}


def test_the_figures_follow_from_forecast_and_calls(api, engine, forecast_id):
    done(add_calls(api, later(2)))
    score(engine)
    rows = by_key(accuracy(api))
    assert set(rows) == {
        (q, w, m) for q in ("999", "101") for w in (0, 1, 2) for m in ("pacesetter", "four_week_mean", "prophet")
    }
    whole = done(api.get(f"/v1/forces/{FORCE}/forecasts/{forecast_id}"))["queues"]["999"]
    span = {"from": "2026-03-23T00:00:00Z", "to": "2026-04-05T23:00:00Z"}
    actual = done(api.get(f"/v1/forces/{FORCE}/calls", params=span))["queues"]["999"]["values"]["offered"]
    own = rows["999", 0, "pacesetter"]
    errors = [mean - calls for mean, calls in zip(whole["mean"], actual, strict=True)]
    assert own["offered_calls"] == sum(actual)
    assert own["wape"] == pytest.approx(sum(map(abs, errors)) / sum(actual), abs=1e-4)
    assert own["bias"] == pytest.approx(sum(errors) / sum(actual), abs=1e-4)
    assert own["multiple_of_floor"] == pytest.approx(own["wape"] / own["floor"], rel=1e-4)
    assert own["excess_over_floor"] == pytest.approx(own["wape"] - own["floor"], abs=1e-5)
    assert own["n_forecasts"] == 1
    both = [rows["999", week, "pacesetter"] for week in (1, 2)]
    assert own["offered_calls"] == sum(row["offered_calls"] for row in both)
    for shadow in ("four_week_mean", "prophet"):
        other = rows["999", 0, shadow]
        assert own["wape_over"][shadow] == pytest.approx(own["wape"] / other["wape"], rel=1e-4)
        assert (other["crps"], other["pit80"], other["day80"], other["wape_over"]) == (None, None, None, {})
        assert other["floor"] == own["floor"]
    # The calls are Poisson around a wave that the history shows: the forecast is near the floor, its spread is right.
    n = 2 * 7 * 96 - 4
    assert own["multiple_of_floor"] < 1.1
    assert abs(own["pit80"] - 0.8) < 4 * (0.8 * 0.2 / n) ** 0.5 + 0.03
    assert own["pit95"] > own["pit80"]
    assert 0 < own["crps"] < own["wape"] * own["offered_calls"] / n


@pytest.mark.usefixtures("forecast_id")
def test_scoring_again_changes_nothing_and_a_correction_counts(api, engine):
    done(add_calls(api, later(1)))
    (first,) = queued(engine)
    end_run(engine, first)
    before, n = accuracy(api), len(scores(engine))
    done(add_calls(api, later(1)))  # the same calls again: nothing to score
    assert queued(engine) == []
    start = ORIGIN.isoformat()
    done(add_calls(api, f"queue,interval_start,offered\n999,{start},500\n"))
    assert score(engine) == [{"weeks_scored": 1, "forecasts": 1}]
    after = by_key(accuracy(api))
    assert after["101", 1, "pacesetter"] == by_key(before)["101", 1, "pacesetter"]
    assert after["999", 1, "pacesetter"]["offered_calls"] > by_key(before)["999", 1, "pacesetter"]["offered_calls"]
    assert after["999", 1, "pacesetter"]["n_forecasts"] == 1
    assert len(scores(engine)) == n + 3  # what was scored first is kept


def test_of_one_origin_the_newest_forecast_counts(api, engine, forecast_id):
    newest = make(api, engine, weeks=1, seed=2)
    done(add_calls(api, later(2)))
    score(engine)
    rows = by_key(accuracy(api))
    assert {row.forecast_id.hex for row in scores(engine)} == {i.replace("-", "") for i in (forecast_id, newest)}
    assert rows["999", 1, "pacesetter"]["n_forecasts"] == 1
    assert rows["999", 0, "pacesetter"]["offered_calls"] == sum(
        rows["999", week, "pacesetter"]["offered_calls"] for week in (1, 2)
    )


def adjust(api, forecast_id) -> str:
    body = {"from": "2026-03-23T00:00:00Z", "to": "2026-03-29T23:00:00Z", "multiplier": 2, "reason": "Storm"}
    return done(api.post(f"/v1/forces/{FORCE}/forecasts/{forecast_id}/adjustments", json=body), 201)["id"]


def test_an_adjustment_is_judged_beside_what_it_changed(api, engine, forecast_id):
    adjust(api, forecast_id)
    done(add_calls(api, later(1)))
    score(engine)
    rows = by_key(accuracy(api, kind="adjusted"))
    own, before = rows["999", 1, "pacesetter"], rows["999", 1, "before"]
    assert own["wape_over"]["before"] > 2  # twice the calls were none
    full = by_key(accuracy(api))["999", 1, "pacesetter"]
    assert (before["wape"], before["bias"]) == pytest.approx((full["wape"], full["bias"]), abs=1e-5)
    assert set(full["wape_over"]) == {"four_week_mean", "prophet"}


def test_an_adjustment_made_after_the_event_is_not_judged_on_it(api, engine, forecast_id):
    done(add_calls(api, later(1)))
    adjust(api, forecast_id)
    done(add_calls(api, later(2)))
    score(engine)
    assert {row["lead_week"] for row in accuracy(api, kind="adjusted")["rows"]} == {0, 2}
    assert {row["lead_week"] for row in accuracy(api)["rows"]} == {0, 1, 2}


def test_a_refresh_is_judged_on_the_rest_of_its_day(api, engine, forecast_id):
    lines = later(1).splitlines()
    morning = [line for line in lines if line.split(",")[1] < "2026-03-23T12"]
    done(add_calls(api, "\n".join([lines[0], *morning])))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts/{forecast_id}/intraday"), 202)
    compute_run(engine, run["id"])
    done(add_calls(api, "\n".join(lines)))
    score(engine)
    rows = by_key(accuracy(api, kind="intraday"))
    own = rows["999", 1, "pacesetter"]
    assert (own["wape_daily"], own["day80"]) == (None, None)  # no whole day
    assert set(own["wape_over"]) == {"four_week_mean", "prophet", "before"}


@pytest.mark.usefixtures("forecast_id")
def test_rows_are_chosen(api, engine):
    done(add_calls(api, later(2)))
    score(engine)
    assert {row["queue"] for row in accuracy(api, queue="101")["rows"]} == {"101"}
    (row, *_) = rows = accuracy(api, model="pacesetter")["rows"]
    assert {row["model"] for row in rows} == {"pacesetter"}
    assert set(row["wape_over"]) == {"four_week_mean", "prophet"}
    first = {"from": "2026-03-23T00:00:00Z", "to": "2026-03-29T23:00:00Z"}
    assert {row["lead_week"] for row in accuracy(api, **first)["rows"]} == {0, 1}
    assert accuracy(api, **(first | {"to": "2026-03-29T22:45:00Z"}))["rows"] == []
    assert accuracy(api, **(first | {"from": "2026-03-23T00:15:00Z"}))["rows"] == []


@pytest.mark.usefixtures("forecast_id")
def test_csv_has_the_same_figures(api, engine):
    done(add_calls(api, later(1)))
    score(engine)
    answer = api.get(f"/v1/forces/{FORCE}/accuracy", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(lines[0]) == CSV_COLUMNS
    for line, row in zip(lines, accuracy(api)["rows"], strict=True):
        assert line["wape"] == str(row["wape"])
        assert line["wape_over_prophet"] == str(row["wape_over"].get("prophet", ""))
    again = api.get(f"/v1/forces/{FORCE}/accuracy?format=csv", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "word"),
    [({"queue": "112"}, "queue"), ({"model": "mstl"}, "model"), ({"kind": "best"}, "kind"), ({"from": "x"}, "from"),
     ({"from": "2026-03-24T00:00:00Z", "to": "2026-03-24T00:00:00Z"}, "from"), ({"format": "pdf"}, "format")],
)  # fmt: skip
def test_what_is_no_choice_is_refused(api, query, word):
    add_force(api)
    problem(api.get(f"/v1/forces/{FORCE}/accuracy", params=query), 422, word)
