"""The counterfactual over HTTP: against Erlang C sums and against what was published; what is refused."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from app.counterfactuals.sides import scaled_to
from app.database import service_engine
from tests.helpers import FORCE, ORIGIN, add_calls, compute_run, done, history_csv, problem

BASE = f"/v1/forces/{FORCE}"
WEEK = "2026-03-23"
THEN = "2100-01-01T00:00:00Z"  # the tests' forecast of a past week is made today


@pytest.fixture(scope="module")
def recorded(stocked):
    """The stocked force with the calls of its first week, over the spring clock change."""
    problem(stocked.post(f"{BASE}/counterfactuals", json={"week_start": WEEK, "weeks": 1}), 409, "recorded until")
    done(add_calls(stocked, history_csv(1, ORIGIN + timedelta(weeks=1, hours=-1), seed=9)))
    return stocked


@pytest.fixture(scope="module")
def found(recorded, stocked_database):
    engine = service_engine(stocked_database.service, pool_size=1)
    body = {"week_start": WEEK, "weeks": 1, "known_by": THEN, "effort": 1, "replications": 16}
    run = done(recorded.post(f"{BASE}/counterfactuals", json=body), 202)
    made = compute_run(engine, run["id"])
    yield done(recorded.get(f"{BASE}/counterfactuals/{made['counterfactual_id']}"))
    engine.dispose()


def test_both_sides_have_the_same_people_and_meet_the_same_calls(found):
    assert found["versus"] == "erlang_c"
    (week,) = found["by_week"]
    for side in ("compared_with", "counterfactual"):  # two contracts of 32 h, each kept within 4 h (rule P1)
        assert week["paid_h"][side] == pytest.approx(64, abs=8)
    assert week["duties"]["counterfactual"] == week["duties"]["compared_with"] == 8  # four days of two people
    weighted, late, lost = (week[name] for name in ("weighted", "late_999", "lost_101"))
    digits = 5e-6 * (weighted["compared_with"] + weighted["counterfactual"])  # six are told of each
    for side in ("compared_with", "counterfactual", "difference"):
        assert weighted[side] == pytest.approx(5 * late[side] + lost[side], abs=digits)
    assert weighted["difference"] == pytest.approx(weighted["counterfactual"] - weighted["compared_with"], abs=digits)
    assert week["is_better"] is (weighted["difference"] < 0)
    assert found["together"]["weeks"] == 1
    assert found["together"]["weighted"]["difference"] == weighted["difference"]


def test_it_says_what_it_rests_on(found):
    assert "erlang_c" in found["definitions"]
    assert {entry["name"] for entry in found["assumptions"]} >= {"101 mean patience", "absence on the day"}
    assert any("people are those stored now" in note for note in found["notes"])


def test_what_is_refused_is_named(recorded):
    path = f"{BASE}/counterfactuals"
    problem(recorded.post(path, json={"week_start": "2026-03-24"}), 422, "Tuesday")
    problem(recorded.post(path, json={"week_start": WEEK, "weeks": 2}), 409, "recorded until")
    problem(recorded.post(path, json={"week_start": WEEK, "weeks": 1}), 409, "no forecast made by 2026-03-23")
    told = {"week_start": WEEK, "weeks": 1, "versus": "published", "known_by": THEN}
    problem(recorded.post(path, json=told), 409, "no published roster covers the week of 2026-03-23")
    problem(recorded.get(f"{path}/0198b1f0-8c2e-7cc3-98c5-5f2f8f3b9d11"), 404, "unknown")


@pytest.mark.parametrize("total", [0, 7, 12, 30])
def test_heads_scaled_to_a_total_keep_their_shape(total):
    heads = np.array([[3, 1, 0], [4, 2, 2]])
    scaled = scaled_to(heads, total)
    assert scaled.sum() == total
    assert (np.abs(scaled - heads * total / heads.sum()) < 1).all()
