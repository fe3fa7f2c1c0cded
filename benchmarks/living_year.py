"""`python -m benchmarks.living_year`: a year of weekly rosters against rosters from Erlang C sums at equal hours.

Every four weeks the demonstration force forecasts the next four from what was recorded by then, calibrates, and
rosters each week twice with the same people, leave and search: by the product's requirement with its prices of heads
short, and by two Erlang C sums on the same forecast. Both rosters then meet the first attempts that came, under the
hidden truth of callers and room, with the same chance on both sides.

Better, as stated before anything was measured: fewer late 999 calls, each weighed as five lost 101 calls, plus lost 101
calls, in the mean of the replications: the weights of the roster's service tier. The stricter wording, more 999 calls
within ten seconds and no more abandonment of 101 beyond the replications' noise, is counted beside it.

Progress goes to stderr; the last line of stdout is one JSON object. `--year 1` is the year for choosing, 0 the reported
one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.counterfactuals.sides import (
    erlang_c_heads,
    paired_half_width,
    required,
    scaled_to,
    weighted_loss,
    with_heads,
    with_requirement,
)
from app.demonstration.settings import SEED
from app.people.schemas import HandlerIn
from app.requirements.assumed import definitions_of
from app.rosters import summary
from app.rosters.build import TAIL, Heads, Period, build_problem
from app.rosters.history import LastWeeks
from app.rosters.pattern import assumed_duties
from app.rosters.simulated import DAILY, LEVEL, daily_service
from benchmarks.living_forecasts import Outlook, outlook
from benchmarks.living_search import searched
from benchmarks.living_world import INTERVAL_S, SETTINGS, WEEK, World, lived, midnight, mondays, people_of, world
from rostering.problem import RosterProblem
from rostering.roster import Duty, Roster
from rostering.rules import ENGLAND_WALES_STAFF
from rostering.staffing import SimulationResult
from rostering.staffing.seats.shortfall import LATE_WEIGHT
from rostering.staffing.simulation.result import Count

EFFORT = 6  # rounds of search a roster
SECONDS = 600.0  # that only cap it
REPLICATIONS = 8  # of what really happens; the first is the year that the predictions are judged on
BLOCK_WEEKS = 4  # from one forecast to the next
SIDES = ("product", "erlang_c")


def measure(seed: int = SEED) -> dict[str, object]:
    """Share of the reported year's weeks in which the product's rosters are better, and how often its daily intervals
    held; ``seed`` : of the force's history."""
    return run_year(0, 52, EFFORT, seed=seed)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.living_year", description=__doc__)
    parser.add_argument("--year", type=int, choices=(0, 1), default=0, help="0: the reported year, 1: the one before")
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--effort", type=int, default=EFFORT)
    parser.add_argument("--patterns", action="store_true", help="coverage alone, of the duties that the patterns say")
    parser.add_argument("--unscaled", action="store_true", help="Erlang C's heads as they are, beyond the hours there")
    asked = parser.parse_args(arguments)
    if asked.patterns:
        print(json.dumps(pattern_coverage(asked.year, asked.weeks)))
        return
    print(json.dumps(run_year(asked.year, asked.weeks, asked.effort, is_scaled=not asked.unscaled)))


@dataclass
class _Side:
    """One side's chain of weeks: duties of the fortnight before and the minutes that count towards the contract."""

    people: list[HandlerIn]
    duties: dict[date, tuple[Duty, ...]] = field(default_factory=dict)
    paid: dict[date, dict[str, int]] = field(default_factory=dict)
    worked: dict[date, dict[str, int]] = field(default_factory=dict)
    paid_h: list[float] = field(default_factory=list)
    unsolved: int = 0

    def problem(self, monday: date, heads: Heads, *, is_chained: bool) -> RosterProblem:
        """The week after the weeks before; not chained: after what the patterns say."""
        recent = {m: self.duties[m] for m in (monday - 2 * WEEK, monday - WEEK) if m in self.duties}
        last = LastWeeks(duties=recent, minutes=self.paid, worked_min=self.worked) if is_chained else LastWeeks()
        return build_problem(self.people, SETTINGS, ENGLAND_WALES_STAFF, Period(monday), heads, last)

    def keep(self, monday: date, problem: RosterProblem, found: Roster) -> None:
        # The checker's terms say which wishes were lost, and nobody here has any.
        weeks = summary.by_week(problem, found.duties, SimpleNamespace(penalties=()))
        told = weeks[monday.isoformat()]
        self.duties[monday] = found.duties
        self.paid[monday], self.worked[monday] = told["paid_min"], told["worked_min"]
        self.paid_h.append(sum(told["paid_min"].values()) / 60)


