"""Scenarios over HTTP: both sides, what contradicts itself, clock changes, CSV, permissions."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from app.database import service_engine
from app.requirements.schemas import RequirementsOut
from app.web.what_if import routes
from tests.helpers import FORCE, OTHER, bearer, compute_run, done, problem

SCENARIOS = f"/v1/forces/{FORCE}/scenarios"
UNKNOWN = str(uuid4())
START = "2026-03-23T00:00:00+00:00"


@pytest.fixture(scope="module")
def base(stocked) -> dict[str, Any]:
    return {"requirement_id": done(stocked.get(f"/v1/forces/{FORCE}/requirements/latest"))["id"]}


@pytest.fixture(scope="module")
def compute(stocked, stocked_database):
    """Requests a scenario, computes it in this process and reads it."""
    engine = service_engine(stocked_database.service, pool_size=1)

    def make(**body: object) -> dict[str, Any]:
        run = done(stocked.post(SCENARIOS, json={"name": "test", "precision": 0.05} | body), 202)
        assert run["kind"] == "scenario"
        return done(stocked.get(f"{SCENARIOS}/{compute_run(engine, run['id'])['scenario_id']}"))

    yield make
    engine.dispose()


@pytest.fixture(scope="module")
def compared(compute, base):
    """The week of the spring clock change: a category that is cut, a surge, and what would put it right."""
    return compute(
        name="less mental health, more of the rest",
        base=base,
        changes=[
            {"kind": "demand", "queue": "101", "category": "mental health", "share": 0.1,
             "factor": {"low": 0.3, "likely": 0.5, "high": 0.7}},
            {"kind": "surge", "start": "2026-03-24T18:00:00Z", "hours": 3, "multiplier": 2, "queue": "999"},
            {"kind": "targets", "service_level": 0.95},
        ],
        sweep={"volume": [1.0, 1.2], "handling_time": [1.0], "absence_rate": [0.04]},
        restore=True,
    )  # fmt: skip


def test_seats_kept_idle_for_999_stay_so_and_the_requirement_is_found_again(stocked, compared):
    """Where 101 took every seat, 999 would lose points that the requirement had promised."""
    wanted = done(stocked.get(f"/v1/forces/{FORCE}/requirements/latest"))
    n = len(compared["spans"]["interval"])
    reserve = wanted["reserve"][:n]
    kept = next(e for e in compared["assumptions"] if e["name"] == "999 seats kept idle for 999")
    assert kept["value"] == pytest.approx(sum(reserve) / len(reserve), abs=1e-4)
    found = compared["service"]["whole"]["service_level_999"]
    promised = np.average(wanted["service_level_999"][:n], weights=wanted["offered_calls"]["999"][:n])
    assert found["base"] == pytest.approx(promised, abs=0.02 + found["base_half"]), (found, promised)


def test_no_calls_leave_nothing_to_measure(compute, base):
    made = compute(base=base, to="2026-03-23T06:00:00Z", changes=[{"kind": "demand", "factor": 0}])
    assert made["service"]["whole"]["offered_calls_999"]["changed"] == 0
    assert made["service"]["whole"]["service_level_999"]["changed"] is None
    assert made["precision"]["service_level_999_half_width"]["changed"] is None


def request(client, base, *changes: dict[str, Any], **body: Any):
    return client.post(SCENARIOS, json={"name": "x", "base": base, "changes": list(changes)} | body)


def test_a_week_is_seven_local_days_and_spans_follow_the_clocks(compared):
    starts = compared["spans"]["interval"]
    assert len(starts) == 668  # the spring Sunday has 23 hours
    assert [len(compared["spans"][width]) for width in ("whole", "week", "day")] == [1, 1, 7]
    days = [datetime.fromisoformat(start) for start in compared["spans"]["day"]]
    assert [(b - a) / timedelta(hours=1) for a, b in pairwise(days)] == [24.0] * 6
    for width, n in (("day", 7), ("interval", 668)):
        for figure in compared["service"][width].values():
            assert {len(values) for values in figure.values()} == {n}


def test_only_what_was_changed_changes(compared):
    whole = compared["service"]["whole"]
    calls = whole["first_attempts_101"]
    assert calls["difference"] / calls["base"] == pytest.approx(-0.05, abs=0.005)
    assert whole["first_attempts_999"]["difference"] > 0  # the surge
    offered = compared["service"]["interval"]["offered_calls_999"]
    at = compared["spans"]["interval"].index("2026-03-24T18:00:00+00:00")
    # Fewer 101 calls spare 999 some spill at all times; the surge doubles its first attempts.
    assert max(map(abs, offered["difference"][:at])) < 1 < min(offered["difference"][at : at + 12])
    assert compared["cost"]["paid_h"]["difference"] == 0
    for block in ("service", "people", "cost"):
        assert compared[block], block


def test_what_is_uncertain_gives_a_range_around_the_likely_value(compared):
    low, high = (compared["range"][case]["service"]["first_attempts_101"]["difference"] for case in ("low", "high"))
    likely = compared["service"]["whole"]["first_attempts_101"]["difference"]
    assert 0 > low > likely > high  # from the smallest effect to the largest


def test_the_worst_cell_is_named_for_each_measure(compared):
    sweep = compared["sweep"]
    assert len(sweep["cells"]) == 2
    assert {name: worst["volume"] for name, worst in sweep["worst"].items()} == dict.fromkeys(sweep["worst"], 1.2)
    assert sweep["worst"]["service_level_999"]["value"] < sweep["cells"][0]["service"]["service_level_999"]["changed"]


def test_restore_says_how_many_hours_and_how_sure(compared):
    restored = compared["restore"]
    assert restored["lower_h"] <= restored["seats_h"] <= restored["upper_h"]
    assert restored["service_level_999"] >= compared["targets"]["changed"]["service_level_999"] == 0.95
    assert restored["posts"] > restored["seats_h"] / 40
    assert sum(restored["seats_by_interval"]) / 4 == restored["seats_h"]


def test_figures_stand_beside_their_definitions_and_assumptions(compared):
    assert any("10 s" in sentence for sentence in compared["definitions"])
    register = {entry["name"]: entry for entry in compared["assumptions"]}
    assert {"value", "unit", "source", "set_by"} <= set.intersection(*(set(entry) for entry in register.values()))
    assert register["101 mean patience"]["set_by"] == "learned from history"
    assert register["spill from 101 to 999"]["set_by"] == "default"
    assert "assumption" in register["spill from 101 to 999"]["source"]
    for width in compared["service"].values():  # abandonment never without waits
        assert ("abandonment_101" in width) <= ("mean_wait_101_s" in width)


def test_the_same_plan_differs_by_exactly_nothing(compute, base):
    same = compute(base=base, to="2026-03-25T00:00:00Z")
    for service in same["service"].values():
        for figure in service.values():
            values = figure["difference"] if isinstance(figure["difference"], list) else [figure["difference"]]
            assert {value for value in values if value is not None} <= {0.0}
    for block in ("people", "cost"):
        assert {figure["difference"] for figure in same[block].values()} == {0.0}


def test_a_forecast_is_staffed_first(compute, stocked):
    forecast = done(stocked.get(f"/v1/forces/{FORCE}/forecasts/latest", params={"aggregate": "week"}))["id"]
    made = compute(base={"forecast_id": forecast}, to="2026-03-24T00:00:00Z",
                   changes=[{"kind": "seats", "desk": "999", "change": 3}])  # fmt: skip
    assert made["people"]["on_desks_h"]["difference"] == 72
    assert made["cost"]["pay"]["difference"] == pytest.approx(72 * 18)
    assert made["service"]["whole"]["service_level_999"]["difference"] > 0


def test_quarter_hours_come_as_csv(stocked, compared):
    answer = stocked.get(f"{SCENARIOS}/{compared['id']}", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(rows) == 668
    assert rows[0]["scenario_id"] == compared["id"]
    assert rows[-1]["start_local"] == "2026-03-29T23:45:00+01:00"
    level = compared["service"]["interval"]["service_level_999"]["base"][10]
    assert float(rows[10]["service_level_999_base"]) == level
    again = stocked.get(f"{SCENARIOS}/{compared['id']}", headers={"If-None-Match": answer.headers["ETag"],
                                                                 "Accept": "text/csv"})  # fmt: skip
    assert again.status_code == 304


def test_they_are_listed_without_figures(stocked, compared):
    listed = done(stocked.get(SCENARIOS))["scenarios"]
    assert compared["id"] in [entry["id"] for entry in listed]
    assert "service" not in listed[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{"kind": "demand", "queue": "101", "factor": 1.1}, {"kind": "demand", "factor": 0.9}],
         ["changes[1] (demand)", "queue 101", "contradicts changes[0]"]),
        ([{"kind": "absence", "rate": 0.1}, {"kind": "absence", "rate": 0.2}], ["changes[1] (absence)", "contradicts"]),
        ([{"kind": "surge", "start": START, "hours": 4, "multiplier": 2},
          {"kind": "surge", "start": "2026-03-23T03:45:00Z", "hours": 1, "multiplier": 3}],
         ["changes[1] (surge)", "contradicts"]),
        ([{"kind": "switchboard", "on": False, "stage": {"resolves": 0.6}}], ["changes[0]", "off", "neither"]),
        ([{"kind": "switchboard", "on": True}], ["changes[0]", "without seats"]),
        ([{"kind": "headcount", "change": -1}], ["changes[0] (headcount)", "-1", "no handlers"]),
        ([{"kind": "demand", "queue": "101", "category": "parking", "factor": 0.5}],
         ["changes[0] (demand).category", "parking", "share"]),
        ([{"kind": "demand", "category": "parking", "share": 0.1, "factor": 0.5}], ["changes[0] (demand).queue"]),
        ([{"kind": "demand", "queue": "999", "factor": 1.1, "from": "2026-04-01T00:00:00Z"}],
         ["changes[0] (demand).from, to", "2026-04-01", "2026-03-23"]),
        ([{"kind": "demand", "queue": "999", "factor": 1.1, "from": "2026-03-24T00:10:00Z"}], ["quarter-hour"]),
        ([{"kind": "handling_time", "factor": 0}], ["changes[0]", "more than 0"]),
        ([{"kind": "demand", "factor": {"low": 2, "likely": 1, "high": 3}}], ["changes[0]", "in this order"]),
        ([{"kind": "repeats", "redial_101": 1}], ["changes[0]", "0.99"]),
        ([{"kind": "repeats", "redial_101": 0.9, "spill": 0.2}], ["changes[0] (repeats)", "0.9", "0.2", "at most 1"]),
        ([{"kind": "demand", "factor": "more"}], ["changes[0]", "more", "a number, or low"]),
        ([{"kind": "miracle"}], ["changes[0]", "miracle", "surge"]),
        ([{"kind": "roster", "roster_id": UNKNOWN}], []),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_by_name_and_value(stocked, base, changes, words):
    answer = request(stocked, base, *changes)
    problem(answer, 404 if not words else 422, *words)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"base": {}}, 422, ["base", "exactly one"]),
        ({"base": {"roster_id": UNKNOWN, "forecast_id": UNKNOWN}}, 422, ["base", "exactly one"]),
        ({"base": {"requirement_id": UNKNOWN}}, 404, [UNKNOWN]),
        ({"base": {"roster_id": UNKNOWN}}, 404, [UNKNOWN]),
        ({"from": "2026-03-22T00:00:00Z"}, 422, ["from, to", "2026-03-22"]),
        ({"to": "2026-03-23T00:05:00Z"}, 422, ["from, to", "quarter-hours"]),
        ({"sweep": {"volume": [1, 1]}}, 422, ["sweep", "each value once"]),
        ({"precision": 0}, 422, ["precision", "0"]),
    ],
)
def test_what_cannot_be_compared_is_refused(stocked, base, body, status, words):
    problem(stocked.post(SCENARIOS, json={"name": "x", "base": base} | body), status, *words)


def test_who_may_ask_and_who_may_read(stocked, compared, base):
    def key(force: str, role: str) -> dict[str, str]:
        made = done(stocked.post(f"/v1/forces/{force}/keys", json={"name": "t", "roles": [role]}), 201)
        return bearer(made["key"])

    viewer = key(FORCE, "auditor")
    problem(stocked.post(SCENARIOS, json={"name": "x", "base": base}, headers=viewer), 403, "plan")
    assert stocked.get(f"{SCENARIOS}/{compared['id']}", headers=viewer).status_code == 200
    problem(stocked.get(f"{SCENARIOS}/{compared['id']}", headers=key(OTHER, "planner")), 404)
    problem(stocked.get(f"/v1/forces/{OTHER}/scenarios/{compared['id']}"), 404, compared["id"])
    problem(stocked.get(f"{SCENARIOS}/{UNKNOWN}"), 404, UNKNOWN)


def test_the_same_idempotency_key_answers_the_first_run(stocked, base):
    asked = {"name": "once", "base": base}
    first = done(stocked.post(SCENARIOS, json=asked, headers={"Idempotency-Key": "k1"}), 202)
    again = done(stocked.post(SCENARIOS, json=asked, headers={"Idempotency-Key": "k1"}), 202)
    assert again["id"] == first["id"]
    problem(stocked.post(SCENARIOS, json=asked | {"seed": 2}, headers={"Idempotency-Key": "k1"}), 409, "k1")


def test_building_on_a_what_if_begins_with_all_of_it_however_old(stocked, compute, compared, base, monkeypatch):
    """What the form has no field for, or no option, is kept; a number known well shows once."""
    kept = compute(
        base=base,
        to="2026-03-23T06:00:00Z",
        changes=[
            {"kind": "handling_time", "factor": 1.1},
            {"kind": "callbacks", "policy": {"offer_after_s": 90, "accepts": 0.2, "reached": 0.5}},
            {"kind": "channel_shift", "queue": "999", "share": 0.1},
        ],
    )
    monkeypatch.setattr(routes.requirements, "page", lambda *_: RequirementsOut(requirements=[], next=None))

    def form_of(scenario: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
        found = Fields()
        found.feed(stocked.get(f"/forces/{FORCE}/what-if/new?copy={scenario['id']}").text)
        return found.of

    for scenario, until in ((compared, "2026-03-30T00:00"), (kept, "2026-03-23T06:00")):
        form = form_of(scenario)
        assert [one["value"] for one in form["base"] if "selected" in one] == [
            f"requirement_id:{base['requirement_id']}"
        ]
        assert (form["from"][0]["value"], form["to"][0]["value"]) == ("2026-03-23T00:00", until)
        for n, change in enumerate(scenario["changes"]):
            assert json.loads(form[f"changes.{n}"][0]["value"]) == change
    assert [one["value"] for one in form_of(compared)["changes.0.category"] if "selected" in one] == ["mental health"]
    assert form_of(compared)["changes.0.factor.low"][0]["value"] == "30"
    assert "value" not in form_of(kept)["changes.0.factor.low"][0]


class Fields(HTMLParser):
    """A page's fields and options by name of the field: the attributes of each."""

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, list[dict[str, str]]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = given.get("name", "")
        name = self._select if tag == "option" else given.get("name", "")
        self.of.setdefault(name, []).append(given)
