"""Sums of a file's rows by queue and quarter-hour, each call once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.calls.history import SECONDS, Queue
from app.findings import Findings
from app.mappings.schemas import AGAIN, Split

QUARTER = timedelta(minutes=15)
Key = tuple[Queue, datetime]


def quarter_of(moment: datetime) -> datetime:
    """Start of the UTC quarter-hour that holds `moment`."""
    return moment - timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)


@dataclass(slots=True)
class Cell:
    """What one queue's quarter-hour comes to: sums by field, None once a part of them is not known."""

    row: int  # of the file, the first that tells of it
    sums: dict[str, float | None] = field(default_factory=dict)

    def add(self, figures: Mapping[str, float | None]) -> None:
        for name, value in figures.items():
            before = self.sums.get(name, 0.0)
            self.sums[name] = None if value is None or before is None else before + value


def once(figures: dict[str, float | None], split: Split) -> dict[str, float | None]:
    """The figures of a split without the calls that another split of its queue has counted already."""
    flowed, transferred = (figures.pop(name, None) or 0.0 for name in AGAIN)
    if not split.counted_before:
        return figures
    for name, again in (("offered", flowed + transferred), ("answered", transferred)):
        value = figures.get(name)
        if value is not None:
            figures[name] = max(value - again, 0.0)
    within, answered = figures.get("answered_within_threshold"), figures.get("answered")
    if within is not None and answered is not None:
        figures["answered_within_threshold"] = min(within, answered)
    return figures


@dataclass(slots=True)
class Tally:
    """Rows of intervals, added up. `width` is that of the file's intervals."""

    width: timedelta
    cells: dict[Key, Cell] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by split
    offered: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # by split, as its rows say
    # Row and hash of the figures: of years of many splits the figures themselves would be too much to keep.
    _seen: dict[tuple[str, datetime], tuple[int, int]] = field(default_factory=dict)

    def add(
        self, number: int, name: str, split: Split, start: datetime, figures: dict[str, float | None]
    ) -> str | None:
        """Take a row of a split of a queue; or say why it can't be taken, an empty text for an exact repetition."""
        assert split.queue is not None
        earlier, told = self._seen.get((name, start)), hash(tuple(figures.values()))
        if earlier is not None:
            return "" if earlier[1] == told else f"row {earlier[0]} has other values for this split and time"
        self._seen[name, start] = number, told
        self.rows[name] += 1
        self.offered[name] += figures.get("offered") or 0.0
        key = (split.queue, quarter_of(start))
        self.cells.setdefault(key, Cell(number)).add(once(figures, split))
        return None

    def drop_incomplete(self, splits: Mapping[str, Split], warnings: Findings) -> int:
        """Leave out quarter-hours of which a split or a part is missing; how many."""
        of_queue: dict[str, list[str]] = defaultdict(list)
        for name in self.rows:
            of_queue[splits[name].queue or ""].append(name)
        n_parts = QUARTER // self.width
        dropped = 0
        for key in sorted(self.cells):
            queue, start = key
            missing = [
                name
                for name in of_queue[queue]
                if any((name, start + part * self.width) not in self._seen for part in range(n_parts))
            ]
            if missing:
                row = self.cells.pop(key).row
                dropped += 1
                reason = (
                    f"queue {queue} at {start.isoformat()} is left out: split {missing[0]!r} has no row for all of it"
                )
                warnings.add(row, "interval_start", start.isoformat(), reason)
        return dropped

    def fill(self, queues: Sequence[Queue], fields: Sequence[str], first: datetime, until: datetime) -> int:
        """Zeros where a queue has no row from `first` to `until`; how many quarter-hours."""
        zeros: dict[str, float | None] = {name: 0.0 for name in fields if name != "handlers_staffed"}
        filled = 0
        start = first
        while start < until:
            for queue in queues:
                if (queue, start) not in self.cells:
                    self.cells[queue, start] = Cell(0, dict(zeros))
                    filled += 1
            start += QUARTER
        return filled


def as_row(key: Key, cell: Cell, columns: Sequence[str]) -> tuple[object, ...]:
    """The sums in the order of `columns`, which begin with queue and start; counts as whole numbers."""
    values: list[object] = [*key]
    for name in columns[2:]:
        value = cell.sums.get(name)
        values.append(value if value is None or name in SECONDS else round(value))
    return tuple(values)
