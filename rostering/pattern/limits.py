"""How long each part of a pattern's design may take, by effort and by the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ortools.sat.python import cp_model

from rostering.roster import Progress, SolveBudget

Report = Callable[[Progress], None]
Cancelled = Callable[[], bool]
_LOOK_S = 0.1  # between two looks at a cancellation while CP-SAT solves


@dataclass(slots=True)
class Limits:
    """A design's budget with its clock running.

    The clock only caps: with one worker the same effort and seed give the same pattern wherever time does not end it.
    """

    budget: SolveBudget
    report: Report
    cancelled: Cancelled
    began: float

    @classmethod
    def start(cls, budget: SolveBudget, report: Report | None, cancelled: Cancelled | None = None) -> Limits:
        """Start the clock."""
        return cls(budget, report or (lambda _: None), cancelled or (lambda: False), time.monotonic())

    def left_s(self, until_share: float = 1.0) -> float:
        """Seconds left until that share of the budget is spent, at least 0; none once it is cancelled."""
        return 0.0 if self.cancelled() else self._clock_s(until_share)

    def _clock_s(self, until_share: float = 1.0) -> float:
        return max(self.began + until_share * self.budget.seconds - time.monotonic(), 0.0)

    def tell(self, phase: str, objective: float | None, bound: float | None) -> None:
        """Report where the design stands."""
        self.report(Progress(phase, objective, bound, 1 - self._clock_s() / self.budget.seconds))

    def effort(self, most: float) -> float:
        """Deterministic time of CP-SAT for a part that may take ``most``: a fifth for each round asked for, if any."""
        return most if self.budget.effort is None else min(most, self.budget.effort / 5)

    def solve(
        self, model: cp_model.CpModel, effort: float, until_share: float = 1.0
    ) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
        """Solve within ``effort`` units of CP-SAT's deterministic time, and the clock."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = self.budget.workers
        solver.parameters.random_seed = self.budget.seed
        solver.parameters.max_time_in_seconds = self.left_s(until_share)
        solver.parameters.max_deterministic_time = effort
        with self._stopping(solver):
            return solver, solver.solve(model)

    @contextmanager
    def _stopping(self, solver: cp_model.CpSolver) -> Iterator[None]:
        """Stop the solver if the design is cancelled while the block runs."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_LOOK_S):
                if self.cancelled():
                    solver.stop_search()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
