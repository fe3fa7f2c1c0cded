"""Closed walks: the pieces of a set of steps, and one walk through all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rostering.errors import ProblemError


def pieces(tails: Sequence[int], heads: Sequence[int], times: Sequence[int]) -> list[frozenset[int]]:
    """States of each connected piece of the steps that are taken, the smallest state first.

    Parameters
    ----------
    tails, heads : state that each step leaves and enters, (steps,)
    times : how often each step is taken, (steps,), >= 0
    """
    leader: dict[int, int] = {}

    def find(state: int) -> int:
        leader.setdefault(state, state)
        while leader[state] != state:
            leader[state] = leader[leader[state]]
            state = leader[state]
        return state

    for tail, head, taken in zip(tails, heads, times, strict=True):
        if taken:
            leader[find(tail)] = find(head)
    members = defaultdict(set)
    for state in sorted(leader):
        members[find(state)].add(state)
    return sorted((frozenset(piece) for piece in members.values()), key=min)


def closed_walk(tails: Sequence[int], heads: Sequence[int], times: Sequence[int], start: int) -> list[int]:
    """Indices of the steps of one closed walk from ``start`` that takes each step exactly as often as asked.

    Raises
    ------
    ProblemError : no such walk: a state is entered and left unequally often, or the steps are in several pieces

    References
    ----------
    .. [1] Hierholzer (1873), Ueber die Moeglichkeit, einen Linienzug ohne Wiederholung zu umfahren.
    """
    left = defaultdict(list)
    for step, (tail, taken) in enumerate(zip(tails, times, strict=True)):
        left[tail].extend([step] * taken)
    walk: list[int] = []
    stack: list[tuple[int, int | None]] = [(start, None)]
    while stack:
        state, step_into = stack[-1]
        if left[state]:
            step = left[state].pop()
            stack.append((heads[step], step))
        else:
            stack.pop()
            if step_into is not None:
                walk.append(step_into)
    walk.reverse()
    is_closed = all(heads[a] == tails[b] for a, b in zip(walk, walk[1:] + walk[:1], strict=True))
    if not walk or len(walk) != sum(times) or tails[walk[0]] != start or not is_closed:
        raise ProblemError(f"steps taken {sum(times)} times from state {start}: expected them to form one closed walk")
    return walk
