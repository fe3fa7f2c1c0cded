"""What a handler learns of a swap that a rule forbids, from values alone."""

from __future__ import annotations

import pytest

from app.errors import Conflict
from app.own import swaps

OWN = {"rule": "W1", "handler": "H001", "message": "11 hours of rest are missing"}
THEIRS = {"rule": "W4", "handler": "H002", "message": "H002 would work 13 days in a row"}


def test_what_breaks_no_rule_is_let_through():
    swaps._require_legal({"violations": []}, "H001")
    swaps._require_legal({}, "H001")


@pytest.mark.parametrize(
    ("broken", "words", "errors"),
    [
        ([THEIRS, OWN], "11 hours of rest", [{"where": "rule W1", "value": None, "expected": OWN["message"]}]),
        ([THEIRS], "a rule of your colleague's working time", []),
    ],
)
def test_of_a_colleagues_rules_a_handler_learns_nothing_more(broken, words, errors):
    with pytest.raises(Conflict) as refused:
        swaps._require_legal({"violations": broken}, "H001")
    assert words in refused.value.detail
    assert list(refused.value.errors) == errors
    assert "H002" not in refused.value.detail
