"""Calls one by one: what is refused, what it must still allow, and that no name gets through."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.csv_table import CsvFileError
from app.errors import Invalid
from app.replays.parse import handler, read_call_file, read_log_on_file, unpacked

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HEADER = "queue,arrival,wait_s,handling_s,outcome,handler"
GOOD = {
    "queue": "999", "arrival": "2026-06-01T00:00:07Z", "wait_s": "3", "handling_s": "310", "outcome": "answered",
    "handler": "H017",
}  # fmt: skip


def row(**changes: str) -> str:
    return ",".join((GOOD | changes).values())


def read(*rows: str):
    return read_call_file(io.BytesIO("\n".join([HEADER, *rows]).encode()), now=NOW)


def spells(*rows: str):
    return read_log_on_file(io.BytesIO("\n".join(["handler,start,end", *rows]).encode()), now=NOW)


def test_rows_become_numbers_in_the_order_of_arrival():
    late = row(queue="101", arrival="2026-06-01T01:00:09.5+01:00", outcome="abandoned", handling_s="", handler="")
    packed = read(late, row())
    start, columns = unpacked(packed.content)
    assert start == datetime(2026, 6, 1, 0, 0, 7, tzinfo=UTC)
    assert columns["arrival_s"].tolist() == [0.0, 2.5]
    assert columns["queue"].tolist() == [0, 1]
    assert columns["abandoned"].tolist() == [False, True]
    assert columns["handling_s"].tolist() == [310.0, 0.0]
    assert columns["handler"].tolist() == [handler("H017"), -1]
    assert (packed.rows, packed.first) == (2, start)


def test_no_pseudonym_is_kept_and_both_files_mean_the_same_handler():
    packed, log_ons = read(row()), spells("H017,2026-06-01T00:00:00Z,2026-06-01T03:00:00Z")
    assert b"H017" not in packed.content
    assert unpacked(packed.content)[1]["handler"][0] == unpacked(log_ons.content)[1]["handler"][0]
    assert all(np.issubdtype(values.dtype, np.number) or values.dtype == bool
               for values in unpacked(packed.content)[1].values())  # fmt: skip


def test_the_digest_tells_calls_apart_and_knows_the_same_ones():
    assert read(row()).digest == read(row()).digest
    assert read(row()).digest != read(row(wait_s="4")).digest


def test_two_calls_at_once_are_two_calls():
    assert read(row(), row()).rows == 2


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"queue": "112"}, "queue", "999 or 101"),
        ({"arrival": "2026-06-01T00:00:07"}, "arrival", "no offset"),
        ({"arrival": "01/06/2026"}, "arrival", "RFC 3339"),
        ({"arrival": "2026-02-30T00:00:07Z"}, "arrival", "not a date"),
        ({"wait_s": ""}, "wait_s", "number of seconds"),
        ({"wait_s": "0:03"}, "wait_s", "number of seconds"),
        ({"wait_s": "86401"}, "wait_s", "at most 86400"),
        ({"handling_s": ""}, "handling_s", "needs its handling_s"),
        ({"outcome": "lost"}, "outcome", "answered or abandoned"),
        ({"outcome": "abandoned"}, "handling_s", "of an abandoned call"),
        ({"outcome": "abandoned", "handling_s": ""}, "handler", "has a handler"),
        ({"handler": "123456789"}, "handler", ""),
    ],
)
def test_a_faulty_value_is_named(change, column, words):
    with pytest.raises(Invalid) as caught:
        read(row(), row(**change))
    told = str(caught.value.errors)
    assert words in told
    assert column in told


def test_at_the_edge_of_what_is_refused():
    assert read(row(wait_s="86400"), row(handler="12345678"), row(handler="")).rows == 3


@pytest.mark.parametrize(
    ("change", "kind", "secret"),
    [
        ({"handler": "07700 900123"}, "telephone numbers", "900123"),
        ({"handler": "Jane Smith"}, "free text", "Jane"),
        ({"handler": "jane@police.uk"}, "free text", "jane"),
        ({"outcome": "caller says her neighbour shouts"}, "free text", "neighbour"),
        ({"wait_s": "+447700900123"}, "telephone numbers", "900123"),
    ],
)
def test_personal_data_refuses_the_file_and_is_not_repeated(change, kind, secret):
    with pytest.raises(CsvFileError) as caught:
        read(row(), row(**change))
    assert kind in caught.value.message
    assert secret not in f"{caught.value.message} {caught.value.value} {caught.value.errors}"


def test_columns_that_nobody_needs_are_refused():
    with pytest.raises(CsvFileError, match="caller_number"):
        read_call_file(io.BytesIO(f"{HEADER},caller_number\n{row()},07700900123\n".encode()), now=NOW)


@pytest.mark.parametrize(("days", "is_refused"), [(92, False), (92.001, True)])
def test_spans_longer_than_a_replay(days, is_refused):
    first = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [row(arrival=(first + timedelta(days=d)).isoformat()) for d in (0, days)]
    if is_refused:
        with pytest.raises(Invalid, match="at most 92 days"):
            read(*rows)
    else:
        assert read(*rows).rows == 2


def test_more_handlers_than_a_force_has_name_callers():
    rows = [row(handler=f"H{i}") for i in range(2_001)]
    assert read(*rows[:-1]).rows == 2_000
    with pytest.raises(CsvFileError, match="2001 different handlers"):
        read(*rows)


def test_calls_to_come_are_refused():
    with pytest.raises(Invalid, match="future"):
        read(row(arrival="2026-07-01T00:00:01Z"))
    assert read(row(arrival="2026-07-01T00:00:00Z")).rows == 1


@pytest.mark.parametrize(
    ("spell", "words"),
    [
        ("H1,2026-06-01T00:00:00Z,2026-06-01T00:00:00Z", "not after start"),
        ("H1,2026-06-01T00:00:00Z,2026-06-02T00:00:01Z", "more than 24 hours"),
        (",2026-06-01T00:00:00Z,2026-06-01T01:00:00Z", "pseudonym"),
    ],
)
def test_bad_spells_are_named(spell, words):
    with pytest.raises(Invalid) as caught:
        spells(spell)
    assert words in str(caught.value.errors)
    assert spells("H1,2026-06-01T00:00:00Z,2026-06-02T00:00:00Z").rows == 1
