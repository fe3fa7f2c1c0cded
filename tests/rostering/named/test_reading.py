"""The text format: what it means, and errors that name the line."""

import re

import pytest

from rostering.errors import ProblemError
from rostering.named.problem import NamedRoster, ShiftRequest, ShiftRequirement
from rostering.named.reading import parse, to_csv

TEXT = """# a comment
SECTION_HORIZON
3

SECTION_SHIFTS
E,480,
L,600,E

SECTION_STAFF
A,E=3|L=1,1080,480,2,1,1,1
B,E=3|L=0,960,0,2,1,1,1

SECTION_DAYS_OFF
A,0,2

SECTION_SHIFT_ON_REQUESTS
A,1,L,2

SECTION_SHIFT_OFF_REQUESTS
B,0,E,3

SECTION_COVER
0,E,1,100,1
"""


def test_what_the_sections_mean():
    problem = parse(TEXT)
    assert problem.n_days == 3
    assert [(shift.name, shift.length_min, shift.not_followed_by) for shift in problem.shifts] == [
        ("E", 480, frozenset()),
        ("L", 600, frozenset({"E"})),
    ]
    first, second = problem.handlers
    assert (first.min_total_min, first.max_total_min, first.max_shifts) == (480, 1080, {"E": 3, "L": 1})
    assert (first.max_run, first.min_run, first.min_rest_run, first.max_weekends) == (2, 1, 1, 1)
    assert (first.rest_days, second.rest_days) == (frozenset({0, 2}), frozenset())
    assert problem.requests == (ShiftRequest("A", 1, "L", 2, True), ShiftRequest("B", 0, "E", 3, False))
    assert problem.requirement == (ShiftRequirement(0, "E", 1, 100, 1),)


def test_a_roster_is_one_row_a_duty():
    roster = NamedRoster(((None, "L", None), ("E", "E", None)))
    assert to_csv(parse(TEXT), roster) == "employee,day,shift\nA,1,L\nB,0,E\nB,1,E\n"


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("A,E=3|L=1,1080,", "A,E=3|L=1,,", "line 10: limit is '', expected a whole number"),
        ("A,1,L,2", "A,1,L", "line 17 has 3 fields, expected 4"),
        ("0,E,1,100,1", "3,E,1,100,1", "requirement of shift E: day is 3, expected 0 to 2"),
        ("L,600,E", "L,600,N", "names 'N', expected one of E, L"),
        ("B,E=3", "A,E=3", "handler 'A' is given twice"),
        ("A,0,2", "C,0,2", "days off of 'C'"),
        ("SECTION_COVER", "SECTION_COVERS", "line 22 is 'SECTION_COVERS', expected one of"),
        ("\n3\n", "\n", "SECTION_HORIZON has no line"),
        ("A,E=3|L=1,1080,480", "A,E=3|L=1,480,1080", "max_total_min is 480, expected at least 1080"),
    ],
)
def test_errors_name_the_line_or_the_value(good, bad, message):
    assert good in TEXT
    with pytest.raises(ProblemError, match=re.escape(message)):
        parse(TEXT.replace(good, bad))
