"""The main job on a running service, over HTTP alone: a small force from its history to two weeks of verified rosters.

The recounts here share nothing with the product but the JSON that it answers.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from app.certificates.recheck import recheck
from app.demonstration.calls import demonstration_demand, demonstration_load
from app.demonstration.people import demonstration_handlers
from app.server.supervisor import Service, running_service
from app.settings import Settings

END = date(2026, 3, 23)  # the history ends on a Monday; the clocks go forward in the week before the second roster
FIRST, SECOND = date(2026, 3, 23), date(2026, 3, 30)
SCALE = 3  # a third of the usual calls: some forty handlers
QUARTER = timedelta(minutes=15)
BASE = "/v1/forces/smallshire"
SAID = ("team", "contract", "skills", "consent", "leave", "night_worker", "opted_out_48h")  # of a handler, by files


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(Settings(data_dir=tmp_path_factory.mktemp("data"), port=0)) as running:
        watcher = threading.Thread(target=running.watch, daemon=True)
        watcher.start()
        yield running


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    key = {"Authorization": f"Bearer {service.first_key}"}
    with httpx.Client(base_url=service.address, headers=key, timeout=60) as http:
        yield http


@pytest.fixture(scope="module")
def handlers() -> list[dict[str, Any]]:
    made = demonstration_handlers(demonstration_load() / SCALE, week_start=FIRST, rng=np.random.default_rng(7))
    return [handler.model_dump(mode="json") for handler in made]


@pytest.fixture(scope="module")
def rosters(client: httpx.Client, handlers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """History, forecast and requirement, then two weeks one after the other."""
    settings = {"synthetic": True, "rules": {"W1": {"rest_min": 660}}}
    ok(client.post("/v1/forces", json={"slug": "smallshire", "name": "Smallshire", "settings": settings}))
    report = ok(client.post(f"{BASE}/calls", content=history(), headers={"Content-Type": "text/csv"})).json()
    assert report["issues_total"] == 0
    assert report["inserted"] == report["rows_read"]
    import_people(client, handlers)
    finished(client, client.post(f"{BASE}/forecasts", json={"weeks": 3, "paths": 200}))
    finished(client, client.post(f"{BASE}/requirements", json={"correct": False}))
    return [ask_for_roster(client, week) for week in (FIRST, SECOND)]


def import_people(client: httpx.Client, handlers: list[dict[str, Any]]) -> None:
    """The made-up force's people from files, as the guide on people says; then what no file says, such as training."""
    names: dict[str, str] = {}
    for handler in handlers:
        days = handler["pattern"]["days"]
        name = names.setdefault(json.dumps(days), f"p{len(names)}")
        if name == f"p{len(names) - 1}":
            body = {"anchor": handler["pattern"]["anchor"], "days": days}
            client.put(f"{BASE}/patterns-in-use/{name}", json=body)
    people = ["ref,team,pattern,anchor,contracted_h,cycle_weeks,skills,night_worker,opted_out_48h"]
    leave, consents = ["ref,first,last"], ["ref,start_earlier_min,start_later_min,finish_earlier_min,finish_later_min"]
    for one in handlers:
        name, hours = names[json.dumps(one["pattern"]["days"])], one["contract"]["weekly_min"] / 60
        skills = " ".join(skill["skill"] for skill in one["skills"])
        flags = ["yes" if one[flag] else "no" for flag in ("night_worker", "opted_out_48h")]
        cycle, anchor = one["contract"]["cycle_weeks"], one["pattern"]["anchor"]
        people.append(",".join(map(str, [one["ref"], one["team"] or "", name, anchor, hours, cycle, skills, *flags])))
        leave += [f"{one['ref']},{days['first']},{days['last']}" for days in one["leave"]]
        moves = [str(one["consent"][f"{end}_{way}_min"]) for end in ("start", "finish") for way in ("earlier", "later")]
        consents.append(",".join([one["ref"], *moves]))
    for kind, rows in (("people", people), ("leave", leave), ("consents", consents)):
        address, text = f"{BASE}/people/import?kind={kind}", "\n".join(rows)
        told = ok(client.post(address, content=text, headers={"Content-Type": "text/csv"})).json()
        assert (told["refused_total"], told["unknown_columns"]) == (0, [])
        again = ok(client.post(address, content=text, headers={"Content-Type": "text/csv"})).json()
        assert again["created_total"] + again["changed_total"] == 0, "the same file twice changes nothing"
    stored = {one["ref"]: one for one in ok(client.get(f"{BASE}/handlers")).json()["handlers"]}
    for one in handlers:
        read = stored[one["ref"]]
        assert {name: read[name] for name in SAID} == {name: one[name] for name in SAID}
        assert read["pattern"] | {"name": None} == one["pattern"]
    ok(client.post(f"{BASE}/handlers", json={"handlers": handlers}))


