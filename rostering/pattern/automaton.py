"""The smallest machine that tells which daily choice may follow which history."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Move(Generic[State]):
    """One choice for a day: its label (0: rest day, else the shift's number), what it incurs, the state after it."""

    label: int
    marks: tuple[str, ...]
    to: State


@dataclass(frozen=True, slots=True)
class Automaton:
    """States 0..n_states-1 and what may be chosen in each; no state without a choice."""

    n_states: int
    moves: tuple[tuple[Move[int], ...], ...]


def smallest_automaton(starts: Iterable[State], moves_of: Callable[[State], Iterable[Move[State]]]) -> Automaton:
    """Machine of the sequences without beginning or end in what the ``starts`` lead to, with equal states merged.

    Two states are equal if the same sequences with the same marks can follow. States that no choice leaves, or none
    leads to, are removed, as no cycle passes them. ``moves_of`` gives a state's choices, each label at most once.

    References
    ----------
    .. [1] Moore (1956), Gedanken-experiments on sequential machines: the merging.
    """
    moves = _reached(starts, moves_of)
    _remove_dead_ends(moves)
    group = _groups(moves)
    representative = {number: state for state, number in group.items()}
    merged = tuple(
        tuple(Move(move.label, move.marks, group[move.to]) for move in moves[representative[number]])
        for number in range(len(representative))
    )
    return Automaton(len(merged), merged)


def _reached(starts: Iterable[State], moves_of: Callable[[State], Iterable[Move[State]]]) -> dict[int, list[Move[int]]]:
    """Choices of every state that can be reached, by the states' numbers."""
    numbers: dict[State, int] = {}
    moves: dict[int, list[Move[int]]] = {}
    todo: list[State] = []

    def number(state: State) -> int:
        if state not in numbers:
            numbers[state] = len(numbers)
            todo.append(state)
        return numbers[state]

    for start in starts:
        number(start)
    while todo:
        state = todo.pop()
        choices = sorted(moves_of(state), key=lambda move: move.label)
        moves[numbers[state]] = [Move(move.label, move.marks, number(move.to)) for move in choices]
    return moves


def _remove_dead_ends(moves: dict[int, list[Move[int]]]) -> None:
    """Drop states that nothing leaves or enters, and choices that lead to them, until none is left."""
    while True:
        entered = {move.to for choices in moves.values() for move in choices}
        dead = [state for state, choices in moves.items() if not choices or state not in entered]
        if not dead:
            return
        for state in dead:
            del moves[state]
        for state, choices in moves.items():
            if any(move.to not in moves for move in choices):
                moves[state] = [move for move in choices if move.to in moves]


def _groups(moves: dict[int, list[Move[int]]]) -> dict[int, int]:
    """Number of each state's group of equal states: split until no group tells its members apart."""
    group = dict.fromkeys(moves, 0)
    choices = {state: tuple((move.label, move.marks) for move in of_state) for state, of_state in moves.items()}
    n_groups = min(len(moves), 1)
    while True:
        numbers: dict[Hashable, int] = {}
        finer = {}
        for state, of_state in moves.items():
            signature = (group[state], choices[state], tuple([group[move.to] for move in of_state]))
            finer[state] = numbers.setdefault(signature, len(numbers))
        if len(numbers) == n_groups:
            return group
        # What may be chosen is in the groups from the first split on.
        choices = dict.fromkeys(moves, ())
        group, n_groups = finer, len(numbers)