@dataclass
class _Found:
    """What the weeks have shown; `lost` by side (weeks, replications, 2): late 999 calls, lost 101 calls."""

    lost: dict[str, list[NDArray[np.float64]]] = field(default_factory=lambda: {side: [] for side in SIDES})
    offered: dict[str, list[NDArray[np.float64]]] = field(default_factory=lambda: {side: [] for side in SIDES})
    inside: list[list[bool | None]] = field(default_factory=list)
    heads: list[tuple[int, int]] = field(default_factory=list)


def run_year(year: int, n_weeks: int, effort: int, *, is_scaled: bool = True, seed: int = SEED) -> dict[str, object]:
    began = time.process_time()
    known = world(seed)
    weeks = mondays(year)[:n_weeks]
    people = people_of(weeks[0], 52, known.seed)
    sides = {name: _Side(people) for name in SIDES}
    found = _Found()
    for number, monday in enumerate(weeks):
        if number % BLOCK_WEEKS == 0:
            ahead = outlook(known, monday, BLOCK_WEEKS + 1)
        _one_week(known, ahead, monday, sides, found, effort, is_scaled=is_scaled)
        better = _better(found)
        tell(f"{monday}: better in {int(better.sum())} of {better.size} weeks, inside {_coverage(found)}, "
             f"{time.process_time() - began:.0f} CPU s")  # fmt: skip
    return _summary(found, sides, began)


def pattern_coverage(year: int, n_weeks: int) -> dict[str, object]:
    """Coverage of the daily intervals of weeks that nobody rosters: people work what their patterns say. It needs no
    search, so that intervals can be looked at on the year for choosing."""
    began, known = time.process_time(), world()
    weeks = mondays(year)[:n_weeks]
    people = people_of(weeks[0], 52, known.seed)
    refs = [person.ref for person in people]
    found = _Found()
    for number, monday in enumerate(weeks):
        if number % BLOCK_WEEKS == 0:
            ahead = outlook(known, monday, BLOCK_WEEKS + 1)
        begin, end = midnight(monday), midnight(monday + WEEK)
        week = ahead.over(begin, end)
        duties = assumed_duties(people, monday - timedelta(days=1), 8, SETTINGS.zone, ENGLAND_WALES_STAFF)
        none = np.zeros(week.intervals, dtype=np.int64)
        result = lived(known, duties, refs, begin, week.days, none, 0, definitions_of(SETTINGS))
        found.inside += _inside(daily_service(week, none, duties, seed=monday.toordinal()), result, week.days)
        tell(f"{monday}: inside {_coverage(found)}, {time.process_time() - began:.0f} CPU s")
    return _told_coverage(found)


def _one_week(
    known: World, ahead: Outlook, monday: date, sides: dict[str, _Side], found: _Found, effort: int, *, is_scaled: bool
) -> None:
    begin, end = midnight(monday), midnight(monday + WEEK)
    n = round((end - begin).total_seconds() / INTERVAL_S)
    reach = ahead.over(begin, end + TAIL)
    needed = required(reach)
    seats = np.array([needed.seats_999, needed.seats_101])
    product_heads = np.array([needed.rostered_999, needed.rostered_101])
    erlang = erlang_c_heads(reach)
    if is_scaled:
        erlang = scaled_to(erlang, int(product_heads.sum()))
    found.heads.append((int(product_heads[:, :n].sum()), int(erlang[:, :n].sum())))
    week = ahead.over(begin, end)
    reserve = needed.reserve[:n]
    refs = [person.ref for person in sides["product"].people]
    for name, side in sides.items():

        def problem_of(side: _Side, *, is_chained: bool, name: str = name) -> RosterProblem:
            plain = side.problem(monday, Heads(begin, seats, product_heads), is_chained=is_chained)
            return with_requirement(plain, needed, reach) if name == "product" else with_heads(plain, erlang)

        problem = problem_of(side, is_chained=True)
        made, reason = searched(problem, effort, seed=1, seconds=SECONDS)
        if made is None:  # somebody has no legal week after those before: the pattern's own fortnight instead
            tell(f"{name}, {monday}: {reason}")
            side.unsolved += 1
            problem = problem_of(side, is_chained=False)
            made, reason = searched(problem, effort, seed=1, seconds=SECONDS)
        if made is None:
            raise RuntimeError(f"{name}, {monday}: {reason}")
        side.keep(monday, problem, made)
        duties = (*problem.frozen_duties, *made.duties)
        results = [
            lived(known, duties, refs, begin, week.days, reserve, r, definitions_of(SETTINGS))
            for r in range(REPLICATIONS)
        ]
        found.lost[name].append(np.array([_lost(result) for result in results]))
        found.offered[name].append(np.array([_offered(result) for result in results]))
        if name == "product":
            predicted = daily_service(week, reserve, duties, seed=monday.toordinal())
            found.inside += _inside(predicted, results[0], week.days)


def _lost(result: SimulationResult) -> tuple[float, float]:
    """Late 999 calls and lost 101 calls of a week."""
    sums = result.counts[0].sum(axis=-1, dtype=float)
    return sums[Count.OFFERED, 0] - sums[Count.WITHIN, 0], sums[Count.ABANDONED, 1]


