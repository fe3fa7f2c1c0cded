"""The linear relaxation of a CP-SAT model of linear and one-of-many constraints, through MathOpt."""

from __future__ import annotations

from datetime import timedelta
from math import ceil, inf

from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

_FREE = 2**62  # CP-SAT writes an open side of a linear constraint as the end of its number range
_SLACK = 1e-4  # [cost] that the solver's tolerances may overstate the least cost by, of costs that are whole numbers


def relaxed(model: cp_model.CpModel, seconds: float) -> tuple[list[float], int] | None:
    """Values of the variables in the linear relaxation's optimum, by index, and the whole number that bounds the
    objective from below; None: not solved in time.

    Raises
    ------
    TypeError : a constraint of another kind
    """
    proto = model.proto
    linear = mathopt.Model()
    variables = [linear.add_variable(lb=min(v.domain), ub=max(v.domain)) for v in proto.variables]
    for constraint in proto.constraints:
        if constraint.has_linear():
            row = constraint.linear
            low, high = min(row.domain), max(row.domain)
            terms = (c * variables[i] for i, c in zip(row.vars, row.coeffs, strict=True))
            linear.add_linear_constraint(
                lb=low if low > -_FREE else -inf, ub=high if high < _FREE else inf, expr=mathopt.fast_sum(terms)
            )
        elif constraint.has_exactly_one() or constraint.has_at_most_one():
            least = 1 if constraint.has_exactly_one() else 0
            of = constraint.exactly_one if least else constraint.at_most_one
            linear.add_linear_constraint(lb=least, ub=1, expr=mathopt.fast_sum(variables[i] for i in of.literals))
        else:
            raise TypeError(f"constraint {constraint} is neither linear nor one of many")
    objective = proto.objective
    costs = (c * variables[i] for i, c in zip(objective.vars, objective.coeffs, strict=True))
    linear.minimize(mathopt.fast_sum(costs) + objective.offset)
    limit = mathopt.SolveParameters(time_limit=timedelta(seconds=max(seconds, 0.05)))
    result = mathopt.solve(linear, mathopt.SolverType.HIGHS, params=limit)
    if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
        return None
    values = result.variable_values()
    return [values[variable] for variable in variables], max(0, ceil(result.objective_value() - _SLACK))
