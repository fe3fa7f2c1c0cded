"""The ledger over HTTP: what is entered by whom, what is refused, what the calls that came say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.evaluations.coverage import Scored, coverage_rows
from app.evaluations.metrics import Metric, by_group
from app.evaluations.schemas import DecisionKind, Method, Source
from app.tables import RunRow
from tests.helpers import FORCE, ORIGIN, OTHER, add_calls, add_force, bearer, done, end_run, history_csv
from tests.helpers import problem as refused

BASE = f"/v1/forces/{FORCE}"
CHANGE = datetime(2026, 1, 26, tzinfo=UTC)  # eight weeks before ORIGIN, a Monday at local midnight


def change(**fields: object) -> dict:
    body = {"metric": "abandonment_101", "from": CHANGE.isoformat(), "to": ORIGIN.isoformat(), "predicted": -0.01,
            "lower": -0.03, "upper": 0.01}  # fmt: skip
    return body | fields


def decision(*predictions: dict, **fields: object) -> dict:
    body = {"kind": "posts", "subject": "two posts", "what": "Two more on lates", "predictions": list(predictions)}
    return body | fields


def scored_by_import(engine) -> dict:
    with force_session(engine, EVERY_FORCE) as session:
        query = select(RunRow.id).where(RunRow.kind == "evaluation", RunRow.status == "queued")
        (run,) = session.scalars(query)
    return end_run(engine, str(run)).result


def test_from_a_decision_to_its_score(api, engine, key_for):
    """History to the change, a decision with four predictions, the calls since, and what they say."""
    add_force(api)
    done(add_calls(api, history_csv(8, CHANGE, seed=5)))
    planner = key_for(FORCE, "planner")
    count = {"metric": "offered_calls_999", "method": "direct", "predicted": 32256, "lower": 31900, "upper": 32600}
    wrong = {"metric": "abandonment_999", "predicted": -0.05, "lower": -0.06, "upper": -0.04}
    alike = {"metric": "mean_answer_999_s"}  # the history's answers take 12 s whatever happens
    said = decision(change(), change(**count), change(**wrong), change(**alike))
    entered = done(api.post(f"{BASE}/decisions", json=said, headers=planner), 201)
    assert entered["by"] == "test"
    assert [one["score"] for one in entered["predictions"]] == [None] * 4
    assert entered["predictions"][0]["compared_from"].startswith("2025-11-03")
    told = done(api.get(f"{BASE}/evaluations/coverage"))
    assert (told["rows"], told["waiting"], told["overall"]) == ([], 4, None)
    refused(api.post(f"{BASE}/evaluations/scores"), 409, "no prediction's span is over")
    done(add_calls(api, history_csv(8, seed=6)))  # up to ORIGIN: Poisson around the same wave, so that nothing changed
    result = scored_by_import(engine)
    assert result["scored"] == 3
    assert [(one["number"], "12" in one["reason"]) for one in result["unscored"]] == [(4, True)]
    first, second, third, last = done(api.get(f"{BASE}/evaluations/{entered['id']}"))["predictions"]
    assert first["score"]["lower"] < first["score"]["estimate"] < first["score"]["upper"]
    assert first["score"]["agrees"]
    assert (first["score"]["details"]["days_before"], first["score"]["details"]["days_after"]) == (56, 56)
    lines = history_csv(8, seed=6).splitlines()[1:]
    offered = sum(int(line.split(",")[2]) for line in lines if line.startswith("999"))
    assert (second["score"]["estimate"], second["score"]["lower"]) == (offered, None)
    assert second["score"]["holds"] == (31900 <= offered <= 32600)
    assert last["score"] is None
    assert not third["score"]["holds"]
    assert not third["score"]["agrees"]
    told = done(api.get(f"{BASE}/evaluations/coverage"))
    assert {(row["source"], row["metric"], row["n"]) for row in told["rows"]} == {
        ("person", "abandonment_101", 1), ("person", "offered_calls_999", 1), ("person", "abandonment_999", 1)
    }  # fmt: skip
    assert told["waiting"] == 1
    # The same calls again score nothing anew, a correction does, and the old score stays.
    again = end_run(engine, done(api.post(f"{BASE}/evaluations/scores"), 202)["id"])
    assert (again.result["scored"], again.reason) == (0, "no prediction has new or other calls")
    done(add_calls(api, f"queue,interval_start,offered\n999,{CHANGE.isoformat()},500\n"))
    assert scored_by_import(engine)["scored"] == 2  # the count, and 999 abandonment, which is a share of it
    newest = done(api.get(f"{BASE}/evaluations"))["evaluations"][0]["predictions"][1]["score"]
    assert newest["estimate"] > offered + 400
    assert newest["holds"] == (newest["estimate"] <= 32600)


def test_what_is_known_is_not_predicted_and_bad_input_is_named(api):
    add_force(api)
    done(add_calls(api, history_csv(4, CHANGE + timedelta(weeks=1))))
    path = f"{BASE}/decisions"
    refused(api.post(path, json=decision(change())), 422, "predictions[0].from", "recorded until then", "2026-02-02")
    later = {"from": "2026-02-02T00:00:00Z"}
    refused(api.post(path, json=decision(change(**later, to="2026-02-27T00:00:00Z"))), 422, "four weeks")
    refused(api.post(path, json=decision(change(**later, lower=0.0))), 422, "in this order")
    refused(api.post(path, json=decision(change(**later, lower=None))), 422, "all three or none")
    refused(api.post(path, json=decision(change(**later), kind="roster")), 422, "entered by themselves")
    refused(api.post(path, json=decision(change(**later, to=later["from"]))), 422, "not after from")
    refused(api.post(path, json=decision(change(**later), basis={"scenario_id": str(ID)})), 422, "basis.scenario_id")
    nothing = {"predicted": None, "lower": None, "upper": None}
    refused(api.post(path, json=decision(change(**later, **nothing))), 422, "basis.scenario_id that tells them")
    assert done(api.get(f"{BASE}/evaluations"))["evaluations"] == []
    refused(api.get(f"{BASE}/evaluations/{ID}"), 404, str(ID))
    refused(api.get(f"{BASE}/evaluations?cursor={ID}"), 422, "cursor")


ID = "0198b1f0-8c2e-7cc3-98c5-5f2f8f3b9d11"


def test_an_adjustment_enters_itself_and_is_judged_beside_leaving_it_alone(stocked):
    forecast = done(stocked.get(f"{BASE}/forecasts/latest"))["id"]
    body = {"from": "2026-03-24T00:00:00Z", "to": "2026-03-25T00:00:00Z", "queue": "999", "multiplier": 1.5,
            "reason": "Match"}  # fmt: skip
    made = done(stocked.post(f"{BASE}/forecasts/{forecast}/adjustments", json=body), 201)
    (entered,) = done(stocked.get(f"{BASE}/evaluations?kind=adjustment"))["evaluations"]
    assert (entered["reason"], entered["basis"]["forecast_id"]) == ("Match", made["id"])
    (one,) = entered["predictions"]
    assert (one["metric"], one["method"], one["source"]) == ("offered_calls_999", "direct", "product")
    assert one["predicted"] == pytest.approx(1.5 * one["without"])
    assert one["lower"] < one["predicted"] < one["upper"]


def test_the_database_keeps_what_was_said(api, database):
    add_force(api)
    done(api.post(f"{BASE}/decisions", json=decision(change())), 201)
    with psycopg.connect(database.service) as connection:
        connection.execute("set role pacesetter_service")
        connection.execute("select set_config('pacesetter.force', '*', false)")
        for statement in (
            "update predictions set predicted = 0",
            "update decisions set what = 'else'",
            "delete from predictions",
            "update prediction_scores set holds = true",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)


def test_forces_and_roles(api, key_for):
    add_force(api)
    add_force(api, OTHER)
    refused(api.post(f"{BASE}/decisions", json=decision(change()), headers=key_for(FORCE, "supervisor")), 403)
    refused(api.get(f"{BASE}/evaluations", headers=key_for(OTHER, "planner")), 404)
    refused(api.get(f"{BASE}/evaluations", headers=bearer("none")), 401)


def test_a_ratio_sums_first_and_a_gap_is_no_zero():
    columns = {
        "answered_within_threshold": np.array([9.0, 0.0, 4.0, np.nan]),
        "offered": np.array([10.0, 0.0, 5.0, 5.0]),
    }
    groups = np.array([0, 0, 0, 1])
    assert by_group(Metric.SERVICE_LEVEL_999, columns, groups, 2).tolist()[0] == pytest.approx(13 / 15)
    assert np.isnan(by_group(Metric.SERVICE_LEVEL_999, columns, groups, 2)[1])
    assert np.isnan(by_group(Metric.SERVICE_LEVEL_999, columns, np.array([0, 1, 2, 3]), 4)[1])  # nobody called


def test_coverage_counts_and_clusters():
    one = Scored(Source.PRODUCT, DecisionKind.ROSTER, Metric.SERVICE_LEVEL_999, Method.DIRECT, ORIGIN, True, None)
    both = [one] * 7 + [
        Scored(*(*[getattr(one, n) for n in ("source", "kind", "metric", "method")], CHANGE, False, None))
    ] * 3  # type: ignore[arg-type]
    (row,) = coverage_rows(both)
    assert (row.n, row.held, row.share, row.n_decisions) == (10, 7, 0.7, 2)
    assert row.standard_error == pytest.approx((0.09 / 10) ** 0.5, abs=1e-4)
    # Deviations 7 - 4.9 and 0 - 2.1 of the two decisions: sd 2.9698, times sqrt 2, over 10.
    assert row.by_decision == pytest.approx(0.42, abs=1e-3)
    assert row.distance == pytest.approx(-0.2 / 0.42, abs=0.01)
