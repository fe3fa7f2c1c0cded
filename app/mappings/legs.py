"""A file with a row for each call, or leg of one: kept for the sums alone, then forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.calls.history import Queue
from app.csv_table import CsvFileError
from app.mappings.schemas import Outcome
from app.mappings.tally import Cell, Key, quarter_of

MOST_ROWS = 1_000_000  # of one file; half a year of a large force

Leg = tuple[datetime, float, float | None, float | None, Outcome]  # arrival, wait, talk, wrap-up [s], what became of it


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Waits by which answered calls count as in time, by queue, and as short when given up; None: not counted [s]."""

    answer_s: dict[Queue, float]
    short_abandon_s: float | None

    @property
    def fields(self) -> tuple[str, ...]:
        """What calls are counted as."""
        names = ("offered", "answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s",
                 "abandoned", "abandoned_short", "talk_s", "wrap_s", "answered_wait_s",
                 "abandoned_wait_s")  # fmt: skip
        return names if self.short_abandon_s is not None else tuple(n for n in names if n != "abandoned_short")


@dataclass(slots=True)
class Calls:
    """Legs, those of one call together where the file tells: once in each queue that it came to."""

    thresholds: Thresholds
    _legs: dict[tuple[Queue, int], list[Leg]] = field(default_factory=dict)
    n_rows: int = 0

    def add(self, queue: Queue, call_id: str | None, leg: Leg) -> None:
        self.n_rows += 1
        if self.n_rows > MOST_ROWS:
            raise CsvFileError(f"the file has more than {MOST_ROWS} calls: send it in parts", expected="fewer rows")
        # A row without an identifier is a call of its own; an identifier itself is not kept, only its hash.
        key = -self.n_rows if call_id is None else hash(call_id) & 0x7FFF_FFFF_FFFF_FFFF
        self._legs.setdefault((queue, key), []).append(leg)

    def cells(self) -> dict[Key, Cell]:
        """Sums by queue and the quarter-hour in which the call arrived."""
        found: dict[Key, Cell] = {}
        for (queue, _), legs in self._legs.items():
            legs.sort(key=lambda leg: leg[0])
            if all(leg[4] == "continues" for leg in legs):
                continue  # it went on to where another row, or another queue, counts it
            figures = self._figures(queue, legs)
            found.setdefault((queue, quarter_of(legs[0][0])), Cell(0)).add(figures)
        return found

    def _figures(self, queue: Queue, legs: list[Leg]) -> dict[str, float | None]:
        """One call: its wait until the first answer, and all time that handlers spent on it."""
        answered_at = next((i for i, leg in enumerate(legs) if leg[4] == "answered"), None)
        is_answered = answered_at is not None
        wait_s = sum(leg[1] for leg in legs[: len(legs) if answered_at is None else answered_at + 1])
        in_time = is_answered and wait_s <= self.thresholds.answer_s[queue]
        figures: dict[str, float | None] = {
            "offered": 1.0,
            "answered": float(is_answered),
            "answered_within_threshold": float(in_time),
            "answered_10_60s": float(is_answered and 10 < wait_s <= 60),
            "answered_over_60s": float(is_answered and wait_s > 60),
            "abandoned": float(not is_answered),
            "talk_s": _total(legs, 2) if is_answered else 0.0,
            "wrap_s": _total(legs, 3) if is_answered else 0.0,
            "answered_wait_s": wait_s if is_answered else 0.0,
            "abandoned_wait_s": 0.0 if is_answered else wait_s,
        }
        short_s = self.thresholds.short_abandon_s
        if short_s is not None:
            figures["abandoned_short"] = float(not is_answered and wait_s <= short_s)
        return figures


def _total(legs: list[Leg], place: int) -> float | None:
    values = [leg[place] for leg in legs if leg[place] is not None]
    return float(sum(values)) if values else None  # type: ignore[arg-type]
