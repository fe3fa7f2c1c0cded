"""Charts as values: the same numbers drawn by the browser, written as a table beside, and sent as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from app.web import words

Values = Sequence[float | None]
Style = Literal["line", "dashed", "dotted", "step", "points"]
Colour = Literal["999", "101", "actual", "required", "rostered", "muted", "alert"]


@dataclass(frozen=True, slots=True)
class Line:
    """Values by interval; `style` tells lines apart where colours do not."""

    label: str
    values: Values
    colour: Colour
    style: Style = "line"


@dataclass(frozen=True, slots=True)
class Band:
    """What values lie between, such as 90% of days."""

    label: str
    lower: Values
    upper: Values
    colour: Colour


@dataclass(frozen=True, slots=True)
class Mark:
    """A span with a name: an event, an outage, the time before a forecast was made."""

    label: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """Lines and bands over time.

    name : of this chart on its page, for its address and its file; title : what it shows, as a heading
    unit : of the values, such as `calls per quarter-hour`; starts : of the intervals, UTC
    summary : what it tells, in a sentence, for whoever does not see it
    places : decimals in the table; target : a level to draw, with `target_label`
    whole_days : intervals are local days or longer, so that their clock time says nothing
    """

    name: str
    title: str
    unit: str
    starts: Sequence[datetime]
    zone: ZoneInfo
    lines: Sequence[Line]
    summary: str
    bands: Sequence[Band] = ()
    marks: Sequence[Mark] = ()
    target: float | None = None
    target_label: str = "target"
    places: int = 1
    whole_days: bool = False

    def __post_init__(self) -> None:
        for label, values in self._columns():
            if len(values) != len(self.starts):
                raise ValueError(
                    f"chart {self.name}: {label} has {len(values)} values for {len(self.starts)} intervals"
                )

    def spec(self) -> str:
        """JSON for the script that draws it."""
        drawn = {
            "unit": self.unit,
            "zone": self.zone.key,
            "wholeDays": self.whole_days,
            "x": [int(start.timestamp()) for start in self.starts],
            "lines": [
                {"label": line.label, "values": _rounded(line.values), "colour": line.colour, "style": line.style}
                for line in self.lines
            ],
            "bands": [
                {"label": b.label, "lower": _rounded(b.lower), "upper": _rounded(b.upper), "colour": b.colour}
                for b in self.bands
            ],
            "marks": [
                {"label": m.label, "since": int(m.since.timestamp()), "until": int(m.until.timestamp())}
                for m in self.marks
            ],
            "target": None if self.target is None else {"value": self.target, "label": self.target_label},
        }
        return json.dumps(drawn, separators=(",", ":"))

    def headings(self) -> list[str]:
        """Of the table's columns after the time."""
        return [label for label, _ in self._columns()]

    def rows(self) -> Iterator[tuple[datetime, list[float | None]]]:
        """Of the table: start, then values in the order of the headings."""
        columns = [values for _, values in self._columns()]
        for place, start in enumerate(self.starts):
            yield start, [values[place] for values in columns]

    def written(self, start: datetime) -> str:
        """The start of an interval as the table has it."""
        return words.dated(start, self.zone) if self.whole_days else words.moment(start, self.zone)

    def csv(self) -> str:
        """The table as a file: times in RFC 3339 with the offset of the force's zone."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["start", *self.headings()])
        for start, values in self.rows():
            writer.writerow([start.astimezone(self.zone).isoformat(), *("" if v is None else v for v in values)])
        return text.getvalue()

    def _columns(self) -> Iterator[tuple[str, Values]]:
        for line in self.lines:
            yield line.label, line.values
        for band in self.bands:
            yield f"{band.label}, from", band.lower
            yield f"{band.label}, to", band.upper


def _rounded(values: Values) -> list[float | None]:
    return [None if value is None else round(value, 4) for value in values]
