"""Files of people over HTTP: differences, refusals by line, one transaction, mappings, workbooks."""

from __future__ import annotations

from datetime import date

import pytest

from tests.app.people_files.test_spreadsheet import workbook
from tests.helpers import FORCE, add_handlers, done, handler_body, problem

PEOPLE = f"/v1/forces/{FORCE}/people"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FOUR_ON = {"anchor": "2026-01-05", "days": [{"start": "07:00", "length_min": 540}] * 4 + [None] * 4}


@pytest.fixture(scope="module")
def force(bare):
    done(bare.put(f"/v1/forces/{FORCE}/patterns-in-use/four-on", json=FOUR_ON))
    return bare


def send(api, kind, content, media="text/csv", **query):
    content = content.getvalue() if hasattr(content, "getvalue") else content
    return api.post(f"{PEOPLE}/import", params={"kind": kind, **query} if kind else query, content=content,
                    headers={"Content-Type": media})  # fmt: skip


def handler(api, ref):
    return done(api.get(f"/v1/forces/{FORCE}/handlers/{ref}"))


def test_a_file_is_all_or_nothing_and_says_which_lines_are_wrong(force):
    rows = (
        "ref,pattern,position,contracted_h,skills\nA1,four-on,1,32,999 101\nA2,four-on,9,32,999\nA3,no-such,1,32,999\n"
    )
    rows += "A4,four-on,1,wide,999\nA5,four-on,1,32,112\n,four-on,1,32,999\n"
    dry = done(send(force, "people", rows, dry_run=True))
    assert [one["ref"] for one in dry["created"]] == ["A1"]
    assert {one["row"] for one in dry["refused"]} == {3, 4, 5, 6, 7}
    told = problem(send(force, "people", rows), 422, "row 3", "position is 9", "no-such", "four-on", "37:30", "row 7")
    assert told["report"]["refused_total"] == 5
    problem(force.get(f"/v1/forces/{FORCE}/handlers/A1"), 404, "A1")


def test_the_same_ref_twice_is_named_with_both_lines(force):
    rows = "ref,pattern,position,contracted_h,skills\nB1,four-on,1,32,999\nB1,four-on,1,30,999\n"
    problem(send(force, "people", rows), 422, "B1", "rows 2 and 3")
    same = "ref,pattern,position,contracted_h,skills\nB1,four-on,1,32,999\nB1,four-on,1,32,999\n"
    told = done(send(force, "people", same))
    assert (told["created_total"], told["warnings"][0]) == (1, "row 3 repeats row 2: counted once")


def test_contracts_with_dates_stand_beside_each_other_and_may_not_overlap(force):
    head = "ref,pattern,position,contracted_h,skills,contract_first,contract_last\n"
    rows = head + "C1,four-on,1,32,999,,2026-06-30\nC1,four-on,1,16,999,2026-07-01,\n"
    told = done(send(force, "people", rows))
    assert "C1: another contract counts from 2026-07-01, a Wednesday" in told["warnings"][0]
    one = handler(force, "C1")
    assert [(c["weekly_min"], c["first"], c["last"]) for c in one["contracts"]] == [
        (1920, None, "2026-06-30"), (960, "2026-07-01", None)
    ]  # fmt: skip
    assert done(send(force, "people", rows))["unchanged"] == 1
    overlap = head + "C1,,,32,,,2026-06-30\nC1,,,16,,2026-06-30,\n"
    problem(send(force, "people", overlap), 422, "C1", "contracts", "open to 2026-06-30", "2026-06-30 to open")
    assert handler(force, "C1") == one


def test_lists_take_the_place_of_what_stands_or_are_added(force):
    done(
        add_handlers(
            force, handler_body("D1"), handler_body("D2", leave=[{"first": "2026-08-01", "last": "2026-08-02"}])
        )
    )
    first = done(send(force, "leave", "ref,first,last\nD1,2026-06-01,2026-06-07\nD1,2026-07-06,\n"))
    assert first["changed"][0]["fields"]["leave"]["before"] == []
    assert [one["last"] for one in handler(force, "D1")["leave"]] == ["2026-06-07", "2026-07-06"]
    assert len(handler(force, "D2")["leave"]) == 1, "whom the file does not name stays as they are"
    more = "ref,first,last\nD1,2026-09-01,2026-09-02\n"
    done(send(force, "leave", more, add=True))
    assert len(handler(force, "D1")["leave"]) == 3
    done(send(force, "leave", more))
    assert [one["first"] for one in handler(force, "D1")["leave"]] == ["2026-09-01"]
    problem(send(force, "leave", more + "D1,2026-09-02,2026-09-05\n"), 422, "D1", "rows 2 and 3 overlap", "2026-09-05")
    problem(
        send(force, "leave", "ref,first,last\nD1,2026-09-02,2026-09-03\n", add=True), 422, "D1", "leave", "no day twice"
    )
    problem(send(force, "leave", "ref,first,last\nD1,2026-09-03,2026-09-02\n"), 422, "D1", "2026-09-03")
    problem(send(force, "leave", "ref,first\nZ9,2026-09-03\n"), 422, "Z9", "unknown")


def test_skills_and_roles_with_dates(force):
    done(add_handlers(force, handler_body("E1", roles=[{"role": "tutor"}])))
    done(send(force, "skills", "ref,skill,first,last\nE1,101,,\nE1,999,2026-09-01,\n"))
    one = handler(force, "E1")
    assert [(s["skill"], s["first"]) for s in one["skills"]] == [("101", None), ("999", "2026-09-01")]
    assert [role["role"] for role in one["roles"]] == ["tutor"], "a file without roles leaves them"
    done(send(force, "skills", "ref,skill,first,last\nE1,Trainee,,2026-10-31\n"))
    assert [role["role"] for role in handler(force, "E1")["roles"]] == ["trainee"]
    problem(send(force, "skills", "ref,skill,first\nE1,999,\nE1,999,2026-09-01\n"), 422, "E1", "overlap")


