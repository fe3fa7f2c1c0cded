"""Pieces of steps and walks through them."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from rostering.errors import ProblemError
from rostering.pattern.automaton import Move, smallest_automaton
from rostering.pattern.circulation import Step
from rostering.pattern.euler import closed_walk, pieces
from rostering.pattern.joining import Joiner


@pytest.mark.parametrize("seed", range(20))
def test_a_walk_takes_every_step_as_often_as_a_random_walk_did(seed: int) -> None:
    rng = np.random.default_rng(seed)
    states = [0, *rng.integers(0, 6, size=40).tolist(), 0]
    counted = Counter(pairwise(states))
    tails, heads = [tail for tail, _ in counted], [head for _, head in counted]
    times = list(counted.values())
    assert len(pieces(tails, heads, times)) == 1
    walk = closed_walk(tails, heads, times, start=0)
    assert Counter(walk) == Counter(dict(enumerate(times)))
    assert tails[walk[0]] == 0
    assert all(heads[a] == tails[b] for a, b in zip(walk, walk[1:] + walk[:1], strict=True))


def test_steps_in_two_pieces_are_told_and_not_walked() -> None:
    tails, heads, times = [0, 1, 2, 3], [1, 0, 3, 2], [1, 1, 2, 2]
    assert pieces(tails, heads, times) == [{0, 1}, {2, 3}]
    assert pieces(tails, heads, [1, 1, 0, 0]) == [{0, 1}]
    with pytest.raises(ProblemError, match="one closed walk"):
        closed_walk(tails, heads, times, start=0)


def test_a_state_that_is_entered_once_too_often_has_no_walk() -> None:
    with pytest.raises(ProblemError, match="one closed walk"):
        closed_walk([0, 1], [1, 0], [2, 1], start=0)


def test_equal_states_merge_and_dead_ends_go() -> None:
    moves = {
        "a": [Move(0, (), "b"), Move(1, (), "c")],
        "b": [Move(0, (), "a")],
        "c": [Move(0, (), "a"), Move(1, (), "end")],
        "end": [],
    }
    automaton = smallest_automaton(["a"], moves.__getitem__)
    assert automaton.n_states == 2  # b and c: one choice each that lives, both into a


def test_states_that_differ_in_what_a_choice_incurs_stay_apart() -> None:
    moves = {"a": [Move(0, (), "b"), Move(1, (), "c")], "b": [Move(0, (), "a")], "c": [Move(0, ("early",), "a")]}
    assert smallest_automaton(["a"], moves.__getitem__).n_states == 3


def test_pieces_are_joined_where_the_rules_let_one_go_over_into_the_other() -> None:
    """Two shifts a day by themselves, three times and twice; going over from one to the other costs 1 each way."""
    steps = [Step(0, 1, (), 0, 0), Step(0, 2, ("x",), 0, 1), Step(0, 2, (), 1, 1), Step(0, 1, ("x",), 1, 0)]
    joiner = Joiner(steps, [0, 1, 0, 1], {(step.tail, step.day, step.label): i for i, step in enumerate(steps)})
    whole = joiner.joined([3, 0, 2, 0])
    assert whole is not None
    assert joiner.times(whole) == [2, 1, 1, 1]
    assert all(steps[a].head == steps[b].tail for a, b in zip(whole, whole[1:] + whole[:1], strict=True))


def test_pieces_that_the_rules_keep_apart_are_not_joined() -> None:
    steps = [Step(0, 1, (), 0, 0), Step(0, 2, (), 1, 1)]
    joiner = Joiner(steps, [0, 0], {(0, 0, 1): 0, (1, 0, 2): 1})
    assert joiner.joined([3, 2]) is None
    assert joiner.joined([3, 0]) == [0, 0, 0]
