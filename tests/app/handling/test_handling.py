"""Handling times by call type over HTTP: all or nothing, the same file twice changes nothing, one force's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.database import EVERY_FORCE, force_session
from app.tables import AuditRow, HandlingRecordRow
from tests.helpers import FORCE, OTHER, add_force, done, problem

T0 = datetime(2026, 6, 1, tzinfo=UTC)
HEADER = "queue,call_type,interval_start,answered,talk_s,wrap_s"
HANDLING = f"/v1/forces/{FORCE}/handling"


@pytest.fixture(autouse=True)
def force(api):
    add_force(api)


def row(call_type: str, quarter: int = 0, answered: int = 2, talk_s: float = 600, wrap_s: object = 120) -> str:
    return f"999,{call_type},{(T0 + quarter * timedelta(minutes=15)).isoformat()},{answered},{talk_s},{wrap_s}"


def post(api, *rows: str, header: str = HEADER, address: str = HANDLING, headers=None, **query: object):
    content = "\n".join([header, *rows]) + "\n"
    return api.post(address, content=content, headers={"Content-Type": "text/csv"} | (headers or {}), params=query)


def counts(report) -> tuple[int, int, int]:
    return report["inserted"], report["updated"], report["unchanged"]


def n_stored(engine) -> int:
    with force_session(engine, EVERY_FORCE) as session:
        return session.scalar(select(func.count()).select_from(HandlingRecordRow))


def test_the_same_file_twice_changes_nothing_and_a_change_is_audited(api, engine):
    assert counts(done(post(api, row("theft"), row("silent", 1, 4, 100, 20)))) == (2, 0, 0)
    assert counts(done(post(api, row("theft"), row("silent", 1, 4, 100, 20)))) == (0, 0, 2)
    assert counts(done(post(api, row("theft", talk_s=700), row("silent", 1, 4, 100, 20)))) == (0, 1, 1)
    with force_session(engine, EVERY_FORCE) as session:
        lines = session.scalars(select(AuditRow.details).where(AuditRow.action == "handling times imported")).all()
    assert [(line["inserted"], line["updated"]) for line in lines] == [(2, 0), (0, 1)]


def test_a_file_without_wrap_up_leaves_it_as_it_is(api):
    done(post(api, row("theft")))
    header = HEADER.removesuffix(",wrap_s")
    done(post(api, row("theft", talk_s=700).rsplit(",", 1)[0], header=header))
    (found,) = done(api.get(HANDLING))["types"]
    assert (found["mean_handling_s"], found["mean_wrap_s"]) == (410.0, 60.0)


def test_calls_mean_share_and_last_seen_by_type(api):
    done(post(api, row("theft"), row("theft", 1), row("silent", 2, 12, 240, ""), row("none", 0, 0, 0, 0)))
    silent, theft, none = done(api.get(HANDLING))["types"]
    assert (silent["call_type"], silent["calls"], silent["share"], silent["mean_handling_s"]) == (
        "silent",
        12,
        0.75,
        20.0,
    )
    assert silent["mean_wrap_s"] is None
    assert (theft["call_type"], theft["calls"], theft["share"], theft["mean_handling_s"]) == ("theft", 4, 0.25, 360.0)
    assert (theft["mean_wrap_s"], theft["first"], theft["last"]) == (
        60.0,
        "2026-06-01T00:00:00Z",
        "2026-06-01T00:15:00Z",
    )
    assert (none["calls"], none["mean_handling_s"]) == (0, None)


@pytest.mark.parametrize(
    "rows",
    [
        [row("theft"), row("theft", talk_s="x")],
        [row("theft"), row("07700900123", 1)],
        [row("theft"), row("theft", 1) + ",spare"],
        [],
    ],
)
def test_a_file_with_one_refused_row_leaves_nothing_behind(api, engine, rows):
    answer = post(api, *rows)
    assert problem(answer, 422)["errors"]
    assert "07700900123" not in answer.text
    assert n_stored(engine) == 0


def test_a_dry_run_stores_nothing(api, engine):
    report = done(post(api, row("theft"), dry_run=True))
    assert (report["dry_run"], report["rows_accepted"], counts(report)) == (True, 1, (None, None, None))
    assert n_stored(engine) == 0


def test_types_are_counted_over_all_files(api):
    for part in range(2):
        done(post(api, *(row(f"type {chr(97 + part)}{chr(97 + k)}") for k in range(25))))
    problem(post(api, row("one more")), 422, "51 different call types")
    assert counts(done(post(api, row("type aa", 1)))) == (1, 0, 0)


def test_before_there_is_anything_it_says_what_to_do(api):
    problem(api.get(HANDLING), 404, "POST them to")


def test_only_csv_is_read(api):
    problem(post(api, row("theft"), headers={"Content-Type": "application/json"}), 415, "text/csv")


def test_roles_and_forces(api, key_for):
    add_force(api, OTHER)
    done(post(api, row("theft"), headers=key_for(FORCE, "planner")))
    problem(post(api, row("theft"), headers=key_for(FORCE, "auditor")), 403)
    assert done(api.get(HANDLING, headers=key_for(FORCE, "auditor")))["types"]
    problem(api.get(HANDLING, headers=key_for(OTHER, "planner")), 404)
    problem(api.get(f"/v1/forces/{OTHER}/handling"), 404, "no handling times")