def test_hours_and_balances_by_their_keys(force):
    done(add_handlers(force, handler_body("F1")))
    hours = "ref,week_start,planned_h,actual_h\nF1,2026-06-01,37,39:30\nF1,2026-06-08,37,\n"
    assert done(send(force, "hours", hours))["created_total"] == 2
    told = done(send(force, "hours", hours.replace("39:30", "40")))
    assert (told["changed_total"], told["unchanged"]) == (1, 1)
    assert told["changed"][0]["fields"] == {"actual_min": {"before": 2370, "after": 2400}}
    problem(send(force, "hours", "ref,week_start,planned_h\nF1,2026-06-02,37\n"), 422, "F1", "Tuesday", "Monday")
    done(send(force, "balances", "ref,balance,as_of,hours\nF1,leave,2026-06-01,-3.5\n"))
    assert done(force.get(f"/v1/forces/{FORCE}/handlers/F1/records"))["balances"][0]["minutes"] == -210


def test_a_workbook_by_a_mapping_of_another_system(force):
    mapping = {
        "kind": "leave",
        "columns": {"ref": "Collar", "first": "From", "last": "To"},
        "ignored": ["Area"],
        "dates": "DD/MM/YYYY",
        "sheet": "Export",
    }
    put = force.put(f"{PEOPLE}/mappings/dms-leave", json=mapping)
    done(put)
    done(add_handlers(force, handler_body("G1")))
    rows = [["Collar", "From", "To", "Area", "Ward"], ["G1", date(2026, 6, 1), "02/06/2026", "N", "x"]]
    told = done(send(force, None, workbook(*rows, sheet="Export"), XLSX, mapping="dms-leave"))
    assert (told["kind"], told["unknown_columns"], told["changed_total"]) == ("leave", ["Ward"], 1)
    assert handler(force, "G1")["leave"][0]["last"] == "2026-06-02"
    problem(send(force, "people", b"x", mapping="dms-leave"), 422, "leave", "dms-leave")
    problem(send(force, None, b"x"), 422, "kind", "mapping")
    problem(send(force, None, b"x", mapping="other"), 404, "other")
    problem(send(force, "leave", b"x", "application/json"), 415, "text/csv")
    problem(force.put(f"{PEOPLE}/mappings/dms-leave", json=mapping), 428, "If-Match")
    problem(force.delete(f"{PEOPLE}/mappings/dms-leave", headers={"If-Match": '"x"'}), 412, "of mapping dms-leave")
    problem(force.put(f"{PEOPLE}/mappings/x", json=mapping | {"columns": {"surname": "S"}}), 422, "surname", "first")
    assert force.delete(f"{PEOPLE}/mappings/dms-leave", headers={"If-Match": put.headers["ETag"]}).status_code == 204
    problem(force.get(f"{PEOPLE}/mappings/dms-leave"), 404)
    done(force.put(f"{PEOPLE}/mappings/dms-leave", json=mapping))
    assert [one["name"] for one in done(force.get(f"{PEOPLE}/mappings"))["mappings"]] == ["dms-leave"]


@pytest.mark.parametrize(
    ("content", "words"),
    [("", ["empty"]), ("ref,first\n", ["no rows"]), ("ref\nH1\n", ["lacks the column first"]),
     ("ref,ref,first\nH1,H1,2026-06-01\n", ["'ref' more than once"]), ("ref,first,Notes\nH1,2026-06-01,\n", ["Notes"]),
     ("ref,first\nH1,01/06/2026\n", ["row 2", "YYYY-MM-DD"]), ("ref,first\nH1,2026-02-30\n", ["row 2", "first"])],
)  # fmt: skip
def test_a_file_that_can_not_be_used_is_refused(force, content, words):
    problem(send(force, "leave", content), 422, *words)


def test_a_pattern_changes_for_everybody_who_holds_it(force):
    rows = "ref,pattern,position,anchor,contracted_h,skills\nP1,four-on,1,,32,999\nP2,four-on,,2026-01-07,32,999\n"
    done(send(force, "people", rows))
    before = force.get(f"/v1/forces/{FORCE}/patterns-in-use/four-on")
    later = {"anchor": "2026-01-06", "days": [{"start": "08:00", "length_min": 540}] * 4 + [None] * 4}
    address = f"/v1/forces/{FORCE}/patterns-in-use/four-on"
    problem(force.put(address, json=later), 428)
    changed = force.put(address, json=later, headers={"If-Match": before.headers["ETag"]})
    assert {"P1", "P2"} <= set(done(changed)["handlers"])
    anchors = [handler(force, ref)["pattern"]["anchor"] for ref in ("P1", "P2")]
    assert anchors == ["2026-01-06", "2026-01-08"], "their places move with the pattern's anchor"
    assert handler(force, "P2")["pattern"]["days"][0]["start"] == "08:00:00"
    longer = later | {"days": [*later["days"], None]}
    problem(
        force.put(address, json=longer, headers={"If-Match": changed.headers["ETag"]}), 409, "9 days", "another name"
    )
    body = handler_body("P3")
    body["pattern"] |= {"name": "four-on"}
    problem(add_handlers(force, body), 422, "P3", "days of that pattern")
