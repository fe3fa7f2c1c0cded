"""Repairs of a published roster: who there is to be away, and the drafts that a run has made to choose from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.rosters.schemas import RosterEntry
from app.web.roster_life import terms

# Of the drawing, in its own units.
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 560, 260, 60, 50, 20, 20


@dataclass(frozen=True, slots=True)
class Option:
    """A draft to choose; `recovered`: share of the lost service that it wins back; x, y: its place in the drawing."""

    number: int
    roster_id: UUID
    status: tuple[str, str] | None
    recovered: float
    people_disturbed: int
    changed_days: int
    service: int
    people: int
    cost: int
    is_recommended: bool
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The options from fewest people disturbed to most, with what their drawing needs."""

    options: list[Option]
    path: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    bottom: int = _HEIGHT - _BOTTOM
    top: int = _TOP
    right: int = _WIDTH - _RIGHT

    def csv(self) -> str:
        """The table as a file."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["roster_id", "people_disturbed", "changed_days", "recovered", "service", "people", "cost"])
        for one in self.options:
            writer.writerow([one.roster_id, one.people_disturbed, one.changed_days, one.recovered, one.service,
                             one.people, one.cost])  # fmt: skip
        return text.getvalue()


def days_of(start: date, weeks: int) -> list[date]:
    """Of a roster's weeks."""
    return [start + timedelta(days=day) for day in range(7 * weeks)]


def curve(options: Sequence[Mapping[str, Any]], stored: Mapping[UUID, RosterEntry]) -> Curve:
    """`options` : of a repair's run, the recommended one first; `stored` : those rosters that are still there."""
    most = max((one["people_disturbed"] for one in options), default=0) or 1
    least = min([0.0, *(one["recovered"] for one in options)])

    def x(people: float) -> float:
        return _placed(_LEFT + (_WIDTH - _LEFT - _RIGHT) * people / most)

    def y(share: float) -> float:
        return _placed(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share) / (1 - least))

    found = []
    recommended = options[0]["roster_id"] if options else None
    in_order = sorted(options, key=lambda one: (one["people_disturbed"], one["recovered"]))
    for number, one in enumerate(in_order, start=1):
        roster_id = UUID(one["roster_id"])
        entry = stored.get(roster_id)
        found.append(
            Option(number, roster_id, None if entry is None else terms.STATUSES[entry.status], one["recovered"],
                   one["people_disturbed"], one["changed_days"], one["tiers"]["service"], one["tiers"]["people"],
                   one["tiers"]["cost"], one["roster_id"] == recommended, x(one["people_disturbed"]),
                   y(one["recovered"]))
        )  # fmt: skip
    step = max(1, -(-most // 6))
    shares = [0.0, 0.25, 0.5, 0.75, 1.0] + ([least] if least < -0.05 else [])
    return Curve(
        options=found,
        path="M" + " L".join(f"{one.x},{one.y}" for one in found) if found else "",
        x_ticks=[(x(n), str(n)) for n in range(0, most + 1, step)],
        y_ticks=[(y(share), f"{100 * share:.0f}%") for share in shares],
    )


def _placed(at: float) -> float:
    return float(round(at, 1))