def history() -> bytes:
    demand = demonstration_demand(END, np.random.default_rng(7), weeks=16)
    # Only the offered calls, thinned: handling times and patience are then the settings' assumptions.
    calls = np.random.default_rng(8).binomial(demand.first_attempts, 1 / SCALE)
    starts = demand.starts.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = [
        f"{queue},{start},{n}"
        for queue, row in zip(("999", "101"), calls.tolist(), strict=True)
        for start, n in zip(starts, row, strict=True)
    ]
    return "\n".join(["queue,interval_start,offered", *rows]).encode()


def ok(answer: httpx.Response) -> httpx.Response:
    assert answer.is_success, answer.text
    return answer


def finished(client: httpx.Client, accepted: httpx.Response, *, within_s: float = 150) -> dict[str, Any]:
    assert accepted.status_code == 202, accepted.text
    return wait(client, accepted.headers["Location"], lambda run: run["finished_at"] is not None, within_s)


def wait(
    client: httpx.Client, location: str, until: Callable[[dict[str, Any]], bool], within_s: float
) -> dict[str, Any]:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        run: dict[str, Any] = ok(client.get(location)).json()
        if until(run):
            return run
        time.sleep(0.1)
    raise AssertionError(f"still waiting after {within_s} s: {run}")


def ask_for_roster(client: httpx.Client, week: date) -> dict[str, Any]:
    order = {"week_start": week.isoformat(), "mode": "weekly", "seconds": 10, "seed": 3}
    run = finished(client, client.post(f"{BASE}/rosters", json=order))
    assert run["status"] == "succeeded", run
    assert run["outcome"] in ("feasible", "optimal")
    roster: dict[str, Any] = ok(client.get(f"{BASE}/rosters/{run['result']['roster_id']}")).json()
    return roster


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_rules_hold_by_another_count(rosters: list[dict[str, Any]], handlers: list[dict[str, Any]]) -> None:
    by_ref = {handler["ref"]: handler for handler in handlers}
    ends: dict[str, datetime] = {}
    for duty in rosters[0]["carried_over"]:
        ends[duty["handler"]] = moment(duty["end"])
    for roster in rosters:
        assert roster["certificate"]["rules"]["violations"] == []
        assert len(roster["duties"]) > len(handlers)
        for duty in sorted(roster["duties"], key=lambda duty: moment(duty["start"])):
            start, end, who = moment(duty["start"]), moment(duty["end"]), by_ref[duty["handler"]]
            assert_tiled(duty)
            if who["ref"] in ends:
                assert start - ends[who["ref"]] >= timedelta(hours=11)
            ends[who["ref"]] = end
            assert end - start <= timedelta(hours=12)
            assert not any(leave["first"] <= f"{start:%Y-%m-%d}" <= leave["last"] for leave in who["leave"])
            skills = {skill["skill"] for skill in who["skills"]}
            assert {a["activity"] for a in duty["activities"]} <= skills | {"meal", "break", "training"}
            inner = [a for a in duty["activities"] if a["activity"] == "meal"]
            assert len(inner) == 1
            assert start < moment(inner[0]["start"]) < moment(inner[0]["end"]) < end
            assert moment(inner[0]["end"]) - moment(inner[0]["start"]) >= timedelta(minutes=20)


def assert_tiled(duty: dict[str, Any]) -> None:
    at = duty["start"]
    for activity in duty["activities"]:
        assert activity["start"] == at
        at = activity["end"]
        assert (moment(at) - moment(activity["start"])) % QUARTER == timedelta(0)
    assert at == duty["end"]


def test_coverage_is_what_the_duties_say(rosters: list[dict[str, Any]]) -> None:
    for roster in rosters:
        counted: dict[tuple[str, datetime], int] = defaultdict(int)
        for duty in [*roster["duties"], *roster["carried_over"]]:
            for activity in duty["activities"]:
                at = moment(activity["start"])
                while at < moment(activity["end"]):
                    counted[activity["activity"], at] += 1
                    at += QUARTER
        for skill, columns in roster["coverage"].items():
            assert columns["on_calls"] == [counted[skill, moment(start)] for start in columns["start"]]
            assert all(with_it >= bare for with_it, bare in zip(columns["rostered"], columns["required"], strict=True))


def test_last_weeks_sunday_nights_are_carried_over_unchanged(rosters: list[dict[str, Any]]) -> None:
    first, second = rosters
    midnight = datetime(2026, 3, 29, 23, tzinfo=UTC)  # Monday 30 March 00:00 in London, one hour after the change
    nights = [duty for duty in first["duties"] if moment(duty["end"]) > midnight]
    assert nights, "a week without a Sunday night would not test anything"
    assert sorted(map(json.dumps, second["carried_over"])) == sorted(map(json.dumps, nights))


