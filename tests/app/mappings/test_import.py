"""Mappings over HTTP, and what they import: kept by version, corrected without loss."""

from __future__ import annotations

from datetime import UTC, datetime

from app.uploads import WORKBOOK
from tests.app.mappings.test_read import AVAYA, AVAYA_FILE, BARE, GENESYS, GENESYS_FILE, workbook
from tests.helpers import FORCE, add_calls, add_force, done, problem

MAPPINGS = f"/v1/forces/{FORCE}/mappings"
CALLS = f"/v1/forces/{FORCE}/calls"
SPAN = {"from": "2026-06-01T06:00:00Z", "to": "2026-06-01T07:00:00Z", "queue": "999"}


def offered(api, **query) -> dict[str, float]:
    told = done(api.get(CALLS, params=SPAN | query))["queues"]["999"]
    return dict(zip(told["start"], told["values"].get("offered", []), strict=True))


def test_a_mapping_is_kept_by_version_and_its_imports_supersede(api, key_for):
    add_force(api)
    made = api.put(f"{MAPPINGS}/genesys", json=GENESYS)
    assert (done(made)["version"], made.headers["etag"]) == (1, '"genesys.1"')
    problem(api.put(f"{MAPPINGS}/genesys", json=BARE), 428, "If-Match")
    problem(api.put(f"{MAPPINGS}/genesys", json=BARE, headers={"If-Match": '"genesys.7"'}), 412, "genesys.1")
    again = api.put(f"{MAPPINGS}/genesys", json=GENESYS, headers={"If-Match": '"genesys.1"'})
    assert done(again)["version"] == 1
    problem(api.put(f"{MAPPINGS}/x", json=GENESYS, headers=key_for(FORCE, "system")), 403, "plan")
    problem(api.put(f"{MAPPINGS}/x", json=GENESYS | {"split": {}}), 422, "split")

    problem(add_calls(api, GENESYS_FILE, mapping="avaya"), 404, "genesys")
    tried = done(add_calls(api, GENESYS_FILE, mapping="genesys", dry_run=True))
    assert (tried["dry_run"], tried["mapping"]["version"], tried["inserted"]) == (True, 1, None)
    problem(api.get(CALLS), 404)
    report = done(add_calls(api, GENESYS_FILE, mapping="genesys"))
    assert (report["inserted"], report["corrections_total"]) == (192, 0)
    known = datetime.now(UTC).isoformat()

    corrected = GENESYS_FILE.replace("Emergency,4,4,1,", "Emergency,6,4,2,")
    tried = done(add_calls(api, corrected, mapping="genesys", dry_run=True))
    assert tried["corrections_total"] == 1
    assert offered(api)["2026-06-01T06:15:00Z"] == 5
    report = done(add_calls(api, corrected, mapping="genesys"))
    (correction,) = report["corrections"]
    assert (report["updated"], correction["interval_start"]) == (1, "2026-06-01T06:15:00Z")
    assert correction["before"] == {"offered": 5, "abandoned": 1}
    assert correction["after"] == {"offered": 6, "abandoned": 2}
    assert correction["source_before"] == "mapping genesys 1"
    assert offered(api)["2026-06-01T06:15:00Z"] == 6
    assert offered(api, as_of=known) == offered(api) | {"2026-06-01T06:15:00Z": 5}
    assert offered(api, as_of="2026-01-01T00:00:00Z") == {}
    assert done(add_calls(api, corrected, mapping="genesys"))["unchanged"] == 192

    assert api.delete(f"{MAPPINGS}/genesys", headers={"If-Match": '"genesys.1"'}).status_code == 204
    problem(api.get(f"{MAPPINGS}/genesys"), 404)
    assert done(api.put(f"{MAPPINGS}/genesys", json=GENESYS))["version"] == 3
    assert [one["name"] for one in done(api.get(MAPPINGS))["mappings"]] == ["genesys"]


def test_a_refused_file_of_a_mapping_stores_nothing_and_a_workbook_is_a_file_too(api):
    add_force(api)
    done(api.put(f"{MAPPINGS}/avaya", json=AVAYA))
    problem(
        add_calls(api, AVAYA_FILE.replace(",999 Overflow,", ",999 Lost,"), mapping="avaya"), 422, "999 Lost", "null"
    )
    problem(add_calls(api, AVAYA_FILE.replace(",Flow Out", ",Caller ID"), mapping="avaya"), 422, "Flow Out")
    problem(api.get(CALLS), 404)
    sheet = workbook(*(line.split(",") for line in AVAYA_FILE.replace('"1,000"', "1000").splitlines()))
    headers = {"Content-Type": WORKBOOK}
    problem(api.post(CALLS, content=sheet, headers=headers), 415, "mapping")
    assert done(api.post(CALLS, content=sheet, headers=headers, params={"mapping": "avaya"}))["inserted"] == 96
