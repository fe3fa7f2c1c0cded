"""CP-SAT variables: one Boolean per way to work a duty, one per place of each break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ortools.sat.python import cp_model

from rostering.model.options import PersonOptions
from rostering.model.rest import Option
from rostering.roster import TierName
from rostering.rules import RuleId

Expr: TypeAlias = cp_model.LinearExpr | int


@dataclass(frozen=True)
class Penalty:
    """A term of the objective: its tier, the rule and subject that it belongs to, whole-number weight."""

    tier: TierName
    rule: RuleId
    subject: str
    weight: int
    term: Expr


@dataclass(frozen=True)
class DutyVars:
    """A duty: Booleans of its options; per kind of break, Booleans by (start, length) [quarter-hours]."""

    options: tuple[Option, ...]
    works: tuple[cp_model.IntVar, ...]
    breaks: tuple[dict[tuple[int, int], cp_model.IntVar], ...]


@dataclass(frozen=True)
class PersonVars:
    """A person's duties in order."""

    person: PersonOptions
    duties: tuple[DutyVars, ...]


def add_person(model: cp_model.CpModel, person: PersonOptions, chosen: Sequence[Option] | None = None) -> PersonVars:
    """Variables of a person's week; with ``chosen``, one option a duty: only the breaks are free."""
    duties = []
    for place, duty in enumerate(person.duties):
        options = duty.options if chosen is None else (chosen[place],)
        works = tuple(model.new_bool_var("") for _ in options)
        model.add_exactly_one(works)
        breaks: tuple[dict[tuple[int, int], cp_model.IntVar], ...] = ({}, {}, {})
        for option in options:
            for kind, window in enumerate(option.windows):
                for start in window.starts:
                    breaks[kind].setdefault((start, window.length), model.new_bool_var(""))
        duties.append(DutyVars(options, works, breaks))
    return PersonVars(person, tuple(duties))
