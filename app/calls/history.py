"""A call history column by column: what files are read to, checked and stored as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

Queue = Literal["999", "101"]
QUEUES: tuple[Queue, Queue] = ("999", "101")
# queue, interval_start (UTC), then counts [calls] and sums of seconds in the order of COLUMNS
CallsRow = tuple[
    Queue, datetime, int, int | None, int | None, int | None, int | None, int | None, int | None,
    float | None, float | None, float | None, float | None, int | None, int | None, int | None, int | None,
]  # fmt: skip

OBLIGATORY = ("queue", "interval_start", "offered")
SECONDS = ("talk_s", "wrap_s", "answered_wait_s", "abandoned_wait_s")
COLUMNS = (
    *OBLIGATORY, "answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s", "abandoned",
    "abandoned_short", *SECONDS, "callbacks_offered", "callbacks_accepted", "callbacks_completed", "handlers_staffed",
)  # fmt: skip
VALUES = COLUMNS[2:]  # without the key


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Rows by queue and time, one for each queue and interval."""

    queue: NDArray[np.int16]  # (rows,) 999 or 101
    start_s: NDArray[np.int64]  # (rows,) interval starts since 1970 [s], UTC
    values: NDArray[np.float64]  # (len(VALUES), rows), NaN where absent

    def of(self, column: str) -> NDArray[np.float64]:
        """One of `VALUES`, (rows,)."""
        found: NDArray[np.float64] = self.values[VALUES.index(column)]
        return found

    def starts_s(self) -> dict[Queue, NDArray[np.int64]]:
        """Interval starts of each queue in order [s]."""
        return {queue: self.start_s[self.queue == int(queue)] for queue in QUEUES}

    def rows(self) -> list[CallsRow]:
        return [row_of(*row) for row in zip(self.queue.tolist(), self.start_s.tolist(), self.values.T, strict=True)]


def history_of(rows: Sequence[CallsRow]) -> History:
    """`rows` in their order."""
    values = np.array([row[2:] for row in rows], dtype=np.float64).reshape(len(rows), len(VALUES)).T
    queue = np.array([int(row[0]) for row in rows], dtype=np.int16)
    return History(queue, np.array([seconds_of(row[1]) for row in rows], dtype=np.int64), values)


def row_of(queue: int, start_s: int, values: NDArray[np.float64]) -> CallsRow:
    """One row as values of their own types, None where absent."""
    found = [
        None if value != value else value if column in SECONDS else int(value)
        for column, value in zip(VALUES, values.tolist(), strict=True)
    ]
    return cast(CallsRow, (str(queue), instant(start_s), *found))


def instant(start_s: int) -> datetime:
    return datetime.fromtimestamp(int(start_s), UTC)


def seconds_of(start: datetime) -> int:
    """Seconds since 1970 of a whole second."""
    return int(start.timestamp())
