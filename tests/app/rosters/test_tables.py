"""Long tables over HTTP: they say what the rooms say; changed rows keep their keys; small groups stay untold."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.bi.people import groups
from app.bi.service import TABLES
from tests.app.rosters.conftest import WEEK
from tests.app.rosters.test_ranking import publish
from tests.helpers import FORCE, ORIGIN, add_calls, bearer, done, problem

HERE = f"/v1/forces/{FORCE}"
HOUR = {"from": (ORIGIN - timedelta(hours=1)).isoformat(), "to": ORIGIN.isoformat()}


@pytest.fixture(scope="module")
def rows(stocked):
    def read(name: str, headers=None, **query) -> list[dict[str, str]]:
        answer = stocked.get(f"{HERE}/tables/{name}", params=query, headers=headers or {})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/csv")
        found = list(csv.DictReader(io.StringIO(answer.text)))
        key = TABLES[name].key
        assert len({tuple(row[column] for column in key) for row in found}) == len(found)
        return found

    return read


@pytest.fixture(scope="module")
def system(stocked) -> dict[str, str]:
    body = {"name": "reporting", "roles": ["system"]}
    return bearer(done(stocked.post(f"{HERE}/keys", json=body), 201)["key"])


def test_the_dictionary_says_what_the_files_hold(stocked):
    told = {table["name"]: table for table in done(stocked.get(f"{HERE}/tables"))["tables"]}
    assert set(told) == {"actuals", "service", "forecast", "requirement", "cover", "people_load"}
    for name, table in told.items():
        header = stocked.get(f"{HERE}/tables/{name}", params=HOUR | {"format": "csv"}).text.split("\r\n")[0]
        assert header.split(",") == [column["name"] for column in table["columns"]]
        assert all(column["meaning"] for column in table["columns"])
        assert set(table["key"]) <= {column["name"] for column in table["columns"]}
    problem(stocked.get(f"{HERE}/tables/callers"), 404, "callers", "people_load")
    problem(stocked.get(f"{HERE}/tables/actuals", params={"from": HOUR["to"], "to": HOUR["from"]}), 422, "from")
    problem(stocked.get(f"{HERE}/tables/actuals", params={"format": "xlsx"}), 422, "format")


def test_actuals_and_service_are_the_stored_calls_and_changes_are_told_alone(stocked, rows):
    stored = done(stocked.get(f"{HERE}/calls", params=HOUR | {"queue": "999"}))["queues"]["999"]
    found = [row for row in rows("actuals", **HOUR) if row["queue"] == "999"]
    assert [row["interval_start"] for row in found] == stored["start"]
    assert [float(row["offered"]) for row in found] == stored["values"]["offered"]
    assert found[0]["answered_10_60s"] == ""
    before = {row["date"]: row for row in rows("service") if row["queue"] == "999"}
    day = before["2026-03-22"]
    assert int(day["intervals"]) == 96
    assert float(day["abandonment"]) == pytest.approx(int(day["abandoned"]) / int(day["offered"]), abs=1e-6)
    assert day["service_level"] == ""  # the history does not count it
    now = datetime.now(UTC).isoformat()
    assert rows("actuals", changed_since=now) == []
    done(add_calls(stocked, f"queue,interval_start,offered\n999,{found[0]['interval_start']},70\n"))
    (changed,) = rows("actuals", changed_since=now)
    assert (changed["interval_start"], changed["offered"]) == (found[0]["interval_start"], "70")
    (moved,) = rows("service", changed_since=now)
    assert int(moved["offered"]) == int(day["offered"]) - int(found[0]["offered"]) + 70


def test_plans_are_those_of_their_rooms(stocked, rows):
    span = {"from": ORIGIN.isoformat(), "to": (ORIGIN + timedelta(hours=2)).isoformat()}
    forecast = done(stocked.get(f"{HERE}/forecasts/latest", params=span | {"levels": "0.1,0.9"}))
    mine = [row for row in rows("forecast", **span) if (row["forecast_id"], row["queue"]) == (forecast["id"], "101")]
    assert [float(row["mean"]) for row in mine] == forecast["queues"]["101"]["mean"]
    for level, column in (("0.1", "p10"), ("0.9", "p90")):
        assert [float(row[column]) for row in mine] == forecast["queues"]["101"]["quantiles"][level]
    requirement = done(stocked.get(f"{HERE}/requirements/latest"))
    found = [row for row in rows("requirement", **span) if row["skill"] == "999"]
    assert [int(row["seats"]) for row in found] == requirement["seats"]["999"][:8]
    assert [row["abandonment_101"] for row in found] == [""] * 8


def test_cover_and_load_are_of_rosters_that_people_were_told(stocked, make, rows, system):
    assert rows("cover") == []
    roster_id = make(WEEK)
    assert rows("cover") == []
    publish(stocked, roster_id)
    roster = done(stocked.get(f"{HERE}/rosters/{roster_id}"))
    for skill in ("999", "101"):
        found = [row for row in rows("cover") if row["skill"] == skill]
        assert [int(row["on_calls"]) for row in found] == roster["coverage"][skill]["on_calls"]
        assert {row["status"] for row in found} == {"published"}
    load = rows("people_load")
    assert {row["handler"] for row in load} == {"H001", "H002"}
    assert sum(int(row["paid_min"]) for row in load) == 60 * roster["hours"]["paid"]
    assert rows("people_load", system) == []  # two people are fewer than five
    settings = done(stocked.get(f"{HERE}/settings"))["settings"]
    done(stocked.put(f"{HERE}/settings", json=settings | {"least_group": 2}))
    (together,) = rows("people_load", system)
    assert (together["handler"], together["people"]) == ("", "2")
    assert int(together["paid_min"]) == sum(int(row["paid_min"]) for row in load)
    assert rows("cover", changed_since=datetime.now(UTC).isoformat()) == []


def test_small_teams_are_told_together_or_not_at_all():
    burdens = {"paid_min": {f"{team}{n}": n for team, size in (("A", 6), ("B", 3), ("C", 2)) for n in range(size)}}
    teams = {ref: ref[0] for ref in burdens["paid_min"]}

    def told(smallest: int) -> dict[str | None, int]:
        return {team: n for _, team, n, _ in groups(burdens, teams, smallest)}

    assert told(2) == {"A": 6, "B": 3, "C": 2}
    assert told(5) == {"A": 6, "other teams": 5}
    assert told(6) == {"A": 6}
    assert told(7) == {"other teams": 11}


def test_parquet_holds_the_same_with_types(stocked: TestClient, rows):
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in TABLES:
        answer = stocked.get(f"{HERE}/tables/{name}", params=HOUR, headers={"Accept": "application/vnd.apache.parquet"})
        assert answer.headers["content-type"] == "application/vnd.apache.parquet"
        assert datetime.fromisoformat(answer.headers["pacesetter-as-of"]) < datetime.now(UTC)
        table = parquet.read_table(io.BytesIO(answer.content))
        assert table.column_names == [column.name for column in TABLES[name].columns]
        assert table.num_rows == len(rows(name, **HOUR))
    actuals = parquet.read_table(
        io.BytesIO(stocked.get(f"{HERE}/tables/actuals", params=HOUR | {"format": "parquet"}).content)
    ).to_pylist()
    assert actuals[0]["interval_start"] == ORIGIN - timedelta(hours=1)
    assert [str(row["offered"]) for row in actuals] == [row["offered"] for row in rows("actuals", **HOUR)]
