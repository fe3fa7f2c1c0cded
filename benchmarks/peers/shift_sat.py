"""Named-shift rosters by one CP-SAT model in the manner of OR-Tools' example shift_scheduling_sat.py.

Its technique: a Boolean for each employee, day and shift (a rest day is one of the shifts), exactly one a day; runs
kept by forbidding the windows that are too short or too long; forbidden transitions as clauses; sums as linear
constraints; the demand's excess and shortage as penalised integers. Called as ``python shift_sat.py REQUEST.json
ANSWER.json``.
"""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path

from ortools.sat.python import cp_model

SATURDAY = 5


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(solve(request)), encoding="utf-8")


def solve(request: dict) -> dict:
    began = time.monotonic()
    problem = request["problem"]
    model = cp_model.CpModel()
    work = {
        handler["name"]: [
            {shift["name"]: model.new_bool_var("") for shift in problem["shifts"]} | {None: model.new_bool_var("")}
            for _ in range(problem["n_days"])
        ]
        for handler in problem["handlers"]
    }
    for handler in problem["handlers"]:
        add_handler(model, problem, handler, work[handler["name"]])
    model.minimize(sum(request_terms(problem, work)) + sum(cover_terms(model, problem, work)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = request["seconds"]
    solver.parameters.num_workers = request["workers"]
    solver.parameters.random_seed = request["seed"]
    status = solver.solve(model)
    days = None
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        days = [
            [next(name for name, is_worked in day.items() if solver.boolean_value(is_worked)) for day in row]
            for row in work.values()
        ]
    return {
        "status": solver.status_name(status),
        "days": days,
        "says": solver.objective_value if days else None,
        "bound": solver.best_objective_bound,
        "seconds": time.monotonic() - began,
    }


def add_handler(model: cp_model.CpModel, problem: dict, handler: dict, row: list) -> None:
    """Hard rules of one handler, ``row`` a dictionary of Booleans for each day."""
    rests = [day[None] for day in row]
    duties = [~rest for rest in rests]
    for day in row:
        model.add_exactly_one(day.values())
    for day in handler["rest_days"]:
        model.add(rests[day] == 1)
    for before, after in pairwise(row):
        for shift in problem["shifts"]:
            for name in shift["not_followed_by"]:
                model.add_bool_or(~before[shift["name"]], ~after[name])
    for name, most in handler["max_shifts"].items():
        model.add(sum(day[name] for day in row) <= most)
    minutes = sum(shift["length_min"] * day[shift["name"]] for day in row for shift in problem["shifts"])
    model.add_linear_constraint(minutes, handler["min_total_min"], handler["max_total_min"])
    add_longest(model, duties, handler["max_run"])
    add_shortest(model, duties, handler["min_run"])
    add_shortest(model, rests, handler["min_rest_run"])
    add_weekends(model, rests, handler["max_weekends"])


def add_longest(model: cp_model.CpModel, days: list, most: int) -> None:
    """No run of more than ``most`` days."""
    for first in range(len(days) - most):
        model.add_bool_or(~day for day in days[first : first + most + 1])


def add_shortest(model: cp_model.CpModel, days: list, least: int) -> None:
    """No run of fewer than ``least`` days but one that touches the period's edge."""
    for length in range(1, least):
        for first in range(1, len(days) - length):
            inside = [~day for day in days[first : first + length]]
            model.add_bool_or(days[first - 1], *inside, days[first + length])


def add_weekends(model: cp_model.CpModel, rests: list, most: int) -> None:
    worked = []
    for saturday in range(SATURDAY, len(rests), 7):
        worked.append(model.new_bool_var(""))
        for rest in rests[saturday : saturday + 2]:
            model.add_implication(~rest, worked[-1])
    model.add(sum(worked) <= most)


def request_terms(problem: dict, work: dict) -> list:
    terms = []
    for wish in problem["requests"]:
        given = work[wish["handler"]][wish["day"]][wish["shift"]]
        terms.append(wish["weight"] * (1 - given) if wish["is_wanted"] else wish["weight"] * given)
    return terms


def cover_terms(model: cp_model.CpModel, problem: dict, work: dict) -> list:
    terms, n_handlers = [], len(problem["handlers"])
    for need in problem["requirement"]:
        count = sum(row[need["day"]][need["shift"]] for row in work.values())
        short = model.new_int_var(0, need["handlers"], "")
        over = model.new_int_var(0, n_handlers, "")
        model.add(count + short - over == need["handlers"])
        terms += [need["under_weight"] * short, need["over_weight"] * over]
    return terms


if __name__ == "__main__":
    main()
