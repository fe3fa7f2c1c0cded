"""Read handling times by call type from CSV. Knows no database."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

import numpy as np

from app.calls.history import Queue, seconds_of
from app.calls.quality import check_times, check_units
from app.csv_table import CsvFileError, Layout, counts, interval_start, queue, read_table, seconds
from app.findings import Sieve, personal_kind, shown
from app.handling.schemas import HandlingReport, TypeSpan

COLUMNS = ("queue", "call_type", "interval_start", "answered", "talk_s", "wrap_s")
OBLIGATORY = COLUMNS[:-1]
MOST_TYPES = 50  # different ones of a force; more are callers, incidents or free text
MAX_TYPE_CHARACTERS = 40
MAX_TYPE_DIGITS = 4  # `999 silent` and `ASB 2024` are types, longer digits are numbers of persons or incidents

_TYPE = re.compile(r"[^\W_][\w .,/&()'+:-]*")

# queue, call_type, interval_start (UTC), answered [calls], talk_s and wrap_s [s]
HandlingRow = tuple[Queue, str, datetime, int, float, float | None]


@dataclass(frozen=True, slots=True)
class ParsedHandling:
    """Accepted rows by queue, type and time, in the order of `COLUMNS`; and the file's report."""

    columns: tuple[str, ...]  # those that the file has
    rows: list[HandlingRow]
    report: HandlingReport


def read_handling(file: BinaryIO, *, now: datetime, interval_s: int = 900) -> ParsedHandling:
    """Parse and check handling times: one row per queue, call type and interval in which a call was answered.

    Parameters
    ----------
    file : UTF-8 CSV with a header, comma-separated; all of `COLUMNS` but `wrap_s` obligatory
    now : the present, with time zone: days to come are refused
    interval_s : width of an interval [s]; starts lie on its UTC grid

    Raises
    ------
    CsvFileError : not readable as such a file, or personal data in it. Faulty rows are in the report instead.
    """
    converters = {
        "queue": queue,
        "call_type": call_type,
        "interval_start": interval_start(interval_s),
        "answered": counts(obligatory=True),
        "talk_s": _obligatory_seconds,
        "wrap_s": seconds,
    }
    columns, records = read_table(file, Layout(converters, OBLIGATORY, "counts, sums of seconds, queue, type and time"))
    sieve: Sieve[HandlingRow] = Sieve(3, "queue {0}, call type {1}", contradictions)
    sieve.take_all(records)
    rows = sieve.rows()
    check_types({row[1] for row in rows})
    figures = np.array([(int(row[0]), *row[3:]) for row in rows], dtype=np.float64).reshape(len(rows), 4).T
    check_units(figures[0].astype(np.int16), figures[1], figures[2], figures[3], sieve.issues)
    spans: dict[tuple[Queue, str], list[HandlingRow]] = defaultdict(list)
    starts: dict[Queue, set[datetime]] = defaultdict(set)
    for row in rows:
        spans[row[0], row[1]].append(row)
        starts[row[0]].add(row[2])
    by_queue = {name: np.array(sorted(map(seconds_of, times))) for name, times in starts.items()}
    check_times(by_queue, timedelta(seconds=interval_s), now, sieve.issues)
    types = [
        TypeSpan(queue=q, call_type=name, first=found[0][2], last=found[-1][2], calls=sum(row[3] for row in found))
        for (q, name), found in spans.items()
    ]
    return ParsedHandling(columns, rows, HandlingReport(**sieve.figures(), types=types))


def check_types(names: set[str]) -> None:
    """Raise `CsvFileError` where there are more types than a force has: such values name callers or incidents."""
    if len(names) > MOST_TYPES:
        raise CsvFileError(
            f"there are {len(names)} different call types: do they name callers or incidents?",
            column="call_type",
            value=shown(min(names)),
            expected=f"at most {MOST_TYPES} call types: personal data must not be uploaded",
        )


def call_type(text: str) -> str:
    """The force's own name of a type of call; what could name a person or an incident is refused."""
    name = " ".join(text.split())
    if not name or len(name) > MAX_TYPE_CHARACTERS or not _TYPE.fullmatch(name):
        raise ValueError(f"call_type must be a name of 1 to {MAX_TYPE_CHARACTERS} letters, such as domestic abuse")
    if sum(character.isdigit() for character in name) > MAX_TYPE_DIGITS:
        raise ValueError(f"call_type has more than {MAX_TYPE_DIGITS} digits: a type is expected, not a number")
    if personal_kind("call_type", name):
        raise ValueError("call_type must be a short name, not a sentence")
    return name


def contradictions(row: HandlingRow) -> list[tuple[str, str, str]]:
    """What cannot be true within one interval: (column, value, reason) each; empty for a sound row."""
    _, _, _, answered, talk, wrap = row
    if answered:
        return []
    return [
        (column, f"{value:g}", f"{column} {value:g} without an answered call")
        for column, value in (("talk_s", talk), ("wrap_s", wrap))
        if value
    ]


def _obligatory_seconds(text: str) -> float:
    value = seconds(text)
    if value is None:
        raise ValueError("a sum of seconds is expected: 0 where no call was answered")
    return value
