"""A roster solved anew that keeps to an earlier draft of the same weeks: few of its duties change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty


def kept_to(problem: RosterProblem, duties: Sequence[Duty], most_changed: float) -> tuple[RosterProblem, int]:
    """The period's problem with the earlier roster's duties as what is to be kept, each change priced, and how many
    person-days may differ: a share `most_changed` of the duties, whole ones."""
    known = {handler.ref for handler in problem.handlers}
    kept = tuple(duty for duty in duties if duty.handler in known)
    return replace(problem, mode=Mode.REPAIR, published=kept), int(most_changed * len(kept))
