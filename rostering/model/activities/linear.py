"""The linear relaxation of a CP-SAT model of linear and one-of-many constraints, through MathOpt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import ceil, inf

from ortools.math_opt import model_pb2
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
    linear = mathopt.Model.from_model_proto(_linear(model))
    limit = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(seconds, 0.05)), lp_algorithm=mathopt.LPAlgorithm.DUAL_SIMPLEX
    )
    result = mathopt.solve(linear, mathopt.SolverType.GLOP, params=limit)
    if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
        return None
    values = result.variable_values()
    found = [values[variable] for variable in linear.variables()]
    return found, max(0, ceil(result.objective_value() - _SLACK))


def _linear(model: cp_model.CpModel) -> model_pb2.ModelProto:
    """The same model without whole numbers; written as a message, since term by term takes longer than the solve."""
    source, linear = model.proto, model_pb2.ModelProto()
    n = len(source.variables)
    bounds = [list(variable.domain) for variable in source.variables]
    linear.variables.ids.extend(range(n))
    linear.variables.lower_bounds.extend([float(domain[0]) for domain in bounds])
    linear.variables.upper_bounds.extend([float(domain[-1]) for domain in bounds])
    linear.variables.integers.extend([False] * n)
    rows, matrix = linear.linear_constraints, linear.linear_constraint_matrix
    for number, (low, high, terms) in enumerate(_rows(model)):
        rows.ids.append(number)
        rows.lower_bounds.append(low)
        rows.upper_bounds.append(high)
        columns = sorted(terms)
        matrix.row_ids.extend([number] * len(columns))
        matrix.column_ids.extend(columns)
        matrix.coefficients.extend([terms[column] for column in columns])
    costs = dict(zip(source.objective.vars, source.objective.coeffs, strict=True))
    linear.objective.offset = source.objective.offset
    linear.objective.linear_coefficients.ids.extend(sorted(costs))
    linear.objective.linear_coefficients.values.extend([float(costs[i]) for i in sorted(costs)])
    return linear


def _rows(model: cp_model.CpModel) -> Iterator[tuple[float, float, dict[int, float]]]:
    """Lower and upper bound and the terms of each constraint, by variable."""
    for constraint in model.proto.constraints:
        if constraint.has_linear():
            row, terms = constraint.linear, dict[int, float]()
            for variable, coefficient in zip(row.vars, row.coeffs, strict=True):
                terms[variable] = terms.get(variable, 0.0) + coefficient
            domain = list(row.domain)
            low, high = domain[0], domain[-1]
            yield (float(low) if low > -_FREE else -inf), (float(high) if high < _FREE else inf), terms
        elif constraint.has_exactly_one():
            yield 1.0, 1.0, dict.fromkeys(constraint.exactly_one.literals, 1.0)
        elif constraint.has_at_most_one():
            yield -inf, 1.0, dict.fromkeys(constraint.at_most_one.literals, 1.0)
        else:
            raise TypeError(f"constraint {constraint} is neither linear nor one of many")
