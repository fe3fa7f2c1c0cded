"""The guide on people, followed to the letter: every command of it, on files as it shows them, in its order."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.helpers import FORCE, done, problem

GUIDE = Path(__file__).parents[3] / "docs/guides/people.md"
TEXT = GUIDE.read_text()
FILES = dict(re.findall(r"`([a-z]+\.csv)`:.*?```csv\n(.*?)```", TEXT, flags=re.DOTALL))
COMMANDS = [
    " ".join(line.split("\n"))
    for block in re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)
    for line in re.split(r"\n(?=api )", block.strip())
]


@pytest.fixture(scope="module")
def answers(bare):
    """What each command of the guide answered, by its address and method."""
    told, known = {}, {"ETAG": None, "REQUEST": None}
    for command in COMMANDS:
        method, address, headers, body = parsed(command, known)
        answer = bare.request(method, address, headers=headers, content=body)
        assert answer.is_success, f"{command}\n{answer.status_code}: {answer.text}"
        known["ETAG"] = answer.headers.get("ETag", known["ETAG"])
        if address.endswith("/leave-requests"):
            known["REQUEST"] = answer.json()["id"]
        told[method, address.removeprefix(f"/v1/forces/{FORCE}")] = answer.json()
    return told


def parsed(command, known):
    words = shlex.split(command)
    assert words.pop(0) == "api"
    method, headers, body, address = None, {}, None, ""
    while words:
        word = words.pop(0)
        if word == "--request":
            method = words.pop(0)
        elif word == "--header":
            name, value = words.pop(0).split(": ", 1)
            headers[name] = value.replace('"ETAG"', known["ETAG"] or "")
        elif word == "--json":
            body, headers["Content-Type"] = words.pop(0), "application/json"
        elif word == "--data-binary":
            body = FILES[words.pop(0).removeprefix("@")]
        else:
            address = word.replace("$API", "/v1").replace("REQUEST", known["REQUEST"] or "")
    return method or ("GET" if body is None else "POST"), address, headers, body


def test_the_guide_is_found_whole():
    assert set(FILES) == {f"{name}.csv" for name in ("people", "hr", "skills", "leave", "consents", "agreements",
                                                     "hours", "balances")}  # fmt: skip
    assert len(COMMANDS) == 20


def test_a_dry_run_says_what_the_import_then_does(bare, answers):
    dry, real = (answers["POST", f"/people/import?kind=people{more}"] for more in ("&dry_run=true", ""))
    assert [one["ref"] for one in dry["created"]] == ["H017", "H018", "H021"]
    assert dry["dry_run"]
    assert dry | {"dry_run": False} == real
    again = bare.post(
        f"/v1/forces/{FORCE}/people/import?kind=people",
        content=FILES["people.csv"],
        headers={"Content-Type": "text/csv"},
    )
    told = done(again)
    assert (told["created_total"], told["changed_total"], told["unchanged"]) == (0, 1, 2)
    assert told["changed"][0]["ref"] == "H021", "the file of people has fewer skills than the file of skills"


def test_everything_of_the_files_is_told_of_the_handlers(bare, answers):
    handler = done(bare.get(f"/v1/forces/{FORCE}/handlers/H017"))
    assert handler["pattern"]["anchor"] == "2026-01-05"
    assert (handler["contract"]["weekly_min"], handler["contract"]["cycle_weeks"]) == (2220, 10)
    assert handler["consent"]["start_later_min"] == 60
    assert handler["learning"]["minutes"] == 60
    assert [leave["first"] for leave in handler["leave"]] == ["2026-06-15", "2026-07-06"]
    other = done(bare.get(f"/v1/forces/{FORCE}/handlers/H018"))
    assert other["consents"][0]["start_later_min"] == 120
    assert other["agreements"] == [
        {"weekdays": ["Monday", "Tuesday"], "off": False, "earliest": "09:00:00", "latest": None}
    ]
    third = done(bare.get(f"/v1/forces/{FORCE}/handlers/H021"))
    assert third["pattern"]["anchor"] == "2026-01-03", "position 3 has the third day on the anchor"
    assert third["roles"][0]["role"] == "trainee"
    records = done(bare.get(f"/v1/forces/{FORCE}/handlers/H017/records"))
    assert records["weeks"] == [{"week_start": "2026-06-01", "planned_min": 2220, "actual_min": 2370}]
    assert {one["balance"]: one["minutes"] for one in records["balances"]} == {"leave": 7200, "toil": 240}
    assert answers["POST", "/people/import?mapping=hr-contracts"]["unknown_columns"] == []


def test_the_year_is_told_and_leave_costs_the_allowance(answers):
    rolled = answers["POST", "/roll-out"]
    assert (rolled["first"], rolled["last"], rolled["handlers"]) == ("2026-06-01", "2027-08-31", 4)
    days = answers["GET", "/roll-out/H017?from=2026-06-01&to=2026-06-14"]["days"]
    assert len(days) == 14
    assert days[0]["start"] is None, "147 days after the anchor is the eighth day of the cycle"
    asked = answers["POST", "/leave-requests"]["evidence"]
    assert (asked["allowance_before_min"], asked["allowance_after_min"]) == (7200, 7200 - asked["minutes"])
    assert asked["days"][0]["basis"] == "none", "no calls are imported yet"
    month = answers["GET", "/rosters/views/month?date=2026-06-15"]
    assert month["nominal_weeks"] == ["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-29"]
    assert month["nominal_min"] == month["total"]["on_duty_min"] > 0


@pytest.mark.usefixtures("answers")
def test_what_may_not_be_uploaded_is_refused_by_name(bare):
    for header in ("Surname", "Absence Reason", "Mobile Phone", "SicknessNote", "Date of Birth"):
        body = f"ref,first,{header}\nH017,2026-08-03,x\n"
        answer = bare.post(
            f"/v1/forces/{FORCE}/people/import?kind=leave", content=body, headers={"Content-Type": "text/csv"}
        )
        problem(answer, 422, header, "personal data")
    assert json.dumps(done(bare.get(f"/v1/forces/{FORCE}/handlers/H017"))["leave"]).count("first") == 2
