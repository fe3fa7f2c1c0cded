"""What a day's changes need and leave owed: notice, time off, compensatory rest."""

from __future__ import annotations

from collections.abc import Sequence

from rostering.check import problem_of
from rostering.notice import Flag, notice_flags, rest_flags
from rostering.same_day.move import Move, applied
from rostering.same_day.scene import Scene


def flags_of(scene: Scene, moves: Sequence[Move]) -> tuple[Flag, ...]:
    """Flags of notice and rest of everybody whose day changes, told now; those that stood before are left out."""
    flags: list[Flag] = []
    for ref in sorted({move.subject for move in moves if move.handler is not None}):
        problem = problem_of(scene.problem, ref)
        duties = [duty for duty in scene.duties if duty.handler == ref]
        changed, after = applied(problem, duties, [move for move in moves if move.handler == ref])
        known = rest_flags(problem, duties)
        flags += notice_flags(changed, duties, after, scene.now)
        flags += [flag for flag in rest_flags(changed, after) if flag not in known]
    return tuple(flags)
