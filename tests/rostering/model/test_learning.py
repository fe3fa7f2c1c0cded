"""Protected learning that a person's duties cannot hold is named before any search."""

from __future__ import annotations

from dataclasses import replace

from rostering.check import check
from rostering.model.explain import conflicts
from rostering.model.options import person_options
from rostering.model.solve import roster
from rostering.people import Consent
from rostering.roster import SolveBudget, SolveStatus
from rostering.rules import RuleId
from tests.rostering.roster_helpers import MONDAY, handler, nominal, problem


def test_learning_without_room_is_a_conflict_and_with_just_enough_is_not() -> None:
    duty = nominal(MONDAY, 9, length_min=480)
    person = handler("H1", [duty], consent=Consent(), learning_min=480)
    whole = problem([person])
    (named,), _ = conflicts(whole, [person_options(whole, person)], 1.0)
    assert named.rules == (RuleId.LEARNING,)
    room = int(named.message.split("leave ")[1].split(" ")[0])
    assert 0 < room < 480
    enough = replace(person, learning_min=room)
    whole = problem([enough])
    assert conflicts(whole, [person_options(whole, enough)], 1.0) == ((), 0)


def test_learning_that_fits_only_in_pieces_ends_without_a_roster_and_says_whose() -> None:
    person = handler("H1", [nominal(MONDAY, 9, length_min=480)], consent=Consent(), learning_min=375)
    whole = problem([person])
    outcome = roster(whole, SolveBudget(seconds=10, workers=1, effort=1))
    assert (outcome.status, outcome.roster) == (SolveStatus.UNKNOWN, None)
    assert "protected learning of H1" in outcome.notes[0]
    some = problem([replace(person, learning_min=360)])
    outcome = roster(some, SolveBudget(seconds=10, workers=1, effort=1))
    assert outcome.roster is not None
    assert not check(some, outcome.roster).violations
