"""Small named-shift problems, and every legal roster of them by enumeration."""

from itertools import product
from typing import Any

import numpy as np

from rostering.named.check import check
from rostering.named.problem import (
    NamedHandler,
    NamedProblem,
    NamedRoster,
    NamedShift,
    ShiftRequest,
    ShiftRequirement,
)

EARLY, LATE = NamedShift("E", 480), NamedShift("L", 600, frozenset({"E"}))
LOOSE: dict[str, Any] = {
    "max_shifts": {},
    "min_total_min": 0,
    "max_total_min": 100_000,
    "min_run": 1,
    "max_run": 100,
    "min_rest_run": 1,
    "max_weekends": 100,
}


def handler(name: str = "A", **limits: Any) -> NamedHandler:
    """A handler with these limits and no others."""
    return NamedHandler(name, **{**LOOSE, **limits})


def line(text: str) -> tuple[str | None, ...]:
    """A letter a day, "-" for a rest day."""
    return tuple(None if letter == "-" else letter for letter in text)


def broken(text: str, **limits: Any) -> tuple[str, ...]:
    """What the checker says of one handler's roster ``text`` under ``limits``."""
    problem = NamedProblem(len(text), (EARLY, LATE), (handler(**limits),))
    return check(problem, NamedRoster((line(text),))).violations


def legal_lines(problem: NamedProblem, who: NamedHandler) -> list[tuple[str | None, ...]]:
    """Every legal roster of one handler."""
    alone = NamedProblem(problem.n_days, problem.shifts, (who,))
    names = [None, *(shift.name for shift in problem.shifts)]
    lines = product(names, repeat=problem.n_days)
    return [days for days in lines if not check(alone, NamedRoster((days,))).violations]


def least_cost(problem: NamedProblem) -> int | None:
    """Cost of the best roster of all, None where somebody has no legal one."""
    choices = [legal_lines(problem, who) for who in problem.handlers]
    rosters = (NamedRoster(days) for days in product(*choices))
    return min((check(problem, roster).objective for roster in rosters), default=None)


def random_problem(seed: int, n_handlers: int = 3, n_days: int = 4) -> NamedProblem:
    """Handlers with two shifts, of each rule one or another limit, requests and a requirement."""
    rng = np.random.default_rng(seed)
    handlers = tuple(
        handler(
            f"H{place}",
            max_shifts={"L": int(rng.integers(0, 3))},
            min_total_min=480,
            max_total_min=int(rng.integers(960, 1900)),
            min_run=int(rng.integers(1, 3)),
            max_run=int(rng.integers(2, 4)),
            min_rest_run=int(rng.integers(1, 3)),
            rest_days=frozenset({int(rng.integers(0, n_days))}),
        )
        for place in range(n_handlers)
    )
    requests = tuple(
        ShiftRequest(
            f"H{rng.integers(0, n_handlers)}",
            int(rng.integers(0, n_days)),
            str(rng.choice(["E", "L"])),
            int(rng.integers(1, 4)),
            bool(rng.random() < 0.5),
        )
        for _ in range(8)
    )
    need = tuple(
        ShiftRequirement(day, shift, int(rng.integers(0, 3)), int(rng.integers(4, 20)), int(rng.integers(1, 4)))
        for day in range(n_days)
        for shift in ("E", "L")
    )
    return NamedProblem(n_days, (EARLY, LATE), handlers, requests, need)
