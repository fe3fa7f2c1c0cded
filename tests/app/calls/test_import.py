"""Call history over HTTP: the same file twice changes nothing, a bad one leaves nothing behind."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from app.calls import repository
from app.calls.history import COLUMNS, history_of
from app.database import EVERY_FORCE, SERVICE_OPTIONS, force_session, new_id, utc_now
from app.settings import settings
from app.tables import AuditRow, ForceRow, IntervalRecordRow
from tests.helpers import FORCE, OTHER, add_calls, add_force, done, history_csv, problem

T0 = datetime(2026, 6, 1, tzinfo=UTC)
HEADER = "queue,interval_start,offered"


@pytest.fixture(autouse=True)
def force(api):
    add_force(api)


def at(quarter: int) -> str:
    return (T0 + quarter * timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%SZ")


def csv(*rows: tuple[object, ...], columns: str = HEADER) -> str:
    return "\n".join([columns, *(",".join(map(str, row)) for row in rows)]) + "\n"


def n_stored(engine) -> int:
    with force_session(engine, EVERY_FORCE) as session:
        return session.scalar(select(func.count()).select_from(IntervalRecordRow))


def counts(report) -> tuple[int, int, int]:
    return report["inserted"], report["updated"], report["unchanged"]


def values(api, queue: str = "999") -> dict[str, list[float | None]]:
    return done(api.get(f"/v1/forces/{FORCE}/calls"))["queues"][queue]["values"]


def test_the_same_file_twice_changes_nothing(api, engine):
    file = history_csv(1)
    assert counts(done(add_calls(api, file))) == (1344, 0, 0)
    assert counts(done(add_calls(api, file))) == (0, 0, 1344)
    with force_session(engine, EVERY_FORCE) as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "calls imported")).all()) == 1


def test_a_changed_row_is_updated_alone(api):
    done(add_calls(api, csv(("999", at(0), 5), ("999", at(1), 6))))
    assert counts(done(add_calls(api, csv(("999", at(0), 5), ("999", at(1), 7), ("999", at(2), 8))))) == (1, 1, 1)
    assert values(api)["offered"] == [5, 7, 8]


def test_columns_that_a_file_lacks_keep_their_values_and_empty_fields_clear_them(api):
    columns = f"{HEADER},answered,talk_s"
    done(add_calls(api, csv(("999", at(0), 5, 4, 1200), ("999", at(1), 6, 6, 900), columns=columns)))
    done(add_calls(api, csv(("999", at(0), 9))))
    assert values(api) == {"offered": [9, 6], "answered": [4, 6], "talk_s": [1200, 900]}
    done(add_calls(api, csv(("999", at(0), 9, ""), columns=f"{HEADER},talk_s")))
    assert values(api)["talk_s"] == [None, 900]


def test_the_queues_and_forces_do_not_mix(api):
    add_force(api, OTHER)
    done(add_calls(api, csv(("999", at(0), 5), ("101", at(0), 50))))
    done(add_calls(api, csv(("999", at(0), 7)), OTHER))
    assert (values(api)["offered"], values(api, "101")["offered"]) == ([5], [50])


def test_one_bad_row_refuses_the_file_with_its_report(api, engine):
    body = problem(
        add_calls(api, csv(("999", at(0), 5), ("911", at(1), 6), ("999", at(2), -1), ("999", at(3), 7))),
        422,
        "2 of 4 rows",
    )
    assert [(error["row"], error["where"], error["value"]) for error in body["errors"]] == [
        (3, "queue", "911"),
        (4, "offered", "-1"),
    ]
    assert "999 or 101" in body["errors"][0]["expected"]
    assert (body["report"]["rows_accepted"], body["report"]["rows_rejected"]) == (2, 2)
    assert n_stored(engine) == 0


def test_dry_run_reports_and_stores_nothing(api, engine):
    sound = done(add_calls(api, csv(("999", at(0), 5)), dry_run=True))
    assert (sound["dry_run"], sound["rows_accepted"], counts(sound)) == (True, 1, (None, None, None))
    faulty = done(add_calls(api, csv(("999", at(0), 5), ("999", at(0), 6)), dry_run=True))
    assert faulty["issues_total"] == 1
    assert n_stored(engine) == 0


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"queue,interval_start,offered\n",
        b"\xff\xfe\x00",
        b"hello",
        f"{HEADER}\n999,{at(0)},5\n999,{at(1)}".encode(),
        f'{HEADER}\n999,{at(0)},"5\n'.encode(),
        f"queue;interval_start;offered\n999;{at(0)};5\n".encode(),
        f"{HEADER},caller\n999,{at(0)},5,07700900123\n".encode(),
        b"\x00" * 1000,
    ],
)
def test_a_malformed_or_truncated_file_is_refused_whole(api, engine, file):
    body = problem(add_calls(api, file), 422)
    assert all(error["where"] and error["expected"] for error in body["errors"])
    assert body["errors"]
    assert b"07700900123" not in add_calls(api, file).content
    assert n_stored(engine) == 0


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "multipart/form-data", ""])
def test_only_csv_is_read(api, media_type):
    answer = api.post(f"/v1/forces/{FORCE}/calls", content=csv(("999", at(0), 5)), headers={"Content-Type": media_type})
    problem(answer, 415, "text/csv")


@pytest.mark.parametrize("media_type", ["text/csv", "Text/CSV", "text/csv; charset=utf-8", "text/csv;header=present"])
def test_csv_has_many_spellings(api, media_type):
    answer = api.post(f"/v1/forces/{FORCE}/calls", content=csv(("999", at(0), 5)), headers={"Content-Type": media_type})
    assert done(answer)["inserted"] == 1


@pytest.mark.parametrize(("spare", "status"), [(0, 200), (-1, 413)])
def test_a_file_is_read_up_to_its_limit(api, engine, monkeypatch, spare, status):
    file = csv(("999", at(0), 5)).encode()
    limited = settings().model_copy(update={"max_import_bytes": len(file) + spare})
    monkeypatch.setattr("app.uploads.settings", lambda: limited)
    answer = add_calls(api, file)
    if status == 413:
        problem(answer, 413, str(len(file) - 1))
    assert answer.status_code == status
    assert n_stored(engine) == (status == 200)


def test_reading_before_there_is_anything(api):
    problem(api.get(f"/v1/forces/{FORCE}/calls"), 404, "no call history")


def test_the_newest_week_is_read_column_by_column(api):
    done(add_calls(api, history_csv(2, T0)))
    read = done(api.get(f"/v1/forces/{FORCE}/calls", params={"queue": "101"}))
    assert (read["interval_s"], list(read["queues"])) == (900, ["101"])
    queue = read["queues"]["101"]
    assert queue["intervals"] == 2 * 672
    assert {len(column) for column in (queue["start"], *queue["values"].values())} == {672}
    assert queue["start"][0] == "2026-05-25T00:00:00Z"
    assert queue["last"] == queue["start"][-1] == "2026-05-31T23:45:00Z"
    assert "handlers_staffed" not in queue["values"]
    handled = zip(queue["values"]["offered"], queue["values"]["answered"], queue["values"]["abandoned"], strict=True)
    assert all(offered == answered + abandoned for offered, answered, abandoned in handled)


def test_history_read_as_csv_is_a_file_that_imports_to_the_same(api):
    done(add_calls(api, history_csv(1)))
    path = f"/v1/forces/{FORCE}/calls"
    read = api.get(path, params={"format": "csv"})
    assert read.headers["content-type"].startswith("text/csv")
    assert counts(done(add_calls(api, read.content))) == (0, 0, 1344)
    assert api.get(path, headers={"Accept": "text/csv"}).content == read.content
    assert api.get(path).headers["etag"] != read.headers["etag"]
    known = {"If-None-Match": read.headers["etag"]}
    assert api.get(path, params={"format": "csv"}, headers=known).status_code == 304
    done(add_calls(api, csv(("999", "2026-06-01T00:00:00Z", 999))))
    assert api.get(path, params={"format": "csv"}, headers=known).status_code == 200


def test_a_span_holds_its_start_and_not_its_end(api):
    done(add_calls(api, csv(*(("999", at(i), i) for i in range(8)))))
    span = {"from": "2026-06-01T01:15:00+01:00", "to": at(4)}
    assert done(api.get(f"/v1/forces/{FORCE}/calls", params=span))["queues"]["999"]["values"]["offered"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"queue": "112"}, "queue"),
        ({"queue": "101"}, "queue"),
        ({"from": at(4), "to": at(4)}, "from"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-04-11T00:15:00Z"}, "100 days"),
        ({"from": "2026-06-01T00:00:00"}, "from"),
        ({"to": "0001-01-01T00:00:00Z"}, "to"),
        ({"from": "9999-12-31T23:00:00-05:00"}, "from"),
        ({"to": "yesterday"}, "yesterday"),
    ],
)
def test_what_can_not_be_read_is_refused(api, query, word):
    done(add_calls(api, csv(("999", at(0), 5))))
    problem(api.get(f"/v1/forces/{FORCE}/calls", params=query), 422, word)


def test_a_hundred_days_are_read(api):
    done(add_calls(api, csv(("999", at(0), 5))))
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-06-09T00:00:00Z"}
    assert done(api.get(f"/v1/forces/{FORCE}/calls", params=span))["queues"]["999"]["values"]["offered"] == [5]


def test_intervals_are_of_a_force_that_exists_and_spans_are_the_databases_own(database):
    row = "(force_id, queue, interval_start, offered, recorded_at, source) values (%s, '999', now(), 1, now(), '')"
    with psycopg.connect(database.service, options=SERVICE_OPTIONS) as connection:
        connection.execute("select set_config('pacesetter.force', '*', false)")
        with pytest.raises(ForeignKeyViolation), connection.transaction():
            connection.execute(f"insert into interval_records {row}", (new_id(),))  # type: ignore[arg-type]
        for change in ("insert into interval_spans select from interval_spans", "delete from interval_spans"):
            with pytest.raises(InsufficientPrivilege), connection.transaction():
                connection.execute(change)


def test_a_deletion_beside_an_import_leaves_the_span_of_what_is_stored(api, database):
    done(add_calls(api, csv(("999", at(0), 5), ("999", at(1), 5))))
    with psycopg.connect(database.owner) as importing, psycopg.connect(database.owner) as deleting:
        for connection in (importing, deleting):
            connection.execute("select set_config('pacesetter.force', '*', false)")
            connection.commit()
        importing.execute(
            "insert into interval_records (force_id, queue, interval_start, offered, recorded_at, source) "
            "select force_id, queue, interval_start + interval '1 day', 1, now(), '' from interval_records"
        )
        oldest = "(select min(interval_start) from interval_records)"
        delete = f"delete from interval_records where interval_start = {oldest}"
        thread = threading.Thread(target=deleting.execute, args=(delete,))
        thread.start()
        for _ in range(500):
            waits = "select cardinality(pg_blocking_pids(%s))"
            if importing.execute(waits, (deleting.info.backend_pid,)).fetchone() != (0,):
                break
            time.sleep(0.02)
        importing.commit()
        thread.join()
        deleting.commit()
        span = deleting.execute("select first_start, last_start, intervals from interval_spans").fetchall()
        stored = "select min(interval_start), max(interval_start), count(*) from interval_records"
        assert span == deleting.execute(stored).fetchall()
        assert span[0][2] == 3


def test_two_imports_at_once_are_one_after_the_other(api, engine):
    """A force's second import waits for the first, which else would find rows that were not there when it looked."""
    done(add_calls(api, csv(("999", at(0), 5))))
    with force_session(engine, EVERY_FORCE) as session:
        force = session.scalars(select(ForceRow)).one()
    history = history_of([("999", T0, 6, *[None] * 14)])
    with force_session(engine, force.id) as session:
        stored = repository.store(session, force.id, history, COLUMNS[:3], source="a", at=utc_now())
        with force_session(engine, force.id) as other:
            other.execute(text("set local lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                repository.store(other, force.id, history, COLUMNS[:3], source="b", at=utc_now())
            other.rollback()
    assert (stored.inserted, stored.updated, stored.unchanged) == (0, 1, 0)
