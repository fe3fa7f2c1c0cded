"""A grid of volume, handling time and absence: what the plan gives in each corner, and which is the worst."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from rostering.staffing.scenarios.apply import apply
from rostering.staffing.scenarios.compare import SERVICE, Paired, paired
from rostering.staffing.scenarios.demand import DemandChange, HandlingTimeChange
from rostering.staffing.scenarios.estimate import path_mean, simulated
from rostering.staffing.scenarios.levers import Change, known
from rostering.staffing.scenarios.people import AbsenceChange
from rostering.staffing.scenarios.plan import Plan

MOST_CELLS = 125
REPLICATIONS = 64
# What is worse: fewer (-1) or more (+1). The worst case is named for each of these, since they need not agree.
WORSE = {"service_level_999": -1, "mean_answer_999_s": 1, "abandonment_101": 1, "mean_wait_101_s": 1}


@dataclass(frozen=True, slots=True)
class Grid:
    """Factors on the volume of both queues and on their handling times, and rates of absence on the day."""

    volume: tuple[float, ...] = (0.9, 1.0, 1.1)
    handling_time: tuple[float, ...] = (0.9, 1.0, 1.1)
    absence_rate: tuple[float, ...] = (0.02, 0.04, 0.08)

    def __post_init__(self) -> None:
        for name in ("volume", "handling_time", "absence_rate"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} is {values}: expected at least one value, each once")
        if self.size > MOST_CELLS:
            raise ValueError(f"the grid has {self.size} cells: expected at most {MOST_CELLS}")

    @property
    def size(self) -> int:
        return len(self.volume) * len(self.handling_time) * len(self.absence_rate)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One combination, and the service of the whole span beside that of the plan as it is."""

    volume: float
    handling_time: float
    absence_rate: float
    service: dict[str, Paired]


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """All cells, volume slowest and absence fastest; the number of the worst one by each of `WORSE`."""

    replications: int
    cells: tuple[Cell, ...]
    worst: dict[str, int]


def sweep(
    plan: Plan,
    grid: Grid,
    *,
    seed: int = 1,
    replications: int = REPLICATIONS,
    threads: int = 1,
    progress: Callable[[float, str], None] | None = None,
) -> Sweep:
    """Simulate the plan in every cell of the grid with the same random numbers.

    Raises ValueError for replications below 2.
    """
    if replications < 2:
        raise ValueError(f"replications is {replications}: expected at least 2")
    estimate = path_mean(plan, replications).mean_and_half
    base = simulated(plan, replications, seed=seed, threads=threads).measures()
    cells = []
    for volume, handling_time, absence_rate in product(grid.volume, grid.handling_time, grid.absence_rate):
        changes: Sequence[Change] = (
            DemandChange(known(volume)),
            HandlingTimeChange(known(handling_time)),
            AbsenceChange(absence_rate),
        )
        cell = apply(plan, changes, seed=seed)
        found = simulated(cell, replications, seed=seed, threads=threads).measures()
        service = {name: paired(estimate, base[name][:, None], found[name][:, None]) for name in SERVICE}
        cells.append(Cell(volume, handling_time, absence_rate, service))
        if progress is not None:
            progress(len(cells) / grid.size, f"combination {len(cells)} of {grid.size}")
    return Sweep(replications, tuple(cells), {name: _worst(cells, name) for name in WORSE})


def _worst(cells: Sequence[Cell], name: str) -> int:
    """Number of the worst cell; a cell without anything to measure is never it, the first of equals is."""
    values = [WORSE[name] * float(cell.service[name].changed[0]) for cell in cells]
    return max(range(len(values)), key=lambda i: (values[i] == values[i], values[i]))
