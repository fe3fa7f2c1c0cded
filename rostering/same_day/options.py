"""Ranked options for heads that are missing today: single changes, small combinations of them, and doing nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rostering.coverage import cost_of_heads
from rostering.findings import Violation
from rostering.same_day.call_out import call_outs, turn_key
from rostering.same_day.extend import extensions
from rostering.same_day.inside import inside_moves
from rostering.same_day.move import Judge, Move, MoveKind, heads_of
from rostering.same_day.scene import Ints, Scene, Worth, worth_of

MOST_TOGETHER = 3  # changes of one option
_ENOUGH = 0.85  # share of what was lost that an option is to win back, as of a repair
_WORTH_MORE = 0.05  # of what was lost, that a combination wins back beyond the best of its parts
_INSIDE, _EXTENDED, _CALLED, _LENT = 8, 10, 6, 4  # changes of a kind that are put to the rules
_SINGLES = {MoveKind.BREAK: 3, MoveKind.SESSION: 2, MoveKind.DESK: 1, MoveKind.EXTEND: 3, MoveKind.CALL_OUT: 2}
_COMBINED, _POOL = 5, 14  # combinations that are shown, and changes that they are made of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change, and the same change by others, in the order in which they are to be asked, itself first."""

    value: int
    move: Move
    others: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """What a supervisor may choose.

    candidates : the changes; none: the gap is accepted
    cost_before, cost : service tier of calls as it is, and with the changes
    recovered : share of what is lost that is won back, 0..1; None: nothing is lost
    broken : the rules that it needs a reason to set aside
    """

    candidates: tuple[Candidate, ...]
    cost_before: int
    cost: int
    recovered: float | None
    broken: tuple[Violation, ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        """The changes."""
        return tuple(candidate.move for candidate in self.candidates)

    @property
    def people_disturbed(self) -> int:
        """People whose day changes."""
        return len({move.handler for move in self.moves} - {None})

    @property
    def paid_min(self) -> int:
        """Minutes that are paid beyond what is paid anyway."""
        return sum(move.paid_min for move in self.moves)


def options(scene: Scene, without: int) -> tuple[Option, ...]:
    """Options for the gap, best first, ``accept`` among them.

    An option that keeps every rule comes before one that needs a reason; then those that win back 85% of what was
    lost, by kinds that disturb less, fewer people, less pay; then the others by what they win back.

    Parameters
    ----------
    scene : the roster, whoever is away taken out
    without : service tier of calls where nothing was missing: what is lost is told against it
    """
    worth, judge = worth_of(scene.problem, scene.duties), Judge(scene)
    cost = int(worth.cost.sum())
    lost = max(cost - without, 0)
    candidates = _candidates(scene, worth, judge)
    made = [_option(scene, worth, judge, some, lost) for some in _chosen(scene, worth, candidates, lost)]
    accept = Option((), cost, cost, 0.0 if lost else None, ())
    return tuple(sorted([accept, *made], key=_rank))


def _rank(option: Option) -> tuple[bool, bool, tuple[int, ...], int, int, int]:
    enough = option.recovered is None or option.recovered >= _ENOUGH
    kinds = tuple(sorted((_ORDER[move.kind] for move in option.moves), reverse=True))
    if enough:
        return bool(option.broken), False, kinds, option.people_disturbed, option.paid_min, option.cost
    return bool(option.broken), True, (), option.cost, option.people_disturbed, option.paid_min


_ORDER = {kind: place for place, kind in enumerate(MoveKind)}


def _candidates(scene: Scene, worth: Worth, judge: Judge) -> list[Candidate]:
    """Single changes, best first of each kind; the same time by several people is one, in order of their turns."""
    found = [Candidate(value, move) for value, move in inside_moves(scene, worth, judge, _INSIDE)]
    found += [Candidate(value, move) for value, move in _desks(scene, worth)[:_LENT]]
    longer = extensions(scene, worth, judge, _EXTENDED)
    found += _in_turn(scene, longer, judge)
    found += _in_turn(scene, call_outs(scene, worth, judge, _CALLED), judge)
    return found


def _in_turn(scene: Scene, found: Sequence[tuple[int, Move]], judge: Judge) -> list[Candidate]:
    """One candidate for each time and desk: whoever needs no reason and whose turn it is first, then the others."""
    groups: dict[tuple[object, ...], list[tuple[int, Move]]] = {}
    for value, move in found:
        groups.setdefault((move.start, move.end, move.row), []).append((value, move))

    def key(one: tuple[int, Move]) -> tuple[bool, tuple[bool, int, int, int, str]]:
        return bool(judge.broken([one[1]])), turn_key(scene.turns, one[1].subject, one[1].is_agreed)

    made = []
    for some in groups.values():
        first, *others = sorted(some, key=key)
        made.append(Candidate(first[0], first[1], tuple(move for _, move in others)))
    return sorted(made, key=lambda one: (-one.value, one.move.subject))


def _desks(scene: Scene, worth: Worth) -> list[tuple[int, Move]]:
    """People of interruptible desks who answer 999 for the whole of what is missing, while the desk has somebody."""
    found = []
    for lender in scene.lenders:
        heads = np.array(lender.heads, dtype=np.int64)
        there = heads[scene.gap] > 0
        value = int((worth.gain[0, scene.gap] * there).sum())
        if value > 0 and there.all():
            found.append((value, Move(MoveKind.DESK, lender.name, None, None, scene.start, scene.end, 0)))
    return sorted(found, key=lambda one: (-one[0], one[1].subject))


def _chosen(scene: Scene, worth: Worth, candidates: Sequence[Candidate], lost: int) -> Iterator[tuple[Candidate, ...]]:
    """Changes that are shown alone, and those combinations of them that win back more than each part."""
    for kind, most in _SINGLES.items():
        for candidate in [one for one in candidates if one.move.kind is kind][:most]:
            yield (candidate,)
    pool = sorted(candidates, key=lambda one: -one.value)[:_POOL]
    heads = [heads_of(scene.problem, one.move) for one in pool]
    saved: dict[tuple[int, ...], int] = {}
    for size in range(1, MOST_TOGETHER + 1):
        for some in combinations(range(len(pool)), size):
            if len({pool[n].move.subject for n in some}) == size:
                saved[some] = _saved(scene, worth, sum((heads[n] for n in some[1:]), heads[some[0]]))
    better = [
        some
        for some, value in saved.items()
        if len(some) > 1
        and value >= _WORTH_MORE * lost + max(saved[part] for part in combinations(some, len(some) - 1))
    ]
    better.sort(key=lambda some: _rank_of_combination(pool, some, saved[some], lost))
    for some in better[:_COMBINED]:
        yield tuple(pool[n] for n in some)


def _rank_of_combination(
    pool: Sequence[Candidate], some: tuple[int, ...], saved: int, lost: int
) -> tuple[bool, tuple[int, ...], int]:
    enough = saved >= _ENOUGH * lost
    kinds = tuple(sorted((_ORDER[pool[n].move.kind] for n in some), reverse=True))
    return (False, kinds, -saved) if enough else (True, (), -saved)


def _saved(scene: Scene, worth: Worth, heads: Ints) -> int:
    """What heads more and fewer, (2, n), save in the service tier of calls."""
    return int((worth.cost - cost_of_heads(scene.problem, worth.on_calls + heads)).sum())


def _option(scene: Scene, worth: Worth, judge: Judge, some: tuple[Candidate, ...], lost: int) -> Option:
    moves = [candidate.move for candidate in some]
    before = int(worth.cost.sum())
    heads = [heads_of(scene.problem, move) for move in moves]
    saved = _saved(scene, worth, sum(heads[1:], heads[0]))
    recovered = min(max(saved / lost, 0.0), 1.0) if lost else None
    return Option(some, before, before - saved, recovered, judge.broken(moves))
