"""Two rosters side by side: service, rules, well-being, fairness and cost, each block on its own, never one score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from app.rosters.schemas import DutyOut, RosterOut
from app.web import words

_95 = 1.96  # standard errors of a 95% interval


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both: written, with the difference, and which of them it favours (None: neither)."""

    label: str
    first: str
    second: str
    difference: str
    better: str | None


@dataclass(frozen=True, slots=True)
class Block:
    title: str
    about: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Differing:
    """A person's day on which the two differ; None: no duty."""

    handler: str
    day: date
    first: DutyOut | None
    second: DutyOut | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`n_people`: whose days differ; `are_of_same_weeks`: only then days are compared."""

    blocks: list[Block]
    differing: list[Differing]
    n_people: int
    are_of_same_weeks: bool


def compared(first: RosterOut, second: RosterOut, zone: ZoneInfo) -> Comparison:
    """Every figure is one that the rosters carry already."""
    same = (first.week_start, first.weeks) == (second.week_start, second.weeks)
    differing = _differing(first, second, zone) if same else []
    blocks = [
        Block("Service", "Means over simulated weeks, with nine weeks in ten; differences with their 95% interval.",
              _service(first, second)),
        Block("Rules", "What the checker found, without the solver.", _rules(first, second)),
        Block("Well-being", "What is asked of people.", _well_being(first, second)),
        Block("Fairness", "How evenly what nobody likes is shared.", _fairness(first, second)),
        Block("Cost", "Hours that are paid, and what of them is dear.", _cost(first, second)),
    ]  # fmt: skip
    return Comparison(
        blocks=blocks if same else [_unjudged(block) for block in blocks],
        differing=differing,
        n_people=len({one.handler for one in differing}),
        are_of_same_weeks=same,
    )


def _unjudged(block: Block) -> Block:
    """Without a word on which is better: other weeks have other demand."""
    return replace(block, rows=[replace(row, better=None) for row in block.rows])


def _service(first: RosterOut, second: RosterOut) -> list[Row]:
    rows = []
    for queue, figure, label, less_is_better in (
        ("999", "service_level", "999 answered in time", False),
        ("999", "over_60s_published", "999 waiting over 60 seconds", True),
        ("101", "abandonment", "101 given up", True),
    ):
        sides = [one.service.get(queue, {}).get(figure) for one in (first, second)]
        rows.append(_simulated(label, sides, less_is_better=less_is_better))
    rows.append(_tier("Calls late or lost, weighted", first, second, "service"))
    rows.append(_counted("Hours short on calls", first.hours.get("short"), second.hours.get("short"), places=2))
    return rows


def _simulated(label: str, sides: Sequence[Mapping[str, float] | None], *, less_is_better: bool) -> Row:
    first, second = sides
    shown = [_with_range(one) for one in sides]
    if first is None or second is None:
        return Row(label, shown[0], shown[1], "–", None)
    # As if the weeks of the two were drawn apart: with common ones the interval would be narrower.
    apart = second["mean"] - first["mean"]
    half = _95 * (first["mean_se"] ** 2 + second["mean_se"] ** 2) ** 0.5
    difference = f"{100 * apart:+.2f} points (± {100 * half:.2f})"
    return Row(label, shown[0], shown[1], difference, _better(apart, half, less_is_better=less_is_better))


def _with_range(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return "not simulated"
    return f"{words.share(figure['mean'])} ({words.share(figure['p05'])} to {words.share(figure['p95'])})"


def _rules(first: RosterOut, second: RosterOut) -> list[Row]:
    def n(roster: RosterOut, part: str) -> float:
        return len(roster.certificate["rules"].get(part, ()))

    return [
        _counted("Rules broken", n(first, "violations"), n(second, "violations")),
        _counted("Aims not met", n(first, "notices"), n(second, "notices")),
    ]


def _well_being(first: RosterOut, second: RosterOut) -> list[Row]:
    rests = [[told["shortest_rest_min"] for told in one.certificate.get("people", {}).values()
              if told.get("shortest_rest_min") is not None] for one in (first, second)]  # fmt: skip
    shortest = [min(some) / 60 if some else None for some in rests]
    runs = [max((told.get("longest_run", 0) for told in one.certificate.get("people", {}).values()), default=None)
            for one in (first, second)]  # fmt: skip
    return [
        _tier("Duties moved, wishes lost, unfair shares, weighted", first, second, "people"),
        _counted("Night duties", *(_sum(one, "nights") for one in (first, second))),
        _counted("Weekend duties", *(_sum(one, "weekends") for one in (first, second))),
        _counted("Wishes lost", *(_sum(one, "wishes_lost") for one in (first, second))),
        _counted("Shortest rest between duties [h]", shortest[0], shortest[1], places=2, less_is_better=False),
        _counted("Longest run of duties", runs[0], runs[1]),
    ]


def _fairness(first: RosterOut, second: RosterOut) -> list[Row]:
    rows = []
    for name, label in (("nights", "Most nights of one person"), ("weekends", "Most weekend duties of one person"),
                        ("wishes_lost", "Most wishes lost of one person")):  # fmt: skip
        rows.append(_counted(label, *(max(_by_person(one, name).values(), default=0) for one in (first, second))))
    hours = [[minutes / 60 for minutes in _by_person(one, "worked_min").values()] for one in (first, second)]
    rows.append(_counted("Most hours of one person", *(max(some, default=None) for some in hours), places=1))
    return rows


def _cost(first: RosterOut, second: RosterOut) -> list[Row]:
    return [
        _counted("Hours paid", first.hours.get("paid"), second.hours.get("paid"), places=1),
        _counted("Hours on calls", first.hours.get("on_calls"), second.hours.get("on_calls"), places=1,
                 less_is_better=None),
        _tier("Overtime, rest days worked, surplus cover, weighted", first, second, "cost"),
    ]  # fmt: skip


def _tier(label: str, first: RosterOut, second: RosterOut, name: str) -> Row:
    values = [((one.certificate.get("solver") or {}).get(name) or {}).get("objective") for one in (first, second)]
    return _counted(label, values[0], values[1])


def _counted(
    label: str, first: float | None, second: float | None, *, places: int = 0, less_is_better: bool | None = True
) -> Row:
    shown = words.number(first, places), words.number(second, places)
    if first is None or second is None:
        return Row(label, *shown, "–", None)
    apart = second - first
    return Row(label, *shown, f"{apart:+,.{places}f}" if apart else "same",
               None if less_is_better is None else _better(apart, 0.0, less_is_better=less_is_better))  # fmt: skip


def _better(apart: float, half: float, *, less_is_better: bool) -> str | None:
    """Which of the two is better, beyond what chance explains."""
    if abs(apart) <= half:
        return None
    return "second" if (apart < 0) == less_is_better else "first"


def _by_person(roster: RosterOut, name: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for burdens in roster.by_week.values():
        for ref, n in burdens.get(name, {}).items():
            sums[ref] = sums.get(ref, 0) + n
    return sums


def _sum(roster: RosterOut, name: str) -> int:
    return sum(_by_person(roster, name).values())


def _differing(first: RosterOut, second: RosterOut, zone: ZoneInfo) -> list[Differing]:
    """By day and person, where start or end differ."""
    before, after = _by_day(first, zone), _by_day(second, zone)
    keys = sorted(before.keys() | after.keys(), key=lambda key: (key[1], key[0]))
    return [
        Differing(*key, before.get(key), after.get(key))
        for key in keys
        if _times(before.get(key)) != _times(after.get(key))
    ]


def _by_day(roster: RosterOut, zone: ZoneInfo) -> dict[tuple[str, date], DutyOut]:
    return {(duty.handler, duty.start.astimezone(zone).date()): duty for duty in (*roster.duties, *roster.frozen)}


def _times(duty: DutyOut | None) -> Any:
    return None if duty is None else (duty.start, duty.end)
