"""The checker: every rule one unit either side of its limit, what it must still allow, and the cost."""

import pytest

from rostering.named.check import check
from rostering.named.problem import NamedProblem, NamedRoster, ShiftRequest, ShiftRequirement
from tests.rostering.named.tiny import EARLY, LATE, broken, handler, line


@pytest.mark.parametrize(
    ("limits", "legal", "illegal"),
    [
        ({"rest_days": frozenset({1})}, "E-E", "-E-"),
        ({}, "EL-E", "ELE-"),
        ({"max_shifts": {"L": 2}}, "LL-EE", "LL-L-"),
        ({"max_shifts": {"L": 0}}, "EEE", "EEL"),
        ({"max_total_min": 1079}, "EE-", "EL-"),
        ({"max_total_min": 1080}, "EL-", "LL-"),
        ({"min_total_min": 1080}, "EL-", "EE-"),
        ({"max_run": 3}, "EEE-EEE", "EEEE-EE"),
        ({"min_run": 3}, "--EEE--", "--EE---"),
        ({"min_run": 3}, "EE---EE", "EE-EE-E"),
        ({"min_rest_run": 2}, "E--E-", "E-EE-"),
        ({"min_rest_run": 2}, "-EE--E-", "-EE-EE-"),
        ({"max_weekends": 1}, "-----EE-------", "------E-----E-"),
        ({"max_weekends": 0}, "EEEEE--", "EEEE--E"),
    ],
)
def test_each_rule_at_its_limit(limits, legal, illegal):
    assert broken(legal, **limits) == ()
    assert len(broken(illegal, **limits)) == 1


def test_cost_of_requests_and_cover():
    requests = (
        ShiftRequest("A", 0, "E", 2, True),  # met
        ShiftRequest("A", 1, "E", 3, True),  # another shift
        ShiftRequest("A", 2, "L", 5, True),  # a rest day
        ShiftRequest("B", 0, "E", 7, False),  # given
        ShiftRequest("B", 1, "E", 11, False),  # another shift
    )
    need = (ShiftRequirement(0, "E", 1, 100, 13), ShiftRequirement(1, "L", 4, 17, 9), ShiftRequirement(2, "E", 0, 1, 1))
    problem = NamedProblem(3, (EARLY, LATE), (handler("A"), handler("B")), requests, need)
    report = check(problem, NamedRoster((line("EL-"), line("EL-"))))
    assert report.violations == ()
    assert report.request_cost == 3 + 5 + 7
    assert report.cover_cost == 13 + 2 * 17


def test_a_roster_of_another_shape_is_refused():
    problem = NamedProblem(2, (EARLY,), (handler("A"),))
    assert "roster of 2 handlers, expected 1" in check(problem, NamedRoster((line("EE"), line("EE")))).violations
    assert "handler A: 3 days, expected 2" in check(problem, NamedRoster((line("EEE"),))).violations
    assert "handler A: shift 'X' is not one of the problem's" in check(problem, NamedRoster((line("EX"),))).violations
