"""Named-shift rosters by Timefold: ``python timefold_rosters.py REQUEST.json ANSWER.json``.

A cell of the roster is a planning entity that takes one of the shifts its handler may work that day, or a rest day;
each rule is a constraint stream. Moves and acceptance are Timefold's own defaults. One thread: more is for its paying
users.
"""

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from timefold.solver import SolverFactory
from timefold.solver.config import (
    Duration,
    EnvironmentMode,
    ScoreDirectorFactoryConfig,
    SolverConfig,
    TerminationConfig,
)
from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import (
    Constraint,
    ConstraintCollectors,
    ConstraintFactory,
    HardSoftScore,
    Joiners,
    constraint_provider,
)

MOST_DAYS = 31


@dataclass(eq=False)
class Shift:
    """A shift, or the rest day (index 0, length 0). ``is_barred[index]`` is 1 where that shift must not follow."""

    index: int
    length_min: int
    is_barred: list[int]


@dataclass(eq=False)
class Handler:
    """Limits; ``unit_min`` is the shortest shift, by which minutes too few or too many are counted."""

    index: int
    n_days: int
    unit_min: int
    min_total_min: int
    max_total_min: int
    min_run: int
    max_run: int
    min_rest_run: int
    max_weekends: int


@dataclass(eq=False)
class Limit:
    """Most shifts of one kind for one handler."""

    handler: int
    shift: int
    most: int


@dataclass(eq=False)
class Need:
    """Requirement of a day and shift."""

    day: int
    shift: int
    handlers: int
    under_weight: int
    over_weight: int


@planning_entity
@dataclass(eq=False)
class Cell:
    """A handler's day. ``bit`` is 1 moved by the day; ``costs[index]`` is what its wishes cost for each shift."""

    id: Annotated[int, PlanningId]
    handler: Handler
    day: int
    bit: int
    week: int
    is_weekend: bool
    costs: list[int]
    allowed: Annotated[list[Shift], ValueRangeProvider]
    shift: Annotated[Shift | None, PlanningVariable] = field(default=None)


@planning_solution
@dataclass(eq=False)
class Roster:
    shifts: Annotated[list[Shift], ProblemFactCollectionProperty]
    handlers: Annotated[list[Handler], ProblemFactCollectionProperty]
    limits: Annotated[list[Limit], ProblemFactCollectionProperty]
    needs: Annotated[list[Need], ProblemFactCollectionProperty]
    cells: Annotated[list[Cell], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore | None, PlanningScore] = field(default=None)


def broken_runs(handler: Handler, duties: int) -> int:
    """Days that a handler's runs are too long or too short by; runs at the period's edges are never too short.

    duties : a bit for each day of duty
    """
    broken = 0
    first = 0
    is_duty = duties & 1
    left = duties
    for day in range(1, handler.n_days + 1):
        left = left >> 1
        if day == handler.n_days or left & 1 != is_duty:
            length = day - first
            least = handler.min_rest_run
            if is_duty == 1:
                least = handler.min_run
                if length > handler.max_run:
                    broken = broken + length - handler.max_run
            if first > 0 and day < handler.n_days and length < least:
                broken = broken + least - length
            first = day
            is_duty = left & 1
    return broken


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Constraint]:
    return [
        successions(factory),
        minutes(factory),
        shift_limits(factory),
        runs(factory),
        weekends(factory),
        wishes(factory),
        cover(factory),
    ]


def successions(factory: ConstraintFactory) -> Constraint:
    return (
        factory.for_each(Cell)
        .filter(lambda cell: cell.shift.index > 0)
        .join(Cell, Joiners.equal(lambda cell: cell.id + 1, lambda after: after.id))
        .filter(lambda cell, after: cell.handler.index == after.handler.index)
        .filter(lambda cell, after: cell.shift.is_barred[after.shift.index] == 1)
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("succession")
    )