def _offered(result: SimulationResult) -> tuple[float, float]:
    return tuple(result.counts[0, Count.OFFERED].sum(axis=-1, dtype=float).tolist())


def _inside(predicted: dict[str, Any], result: SimulationResult, days: NDArray[np.int64]) -> list[list[bool | None]]:
    """By day and measure, whether the result lies in its interval, bounds included; None without calls."""
    firsts = [*np.flatnonzero(np.diff(days, prepend=days[0] - 1)).tolist(), days.size]
    rows: list[list[bool | None]] = []
    for place, (first, last) in enumerate(pairwise(firsts)):
        measured = result.measures(first, last)
        row: list[bool | None] = []
        for name in DAILY:
            value, told = float(measured[name][0]), predicted[name]
            is_there = not math.isnan(value)
            row.append(told["lower"][place] - 1e-5 <= value <= told["upper"][place] + 1e-5 if is_there else None)
        rows.append(row)
    return rows


def _better(found: _Found) -> NDArray[np.bool_]:
    return np.array([difference.mean() < 0 for difference in _differences(found)], dtype=bool)


def _differences(found: _Found) -> list[NDArray[np.float64]]:
    """Weighted loss of the product's side less the other's, by week (replications,)."""
    return [
        weighted_loss(ours[:, 0], ours[:, 1], LATE_WEIGHT) - weighted_loss(theirs[:, 0], theirs[:, 1], LATE_WEIGHT)
        for ours, theirs in zip(found.lost["product"], found.lost["erlang_c"], strict=True)
    ]


def _coverage(found: _Found) -> list[float]:
    values = np.array([[np.nan if one is None else float(one) for one in row] for row in found.inside])
    return [round(float(share), 3) for share in np.nanmean(values, axis=0)]


def _stricter(found: _Found) -> list[bool]:
    """Whether more 999 calls were answered in time, and abandonment of 101 is no worse beyond noise."""
    told = []
    for week in range(len(found.heads)):
        late, lost = (
            found.lost["product"][week][:, q] / found.offered["product"][week][:, q]
            - found.lost["erlang_c"][week][:, q] / found.offered["erlang_c"][week][:, q]
            for q in (0, 1)
        )
        told.append(bool(late.mean() < 0 and lost.mean() <= paired_half_width(lost.tolist())))
    return told


def _summary(found: _Found, sides: dict[str, _Side], began: float) -> dict[str, object]:
    differences = _differences(found)
    halves = np.array([paired_half_width(one.tolist()) for one in differences])
    means = np.array([one.mean() for one in differences])
    paid = {name: float(np.sum(side.paid_h)) for name, side in sides.items()}

    def rates(side: str) -> list[float]:
        lost, offered = np.array(found.lost[side]).mean(axis=1), np.array(found.offered[side]).mean(axis=1)
        return [round(float(share), 4) for share in lost.sum(axis=0) / offered.sum(axis=0)]

    return {
        "weeks_better_than_erlang_c": round(float((means < 0).mean()), 4),
        "weeks_better_beyond_noise": round(float((means < -halves).mean()), 4),
        "weeks_worse_beyond_noise": round(float((means > halves).mean()), 4),
        "weeks_better_strictly": round(float(np.mean(_stricter(found))), 4),
        "weeks": len(found.heads),
        "late_999_lost_101": {side: rates(side) for side in SIDES},
        "paid_h": {name: round(hours) for name, hours in paid.items()},
        "paid_h_ratio": round(paid["product"] / paid["erlang_c"], 5),
        "heads_wanted": [sum(pair[i] for pair in found.heads) for i in (0, 1)],
        **_told_coverage(found),
        "weeks_not_chained": {name: side.unsolved for name, side in sides.items()},
        "cpu_s": round(time.process_time() - began, 1),
    }


def _told_coverage(found: _Found) -> dict[str, object]:
    """Share of the days' results inside their intervals; the error of both together is that of the days' own means,
    since the two results of a day are not independent."""
    inside = np.array([[np.nan if one is None else float(one) for one in row] for row in found.inside])
    of_day = inside[~np.isnan(inside).any(axis=1)].mean(axis=1)
    n, share = of_day.size, float(of_day.mean())
    pooled_se = max(float(of_day.std(ddof=1)), 1e-9) / n**0.5
    return {
        "coverage_90": round(share, 4),
        "coverage_999": round(float(np.nanmean(inside[:, 0])), 4),
        "coverage_101": round(float(np.nanmean(inside[:, 1])), 4),
        "coverage_se": round(pooled_se, 4),
        "coverage_se_each": round((LEVEL * (1 - LEVEL) / n) ** 0.5, 4),
        "coverage_distance_se": round(abs(share - LEVEL) / pooled_se, 2),
        "days": n,
    }


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
