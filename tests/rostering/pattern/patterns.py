"""Patterns, problems and readings that the tests of patterns share."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from rostering.pattern.automaton import Automaton
from rostering.pattern.problem import DAYS, Pattern, PatternProblem, PatternShift, pattern_of_days
from rostering.rules import ENGLAND_WALES_STAFF, RuleSet

EARLY = PatternShift(7 * 60, 540)
DAY = PatternShift(10 * 60, 540)
LATE = PatternShift(15 * 60, 540)
NIGHT = PatternShift(22 * 60, 540)
LETTERS: Mapping[str, PatternShift | None] = {"E": EARLY, "D": DAY, "L": LATE, "N": NIGHT, "-": None}

SIX_ON_FOUR_OFF = "EELLNN----"
FOUR_ON_FOUR_OFF = "EENN----"
# Five weeks and 21 duties as in the published protocol; the order of the shifts here is made up.
FIVE_WEEKS_VSA = "EEELL-- -DDNNN- --EELL- --DDNNN ---LL--".replace(" ", "")


def pattern(days: str, **others: PatternShift) -> Pattern:
    """The pattern of these letters, repeated to whole weeks; ``others`` are shifts of further letters."""
    letters = {**LETTERS, **others}
    return pattern_of_days([letters[day] for day in days.replace(" ", "")])


def problem(
    n_weeks: int = 5,
    needed: int = 4,
    shifts: tuple[PatternShift, ...] = (EARLY, DAY, LATE, NIGHT),
    rules: RuleSet = ENGLAND_WALES_STAFF,
    **others: object,
) -> PatternProblem:
    """A level need, teams of two, meals paid."""
    values: dict[str, object] = {"team_size": 2, "meals_paid": True, **others}
    return PatternProblem(np.full(672, needed), n_weeks, shifts=shifts, rules=rules, **values)  # type: ignore[arg-type]


def read(automaton: Automaton, shifts: tuple[PatternShift, ...], cycle: Pattern) -> Counter[str] | None:
    """What the automaton counts along the cycle, from a state to which it comes back; None if it takes no such walk."""
    numbers = {None: 0} | {shift: number for number, shift in enumerate(shifts, start=1)}
    labels = [index % DAYS * (len(shifts) + 1) + numbers[day] for index, day in enumerate(cycle.days)]
    moves = [{move.label: move for move in state} for state in automaton.moves]
    for start in (state for state, by_label in enumerate(moves) if labels[0] in by_label):
        state, counted = start, Counter[str]()
        for label in labels:
            if label not in moves[state]:
                break
            counted.update(moves[state][label].marks)
            state = moves[state][label].to
        else:
            if state == start:
                return counted
    return None