def test_week_of_the_clock_change_has_167_hours(rosters: list[dict[str, Any]]) -> None:
    assert [len(roster["coverage"]["999"]["start"]) for roster in rosters] == [668, 672]


def test_service_is_simulated_with_its_uncertainty(rosters: list[dict[str, Any]]) -> None:
    for roster in rosters:
        emergency, non_emergency = roster["service"]["999"], roster["service"]["101"]
        assert emergency["threshold_s"] == 10
        for estimate in (emergency["service_level"], non_emergency["abandonment"]):
            assert 0 <= estimate["p05"] <= estimate["mean"] <= estimate["p95"] <= 1
            assert 0 < estimate["mean_se"] < 0.02
        assert emergency["service_level"]["mean"] >= 0.9


def test_certificate_holds_offline_but_not_forged(client: httpx.Client, rosters: list[dict[str, Any]]) -> None:
    certificate = ok(client.get(f"{BASE}/rosters/{rosters[1]['id']}/certificate")).json()
    verdict = recheck(json.dumps(certificate).encode())
    assert verdict.holds
    assert "SYNTHETIC" in verdict.lines[0]
    certificate["duties"][0]["end"] = certificate["duties"][0]["start"]
    assert not recheck(json.dumps(certificate).encode()).holds


def test_certificate_names_tiers_rules_and_versions(rosters: list[dict[str, Any]]) -> None:
    certificate = rosters[0]["certificate"]
    assert set(certificate["solver"]) == {"service", "people", "cost"}
    for tier in certificate["solver"].values():
        assert tier["bound"] <= tier["objective"]
        assert tier["status"] in ("optimal", "feasible")
    assert len(certificate["rules"]["hash"]) == 64
    assert certificate["versions"]["ortools"]
    assert certificate["seed"] == 3


def test_the_roster_is_told_to_people(client: httpx.Client, rosters: list[dict[str, Any]]) -> None:
    """From files of calls, people and leave to a published roster: the last steps."""
    address = f"{BASE}/rosters/{rosters[0]['id']}"
    for step in ("approve", "publish"):
        etag = ok(client.get(address)).headers["ETag"]
        told = ok(client.post(f"{address}/{step}", json={}, headers={"If-Match": etag})).json()
    assert told["status"] == "published"
    week = ok(client.get(f"{BASE}/rosters/views/week", params={"date": FIRST.isoformat()})).json()
    assert week["rosters"] == [rosters[0]["id"]]


@pytest.mark.usefixtures("rosters")
def test_who_has_no_legal_week_is_named(client: httpx.Client, handlers: list[Any]) -> None:
    short = {**handlers[0], "contract": {"weekly_min": 60, "cycle_weeks": 1}, "paid_min_by_week": None}
    ok(client.post(f"{BASE}/handlers", json={"handlers": [short]}))
    order = {"week_start": FIRST.isoformat(), "seconds": 10}
    run = finished(client, client.post(f"{BASE}/rosters", json=order))
    ok(client.post(f"{BASE}/handlers", json={"handlers": [handlers[0]]}))
    assert (run["status"], run["outcome"], run["result"]) == ("succeeded", "infeasible", None)
    assert short["ref"] in run["reason"]
    assert "P1" in run["reason"]


@pytest.mark.usefixtures("rosters")
def test_cancelled_while_it_searches_it_keeps_its_best(client: httpx.Client) -> None:
    location = start_long_roster(client)
    wait(client, location, lambda run: run["progress"] > 0.1, within_s=60)
    ok(client.delete(location))
    run = wait(client, location, lambda run: run["finished_at"] is not None, within_s=30)
    assert run["status"] == "cancelled"
    roster = ok(client.get(f"{BASE}/rosters/{run['result']['roster_id']}")).json()
    assert (roster["status"], roster["certificate"]["rules"]["violations"]) == ("draft", [])
    assert roster["certificate"]["ended_by"] == "cancel"
    assert roster["service"]["sampled_weeks"] > 0


@pytest.mark.usefixtures("rosters")
def test_a_killed_workers_run_is_taken_over(service: Service, client: httpx.Client) -> None:
    location = start_long_roster(client, seconds=8)
    os.kill(service.processes["worker"].pid, signal.SIGKILL)
    run = wait(client, location, lambda run: run["finished_at"] is not None, within_s=90)
    assert run["status"] == "succeeded", run
    assert run["attempt"] == 2


def start_long_roster(client: httpx.Client, seconds: int = 120) -> str:
    order = {"week_start": FIRST.isoformat(), "seconds": seconds}
    location: str = client.post(f"{BASE}/rosters", json=order).headers["Location"]
    wait(client, location, lambda run: run["progress"] > 0, within_s=60)
    return location
