from dataclasses import replace

import numpy as np
import pytest

from benchmarks.peers import shift_sat
from benchmarks.roster_peer_problems import PeerProblem, control_room, min_hours
from benchmarks.roster_peers import count, made_up, to_roster, verdict
from rostering.errors import ProblemError
from rostering.named.check import check
from rostering.named.problem import NamedProblem, NamedRoster, ShiftRequirement
from tests.rostering.named.tiny import EARLY, LATE, handler, least_cost, random_problem


def random_roster(problem, seed):
    names = [None, *(shift.name for shift in problem.shifts)]
    rng = np.random.default_rng(seed)
    return NamedRoster(
        tuple(tuple(names[place] for place in rng.integers(0, len(names), problem.n_days)) for _ in problem.handlers)
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_written_model_has_the_optimum_of_enumeration(seed):
    problem = random_problem(seed)
    asked = {"seconds": 20.0, "workers": 1, "seed": 1}
    answer = shift_sat.solve(PeerProblem("tiny", problem, ()).request() | asked)
    least = least_cost(problem)
    assert (answer["status"] == "INFEASIBLE") == (least is None)
    if least is not None:
        # The checker accepts what the peer's model calls legal, and counts what it counts.
        assert count(PeerProblem("tiny", problem, ()), to_roster(answer["days"])) == (least, None)
        assert answer["says"] == least


@pytest.mark.parametrize("after", ["anything", "night", "rest"])
def test_any_roster_costs_what_pyworkforce_would_count(after):
    asked = min_hours("twelve", 12, seed=3, after=after)
    told = asked.min_hours
    hours = dict(zip(told["shifts"], told["shifts_hours"], strict=True))
    worth = {one["resource"]: one["weight"] for one in told["resources_prioritization"]}
    liked = {(one["resource"], one["shift"]) for one in told["resources_preferences"]}
    roster = random_roster(asked.named, 5)
    cost = sum(
        hours[shift] - worth[name] * ((name, shift) in liked)
        for name, row in zip(told["resources"], roster.days, strict=True)
        for shift in row
        if shift is not None
    )
    assert check(asked.named, roster).request_cost == cost


def test_what_is_banned_is_banned_for_both():
    asked = min_hours("twelve", 12, seed=3, after="anything")
    told, named = asked.min_hours, replace(asked.named, requests=(), requirement=())
    banned = {(one["resource"], one["day"], one["shift"]) for one in told["banned_shifts"]}
    assert banned
    for who in named.handlers:
        for day in range(told["num_days"]):
            for shift in told["shifts"]:
                row = [shift if place == day else None for place in range(told["num_days"])]
                rows = [row if other is who else [None] * len(row) for other in named.handlers]
                words = " ".join(check(named, to_roster(rows)).violations)
                is_banned = "expected a rest day" in words or "expected at most 0" in words
                assert is_banned == ((who.name, day, shift) in banned)


def test_a_seat_short_is_illegal_where_none_may_be():
    need = ShiftRequirement(0, "E", 2, 1000, 0)
    named = NamedProblem(1, (EARLY, LATE), (handler("A"), handler("B")), (), (need,))
    soft, hard = PeerProblem("tiny", named, ()), PeerProblem("tiny", named, (), is_cover_hard=True)
    assert count(hard, to_roster([["E"], ["E"]])) == (0, None)
    assert count(hard, to_roster([["E"], ["L"]])) == (None, "1 seats short where none may be")
    assert count(soft, to_roster([["E"], ["L"]])) == (1000, None)
    assert count(soft, None) == (None, "no roster")


@pytest.mark.parametrize(
    ("own", "other", "better"),
    [(9, 10, "pacesetter"), (10, 10, "equal"), (11, 10, "peer"), (9, None, "pacesetter"), (None, 10, "peer"),
     (None, None, "equal"), (0, 0, "equal")],
)  # fmt: skip
def test_the_verdict(own, other, better):
    assert verdict(own, other)["better"] == better


def test_the_control_room_is_what_its_seed_says():
    assert control_room("twenty", 20, seed=4) == control_room("twenty", 20, seed=4)
    assert control_room("twenty", 20, seed=4) != control_room("twenty", 20, seed=5)


def test_an_unknown_problem_is_named():
    with pytest.raises(ProblemError, match="made-up problem 'none', expected one of control_room_120"):
        made_up(["none"])