def minutes(factory: ConstraintFactory) -> Constraint:
    return (
        factory.for_each(Cell)
        .group_by(lambda cell: cell.handler, ConstraintCollectors.sum(lambda cell: cell.shift.length_min))
        .map(
            lambda handler, _total: handler,
            lambda handler, total: max(handler.min_total_min - total, total - handler.max_total_min),
        )
        .filter(lambda _handler, beyond: beyond > 0)
        .penalize(HardSoftScore.ONE_HARD, lambda handler, beyond: 1 + (beyond - 1) // handler.unit_min)
        .as_constraint("minutes")
    )


def shift_limits(factory: ConstraintFactory) -> Constraint:
    return (
        factory.for_each(Limit)
        .join(
            Cell,
            Joiners.equal(lambda limit: limit.handler, lambda cell: cell.handler.index),
            Joiners.equal(lambda limit: limit.shift, lambda cell: cell.shift.index),
        )
        .group_by(lambda limit, _cell: limit, ConstraintCollectors.count_bi())
        .filter(lambda limit, count: count > limit.most)
        .penalize(HardSoftScore.ONE_HARD, lambda limit, count: count - limit.most)
        .as_constraint("shift limit")
    )


def runs(factory: ConstraintFactory) -> Constraint:
    return (
        factory.for_each(Cell)
        .filter(lambda cell: cell.shift.index > 0)
        .group_by(lambda cell: cell.handler, ConstraintCollectors.sum(lambda cell: cell.bit))
        .penalize(HardSoftScore.ONE_HARD, broken_runs)
        .as_constraint("runs")
    )


def weekends(factory: ConstraintFactory) -> Constraint:
    return (
        factory.for_each(Cell)
        .filter(lambda cell: cell.is_weekend and cell.shift.index > 0)
        .group_by(lambda cell: cell.handler, ConstraintCollectors.count_distinct(lambda cell: cell.week))
        .filter(lambda handler, count: count > handler.max_weekends)
        .penalize(HardSoftScore.ONE_HARD, lambda handler, count: count - handler.max_weekends)
        .as_constraint("weekends")
    )


def wishes(factory: ConstraintFactory) -> Constraint:
    return (
        factory.for_each(Cell)
        .filter(lambda cell: cell.costs[cell.shift.index] > 0)
        .penalize(HardSoftScore.ONE_SOFT, lambda cell: cell.costs[cell.shift.index])
        .as_constraint("wishes")
    )


def cover_gain(need: Need, count: int) -> int:
    """What ``count`` handlers cost less than nobody: sums of it differ from the cost by a constant."""
    return need.under_weight * min(count, need.handlers) - need.over_weight * max(count - need.handlers, 0)


def cover(factory: ConstraintFactory) -> Constraint:
    return (
        factory.for_each(Need)
        .join(
            Cell,
            Joiners.equal(lambda need: need.day, lambda cell: cell.day),
            Joiners.equal(lambda need: need.shift, lambda cell: cell.shift.index),
        )
        .group_by(lambda need, _cell: need, ConstraintCollectors.count_bi())
        .impact(HardSoftScore.ONE_SOFT, cover_gain)
        .as_constraint("cover")
    )


def to_roster(problem: dict) -> Roster:
    if problem["n_days"] > MOST_DAYS:
        raise ValueError(f"{problem['n_days']} days, expected at most {MOST_DAYS}: days are bits of a Java int")
    at = {shift["name"]: place for place, shift in enumerate(problem["shifts"], start=1)}
    shifts = [Shift(0, 0, [0] * (len(at) + 1))]
    for shift in problem["shifts"]:
        barred = [0] + [int(name in shift["not_followed_by"]) for name in at]
        shifts.append(Shift(at[shift["name"]], shift["length_min"], barred))
    unit_min = min(shift["length_min"] for shift in problem["shifts"])
    limits_of = ("min_total_min", "max_total_min", "min_run", "max_run", "min_rest_run", "max_weekends")
    handlers, limits, cells = [], [], []
    costs = wish_costs(problem, at)
    for place, given in enumerate(problem["handlers"]):
        handler = Handler(place, problem["n_days"], unit_min, *(given[name] for name in limits_of))
        handlers.append(handler)
        most = given["max_shifts"]
        limits += [Limit(place, at[name], n) for name, n in most.items() if 0 < n < problem["n_days"]]
        usable = [shifts[0]] + [shifts[at[name]] for name in at if most.get(name, 1) > 0]
        for day in range(problem["n_days"]):
            allowed = shifts[:1] if day in given["rest_days"] else usable
            number = len(cells)
            cells.append(
                Cell(number, handler, day, 1 << day, day // 7, day % 7 >= 5, costs[given["name"], day], allowed)
            )
    needs = [
        Need(need["day"], at[need["shift"]], need["handlers"], need["under_weight"], need["over_weight"])
        for need in problem["requirement"]
    ]
    return Roster(shifts, handlers, limits, needs, cells)


def wish_costs(problem: dict, at: dict) -> dict:
    costs = {
        (handler["name"], day): [0] * (len(at) + 1)
        for handler in problem["handlers"]
        for day in range(problem["n_days"])
    }
    for wish in problem["requests"]:
        row = costs[wish["handler"], wish["day"]]
        for index in range(len(row)):
            if (index == at[wish["shift"]]) != wish["is_wanted"]:
                row[index] += wish["weight"]
    return costs


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    problem = request["problem"]
    roster = to_roster(problem)
    config = SolverConfig(
        solution_class=Roster,
        entity_class_list=[Cell],
        environment_mode=EnvironmentMode.NO_ASSERT,
        random_seed=request["seed"],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(milliseconds=int(1000 * request["seconds"]))),
    )
    solver = SolverFactory.create(config).build_solver()
    began = time.monotonic()
    found = solver.solve(roster)
    seconds = time.monotonic() - began
    is_built = all(cell.shift is not None for cell in found.cells)
    nobody = sum(need["under_weight"] * need["handlers"] for need in problem["requirement"])
    answer = {
        "status": f"score {found.score}" if is_built else "construction unfinished",
        "days": rows(problem, found) if is_built else None,
        "says": nobody - found.score.soft_score if is_built and found.score.hard_score == 0 else None,
        "seconds": seconds,
    }
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


def rows(problem: dict, found: Roster) -> list:
    names = [None] + [shift["name"] for shift in problem["shifts"]]
    days = [[None] * problem["n_days"] for _ in problem["handlers"]]
    for cell in found.cells:
        days[cell.handler.index][cell.day] = names[cell.shift.index]
    return days


if __name__ == "__main__":
    main()
