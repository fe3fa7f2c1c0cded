"""Forecasts as CSV, by the week, as they were known by a date, and not again where the client has them."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from app.forecasts.read import CSV_COLUMNS
from app.representation import etag_of, unchanged
from tests.helpers import FORCE, OTHER, done, problem

LATEST = f"/v1/forces/{FORCE}/forecasts/latest"


def lines(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("aggregate", ["15min", "hour", "day", "week"])
@pytest.mark.parametrize("levels", ["0.5", "0.05,0.5,0.95"])
def test_csv_has_one_line_per_queue_span_and_level_with_the_figures_of_json(stocked, aggregate, levels):
    query = {"aggregate": aggregate, "levels": levels}
    told = done(stocked.get(LATEST, params=query))
    found = lines(stocked.get(LATEST, params=query | {"format": "csv"}))
    assert tuple(found[0]) == CSV_COLUMNS
    expected = [
        (queue, start, f"{level:g}", mean, columns["quantiles"][f"{level:g}"][i], columns["mean_handling_s"][i])
        for queue, columns in told["queues"].items()
        for i, (start, mean) in enumerate(zip(columns["start"], columns["mean"], strict=True))
        for level in told["levels"]
    ]
    assert [
        (line["queue"], line["start"], line["level"], float(line["mean"]), float(line["calls"]),
         float(line["mean_handling_s"]))
        for line in found
    ] == expected  # fmt: skip
    for line in found:
        start, end, start_local = (datetime.fromisoformat(line[name]) for name in ("start", "end", "start_local"))
        assert start == start_local < end
        assert (line["forecast_id"], line["origin"]) == (told["id"], told["origin"])


def test_local_starts_follow_the_clocks(stocked):
    found = lines(stocked.get(LATEST, params={"format": "csv", "aggregate": "hour", "queue": "999", "levels": "0.5"}))
    sunday = [line["start_local"] for line in found if line["start_local"].startswith("2026-03-29")]
    assert sunday[:2] == ["2026-03-29T00:00:00+00:00", "2026-03-29T02:00:00+01:00"]


def test_weeks_are_local_ones_from_monday(stocked):
    told = done(stocked.get(LATEST, params={"aggregate": "week"}))["queues"]["999"]
    assert told["start"] == ["2026-03-23T00:00:00Z", "2026-03-29T23:00:00Z"]
    days = done(stocked.get(LATEST, params={"aggregate": "day"}))["queues"]["999"]
    assert told["mean"] == pytest.approx([sum(days["mean"][:7]), sum(days["mean"][7:])], abs=1e-3)
    part = done(stocked.get(LATEST, params={"aggregate": "week", "from": "2026-03-26T00:00:00Z"}))["queues"]["999"]
    assert part["start"] == ["2026-03-26T00:00:00Z", "2026-03-29T23:00:00Z"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("text/csv", "csv"), ("application/json", "json"), ("*/*", "json"), ("text/*", "csv"), ("image/png", "json"),
     ("text/csv;q=0.5, application/json", "json"), ("application/json;q=0.1, text/csv", "csv"),
     ("text/csv;q=x, */*;q=0.1", "json")],
)  # fmt: skip
def test_the_client_says_what_it_wants(stocked, accept, kind):
    answer = stocked.get(LATEST, params={"aggregate": "week"}, headers={"Accept": accept})
    assert kind in answer.headers["content-type"]
    assert "Accept" in answer.headers["vary"]
    by_format = stocked.get(LATEST, params={"aggregate": "week", "format": kind}, headers={"Accept": "image/png"})
    assert by_format.content == answer.content


def test_what_the_client_has_is_not_sent_again(stocked):
    first = stocked.get(LATEST)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = stocked.get(LATEST, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert stocked.get(LATEST, headers={"If-None-Match": '"other"'}).content == first.content
    for other in ({"format": "csv"}, {"aggregate": "day"}, {"levels": "0.5"}, {"queue": "999"}):
        answer = stocked.get(LATEST, params=other, headers={"If-None-Match": etag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != etag
    by_id = stocked.get(f"/v1/forces/{FORCE}/forecasts/{first.json()['id']}")
    assert by_id.headers["etag"] == etag


def test_a_validator_follows_from_its_parts():
    assert etag_of(1, "x") == etag_of(1, "x") != etag_of(1, "y")
    assert unchanged(None, etag_of(1)) is None


def test_what_was_known_by_a_date(stocked):
    newest = done(stocked.get(LATEST))
    made = datetime.fromisoformat(newest["created_at"])
    assert done(stocked.get(LATEST, params={"known_by": made.isoformat()})) == newest
    before = (made - timedelta(microseconds=1)).isoformat()
    problem(stocked.get(LATEST, params={"known_by": before}), 404, "no forecast by", before[:19])
    body = {"from": "2026-03-24T00:00:00Z", "to": "2026-03-25T00:00:00Z", "multiplier": 1.1, "reason": "Match day"}
    path = f"/v1/forces/{FORCE}/forecasts/{newest['id']}/adjustments"
    adjusted = done(stocked.post(path, json=body), 201)["id"]
    assert done(stocked.get(LATEST))["id"] == adjusted
    assert done(stocked.get(LATEST, params={"known_by": made.isoformat()}))["id"] == newest["id"]
    assert done(stocked.get(LATEST, params={"kind": "full"}))["id"] == newest["id"]
    problem(stocked.get(LATEST, params={"kind": "intraday"}), 404, "no intraday forecast yet")


def test_an_address_of_one_forecast_chooses_none(stocked):
    path = f"/v1/forces/{FORCE}/forecasts/{done(stocked.get(LATEST))['id']}"
    problem(stocked.get(path, params={"known_by": "2026-03-23T00:00:00Z"}), 422, "known_by", "absent")
    problem(stocked.get(path, params={"kind": "full"}), 422, "kind", "absent")
    problem(stocked.get(LATEST, params={"known_by": "2026-03-23T00:00:00"}), 422, "known_by")


def test_every_forecast_is_listed_page_by_page(stocked):
    path = f"/v1/forces/{OTHER}/forecasts"
    newest = done(stocked.get(f"{path}/latest"))
    body = {"from": newest["starts_at"], "to": newest["ends_at"], "multiplier": 1.1, "reason": "x"}
    made = [done(stocked.post(f"{path}/{newest['id']}/adjustments", json=body), 201)["id"] for _ in range(4)]
    expected = [*reversed(made), newest["id"]]
    for limit in (1, 2, 5, 200):
        seen, cursor = [], None
        while True:
            told = done(stocked.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {})))
            seen += told["forecasts"]
            cursor = told["next"]
            if cursor is None:
                break
            assert len(told["forecasts"]) == limit
        assert [one["id"] for one in seen] == expected
    assert {one["based_on"] for one in seen} == {None, newest["id"]}
    assert [one["id"] for one in done(stocked.get(path, params={"kind": "full"}))["forecasts"]] == [newest["id"]]
    known = done(stocked.get(path, params={"known_by": newest["created_at"]}))["forecasts"]
    assert [one["id"] for one in known] == [newest["id"]]
    assert known[0] == {name: newest[name] for name in known[0]}


def test_a_page_that_is_none_is_refused(stocked):
    path, unknown = f"/v1/forces/{FORCE}/forecasts", str(uuid4())
    problem(stocked.get(path, params={"cursor": unknown}), 422, "cursor", unknown)
    for limit in (0, 201):
        problem(stocked.get(path, params={"limit": limit}), 422, "limit")


def test_a_forecast_names_everything_that_it_was_made_from(stocked):
    made = done(stocked.get(LATEST, params={"kind": "full"}))
    history = made["inputs"]["history"]["999"]
    assert (history["from"], history["to"]) == ("2026-01-26T00:00:00+00:00", "2026-03-23T00:00:00+00:00")
    assert (history["rows"], len(history["sha256"])) == (8 * 7 * 96, 64)
    assert history["sha256"] != made["inputs"]["history"]["101"]["sha256"]
    assert made["inputs"]["settings_version"] == made["settings_version"]
    assert {"pacesetter", "numpy", "prophet", "statsmodels"} <= made["inputs"]["versions"].keys()
    assert made["inputs"]["seed"] == 7
