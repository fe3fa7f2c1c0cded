"""CP-SAT variables: one Boolean per way to work a duty, one per place of each break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ortools.sat.python import cp_model

from rostering.model.options import PersonOptions
from rostering.model.slots import DutyOptions, Option
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
    """A slot: Booleans of its options; of meal, break before, break after and learning by (start, length).

    In quarter-hours.
    """

    slot: DutyOptions
    options: tuple[Option, ...]
    works: tuple[cp_model.IntVar, ...]
    breaks: tuple[dict[tuple[int, int], cp_model.IntVar], ...]

    @property
    def worked(self) -> Expr:
        """1 if a duty is worked."""
        return 1 if self.slot.must else sum(self.works)

    @property
    def night(self) -> Expr:
        """1 if a night duty is worked."""
        return sum(x for option, x in zip(self.options, self.works, strict=True) if option.night)

    def having(self, test: Callable[[Option], bool]) -> list[cp_model.IntVar]:
        """Booleans of the options that pass a test."""
        return [x for option, x in zip(self.options, self.works, strict=True) if test(option)]


@dataclass(frozen=True)
class PersonVars:
    """A person's slots in order."""

    person: PersonOptions
    duties: tuple[DutyVars, ...]


def add_person(
    model: cp_model.CpModel,
    person: PersonOptions,
    chosen: Sequence[Option | None] | None = None,
    learning: Sequence[int] | None = None,
) -> PersonVars:
    """Variables of a person's plan.

    chosen : an option a slot or None for no duty: only the breaks are free; learning : its start in each slot, -1: none
    """
    duties = []
    for place, slot in enumerate(person.duties):
        options = tuple(slot.options) if chosen is None else tuple(o for o in (chosen[place],) if o is not None)
        works = tuple(model.new_bool_var("") for _ in options)
        if slot.must or (chosen is not None and works):
            model.add_exactly_one(works)
        else:
            model.add_at_most_one(works)
        breaks: tuple[dict[tuple[int, int], cp_model.IntVar], ...] = ({}, {}, {}, {})
        for option in options:
            for kind, window in enumerate(option.windows):
                for start in window.starts:
                    if (start, window.length) not in breaks[kind]:
                        breaks[kind][start, window.length] = model.new_bool_var("")
        length = person.learning.length
        at = {s for option in options for s in learning_starts(slot, option, length)} if length else set()
        for start in sorted(at if learning is None else at & {learning[place]}):
            breaks[3][start, length] = model.new_bool_var("")
        duties.append(DutyVars(slot, options, works, breaks))
    return PersonVars(person, tuple(duties))


def learning_starts(slot: DutyOptions, option: Option, length: int) -> list[int]:
    """Where a session of learning may start in an option of a slot [quarter-hours]."""
    if slot.skill_class is None or slot.frozen:
        return []
    starts = range(option.start + option.briefing, option.end - length + 1)
    return [start for start in starts if slot.training.isdisjoint(range(start, start + length))]
