"""Column generation: the linear master over whole rosters of each handler, and the bound that its prices prove."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt

from rostering.named.arrays import REST, Arrays, line_cost
from rostering.named.force import Lines, Prices

_LESS_THAN_ONE = 0.9
_ENDS = (mathopt.TerminationReason.OPTIMAL, mathopt.TerminationReason.INFEASIBLE)
_SHORTEST_S = 0.05  # [s] a time limit of nothing is an error


@dataclass(slots=True)
class Columns:
    """Rosters of handlers, each once: whose, shift by day, cost of requests."""

    arrays: Arrays
    owner: list[int] = field(default_factory=list)
    line: list[NDArray[np.int8]] = field(default_factory=list)
    cost: list[int] = field(default_factory=list)
    known: set[tuple[int, bytes]] = field(default_factory=set)

    def add(self, who: int, line: NDArray[np.int8]) -> bool:
        """Whether the roster is new."""
        key = (who, line.tobytes())
        if key in self.known:
            return False
        self.known.add(key)
        self.owner.append(who)
        self.line.append(line.copy())
        self.cost.append(line_cost(self.arrays, who, line))
        return True


@dataclass(frozen=True, slots=True, eq=False)
class MasterPrices:
    """Solution of the linear master: objective, prices of duties (days, shifts), of handlers, shares of columns."""

    objective: float
    duties: Prices
    handlers: dict[int, float]
    shares: Prices


class Master:
    """Some handlers' columns against a requirement: whole or in shares, at least cost of requests and of cover."""

    def __init__(self, columns: Columns, handlers: Collection[int], required: NDArray[np.int64]) -> None:
        """``required`` (days, shifts) is what the other handlers leave; it may be negative."""
        self.columns = columns
        self.model = mathopt.Model(name="master")
        self.cover = self._cover_rows(required)
        self.row_of = {who: self.model.add_linear_constraint(lb=1.0, ub=1.0) for who in handlers}
        self.variables: dict[int, mathopt.Variable] = {}
        self.n_seen = 0
        self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)
        self.extend()

    def _cover_rows(self, required: NDArray[np.int64]) -> list[list[mathopt.LinearConstraint]]:
        arrays, model, rows = self.columns.arrays, self.model, []
        for day, needed in enumerate(required.tolist()):
            rows.append([model.add_linear_constraint(lb=float(n), ub=float(n)) for n in needed])
            for shift, row in enumerate(rows[-1]):
                for sign, weight in ((1.0, arrays.under), (-1.0, arrays.over)):
                    slack = model.add_variable(lb=0.0)
                    row.set_coefficient(slack, sign)
                    model.objective.set_linear_coefficient(slack, float(weight[day, shift]))
        return rows

    def extend(self) -> None:
        """Take in the columns that are new since the last call."""
        columns = self.columns
        for place in range(self.n_seen, len(columns.owner)):
            if columns.owner[place] not in self.row_of:
                continue
            variable = self.model.add_variable(lb=0.0)
            self.model.objective.set_linear_coefficient(variable, float(columns.cost[place]))
            self.row_of[columns.owner[place]].set_coefficient(variable, 1.0)
            for day, shift in enumerate(columns.line[place].tolist()):
                if shift != REST:
                    self.cover[day][shift].set_coefficient(variable, 1.0)
            self.variables[place] = variable
        self.n_seen = len(columns.owner)

    def solve(self, seconds: float) -> MasterPrices | None:
        """The linear master's solution; None where the solver did not get there within ``seconds``."""
        limit = mathopt.SolveParameters(time_limit=timedelta(seconds=max(seconds, _SHORTEST_S)))
        result = self.solver.solve(params=limit)
        if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
            return None
        duals = result.dual_values()
        return MasterPrices(
            result.objective_value(),
            np.array([[duals[row] for row in rows] for rows in self.cover]),
            {who: duals[row] for who, row in self.row_of.items()},
            np.array(result.variable_values(list(self.variables.values()))),
        )

    def solve_whole(
        self, kept: Collection[int], seconds: float, cutoff: float
    ) -> tuple[dict[int, NDArray[np.int8]] | None, bool]:
        """The best ``kept`` column for each handler, together below ``cutoff``, or None; and whether time cut it short.

        Without a cut, what it returns is best, and None proves that there is nothing below.
        """
        usable = set(kept)
        for place, variable in self.variables.items():
            variable.integer = True
            variable.upper_bound = 1.0 if place in usable else 0.0
        # Costs are whole, so what is below the cutoff is below it by one.
        self.model.add_linear_constraint(self.model.objective.as_linear_expression() <= cutoff - 1)
        limits = mathopt.SolveParameters(
            time_limit=timedelta(seconds=max(seconds, _SHORTEST_S)),
            relative_gap_tolerance=0.0,
            absolute_gap_tolerance=_LESS_THAN_ONE,
        )
        result = mathopt.solve(self.model, mathopt.SolverType.HIGHS, params=limits)
        is_cut = result.termination.reason not in _ENDS
        if not result.has_primal_feasible_solution():
            return None, is_cut
        value = result.variable_values()
        taken = {place for place, variable in self.variables.items() if value[variable] > 0.5}
        return {self.columns.owner[place]: self.columns.line[place] for place in taken}, is_cut


def add_cheaper(columns: Columns, prices: MasterPrices, lines: Lines, handlers: Collection[int]) -> int:
    """Add those ``lines`` (handlers, days) that the master would take in at its prices; how many."""
    days = np.arange(lines.shape[1])
    added = 0
    for who in handlers:
        paid = np.where(lines[who] == REST, 0.0, prices.duties[days, lines[who]]).sum()
        reduced = line_cost(columns.arrays, who, lines[who]) - paid - prices.handlers[who]
        if reduced < -1e-6 and columns.add(who, lines[who]):
            added += 1
    return added
