"""Protected learning still due to a person, as the search places it: one session in a duty at most."""

from __future__ import annotations

from dataclasses import dataclass

from rostering.model.frame import Frame
from rostering.people import INTERVAL_MIN, Handler
from rostering.roster import Activity
from rostering.rules import RuleId


@dataclass(frozen=True, slots=True)
class Learning:
    """Sessions of one length [quarter-hours], and what is left over in a shorter one, which the search leaves out."""

    sessions: int = 0
    length: int = 0
    left_over: int = 0


def learning_due(frame: Frame, handler: Handler) -> Learning:
    """Learning of ``handler`` that the period's frozen duties do not give, in sessions of rule LEARNING."""
    whole = frame.problem.rules[RuleId.LEARNING]["session_min"] // INTERVAL_MIN
    given_min = sum(
        (span.end - span.start).seconds // 60
        for duty in frame.frozen.get(handler.ref, {}).values()
        for span in duty.activities
        if span.activity == Activity.LEARNING
    )
    due = max(handler.learning_min - given_min, 0) // INTERVAL_MIN
    if due < whole:
        return Learning(1, due) if due else Learning()
    return Learning(due // whole, whole, due % whole)
