"""A roster's rows and its cover as paths, a quarter-hour wide for each unit. Horizontal strokes: short to send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

_QUARTER: Final = timedelta(minutes=15)
# As the API's views write them; a stroke's height and pattern tell them apart beside the colour.
LETTERS: Final = {
    "999": "9",
    "101": "1",
    "meal": "M",
    "break": "B",
    "training": "T",
    "learning": "L",
    "briefing": "H",
}
LEGEND: Final = (
    ("9", "999, and 101 when free"),
    ("1", "101 only"),
    ("M", "Meal"),
    ("B", "Short break"),
    ("T", "Training"),
    ("L", "Protected learning"),
    ("H", "Briefing"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A duty by quarter-hours from the roster's begin, before which they are negative.

    runs : activities in order of time, each a letter and its quarter-hours
    fixed : carried over from before, or frozen: nobody edits it here
    """

    handler: str
    start: int
    runs: tuple[tuple[str, int], ...]
    fixed: bool

    @property
    def end(self) -> int:
        return self.start + sum(length for _, length in self.runs)

    def compact(self, person: int) -> list[Any]:
        """For the script: number of the person, start, `9*4 M*2`, and 1 where fixed."""
        written = " ".join(f"{letter}*{length}" for letter, length in self.runs)
        return [person, self.start, written, int(self.fixed)]


def place(moment: datetime, begin: datetime) -> int:
    """Quarter-hours from `begin`."""
    return (moment - begin) // _QUARTER


def drawn(duty: dict[str, Any], begin: datetime, *, fixed: bool) -> Drawn:
    """A duty as stored."""
    runs: list[tuple[str, int]] = []
    for span in duty["activities"]:
        first, last = (place(datetime.fromisoformat(span[edge]), begin) for edge in ("start", "end"))
        letter = LETTERS[span["activity"]]
        if runs and runs[-1][0] == letter:
            runs[-1] = (letter, runs[-1][1] + last - first)
        else:
            runs.append((letter, last - first))
    return Drawn(duty["handler"], place(datetime.fromisoformat(duty["start"]), begin), tuple(runs), fixed)


def strokes(duties: Iterable[Drawn], first: int, last: int) -> dict[str, str]:
    """Path of each activity between two quarter-hours, by its letter; `F` runs under duties that are fixed."""
    parts: dict[str, list[str]] = {}
    for duty in duties:
        if duty.fixed:
            _stroke(parts, "F", duty.start, duty.end, first, last)
        at = duty.start
        for letter, length in duty.runs:
            _stroke(parts, letter, at, at + length, first, last)
            at += length
    return {letter: "".join(spans) for letter, spans in parts.items()}


def _stroke(parts: dict[str, list[str]], letter: str, start: int, end: int, first: int, last: int) -> None:
    start, end = max(start, first), min(end, last)
    if start < end:
        parts.setdefault(letter, []).append(f"M{start - first} 0h{end - start}")


def letters(duties: Iterable[Drawn], first: int, last: int) -> list[tuple[str, str]]:
    """Where a letter stands for each activity but calls, in percent of the width, and the letter."""
    found = []
    for duty in duties:
        at = duty.start
        for letter, length in duty.runs:
            middle = at + length / 2
            if letter not in "91" and first <= middle < last:
                found.append((f"{100 * (middle - first) / (last - first):.2f}%", letter))
            at += length
    return found


def outline(heads: Sequence[int], top: int) -> str:
    """The upper edge of heads by quarter-hour, in a drawing that is `top` heads high."""
    path, before = [f"M0 {top - heads[0]}"], heads[0]
    for at, there in enumerate(heads):
        if there != before:
            path.append(f"H{at}V{top - there}")
            before = there
    return "".join(path) + f"H{len(heads)}"


def area(heads: Sequence[int], top: int) -> str:
    """The ground under the outline."""
    return f"{outline(heads, top)}V{top}H0z"


def gaps(required: Sequence[int], on_calls: Sequence[int]) -> list[tuple[int, int, int]]:
    """Stretches that are short: first quarter-hour, the one after the last, most seats short."""
    found: list[tuple[int, int, int]] = []
    for at, (wanted, there) in enumerate(zip(required, on_calls, strict=True)):
        short = wanted - there
        if short <= 0:
            continue
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1, max(found[-1][2], short))
        else:
            found.append((at, at + 1, short))
    return found
