"""Every legal roster of a contract as a path through a layered graph: one layer a day, one node a state.

A state is what the rules still need to know of the days so far: kind of the last day's shift, length of the run,
minutes, weekends, counted shifts. Nodes from which no legal end can be reached are left out, so that each path from the
first node to the last layer is a legal roster and the cheapest roster under any prices is a shortest path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rostering.named.contract import Contract, ShiftGroup

_DAYS_A_WEEK, _SATURDAY, _SUNDAY = 7, 5, 6
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class RosterGraph:
    """Nodes numbered layer by layer.

    layer : (days + 2,), first node of each layer; layer 0 is the single node before the first day
    arc : (nodes + 1,), first incoming arc of each node
    source, label : (arcs,), node that the arc comes from, and 0 for a rest day or 1 + place of the contract's group
    """

    contract: Contract
    layer: NDArray[np.int32]
    arc: NDArray[np.int32]
    source: NDArray[np.int32]
    label: NDArray[np.int8]

    @property
    def n_nodes(self) -> int:
        """Nodes of all layers; 0 where the contract has no legal roster."""
        return int(self.layer[-1])


@dataclass(frozen=True, slots=True, eq=False)
class _States:
    """Columns of the states of one day, (states,) each, and (states, counted shifts).

    kind : of the last day, 0 for a rest day
    run : duties or rest days in a row, no further than the rules look
    is_early : the run of duties began before the period did, so it is never too short
    """

    kind: Places
    run: Places
    is_early: Mask
    length: Places
    weekends: Places
    counts: Places

    def keys(self, contract: Contract) -> Places:
        """One number a state."""
        key = self.kind * (contract.max_run + contract.min_rest_run + 1) + self.run
        key = (key * 2 + self.is_early) * (contract.most + 1) + self.length
        key = key * (contract.max_weekends + 1) + self.weekends
        for place, most in enumerate(contract.counts):
            key = key * (most + 1) + self.counts[:, place]
        return key

    def at(self, places: Places | Mask) -> _States:
        """The states at ``places``."""
        return _States(
            self.kind[places],
            self.run[places],
            self.is_early[places],
            self.length[places],
            self.weekends[places],
            self.counts[places],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """Arcs into one day's states, sorted by target; places within the two layers."""

    n_states: int
    source: Places
    target: Places
    label: Places


def build_graph(contract: Contract, max_nodes: int = 2_000_000) -> RosterGraph | None:
    """The contract's graph, or None where a day alone has more than ``max_nodes`` states over the days."""
    start = np.zeros(1, dtype=np.int64)
    states = _States(
        start, start + contract.min_rest_run, start > 0, start, start, np.zeros((1, len(contract.counts)), np.int64)
    )
    layers, n_nodes = [], 1
    for day in range(contract.n_days):
        layer, states = _next_layer(contract, states, day)
        layers.append(layer)
        n_nodes += layer.n_states
        if n_nodes > max_nodes:
            return None
    return _packed(contract, layers, states.length >= contract.least)


def _next_layer(contract: Contract, states: _States, day: int) -> tuple[_Layer, _States]:
    parts = list(_steps(contract, states, day))
    reached = _States(*(np.concatenate([getattr(after, name) for _, _, after in parts]) for name in _States.__slots__))
    reached = _merged(contract, reached, day)
    _, first, target = np.unique(reached.keys(contract), return_index=True, return_inverse=True)
    order = np.argsort(target, kind="stable")
    source = np.concatenate([places for _, places, _ in parts])
    label = np.concatenate([np.full(places.size, label) for label, places, _ in parts])
    return _Layer(first.size, source[order], target[order], label[order]), reached.at(first)


def _merged(contract: Contract, states: _States, day: int) -> _States:
    """States that no rule will tell apart any more, made equal.

    A weekend or shift counted so rarely that the rest of the period cannot break its limit is as good as one counted
    as often as is still safe.
    """
    later = range(day + 1, contract.n_days)
    weekends_left = len({other // _DAYS_A_WEEK for other in later if other % _DAYS_A_WEEK >= _SATURDAY})
    counts = states.counts.copy()
    for group in contract.groups:
        if group.counter is not None:
            left = np.minimum((contract.most - states.length) // group.length, len(later))
            counts[:, group.counter] = np.maximum(counts[:, group.counter], contract.counts[group.counter] - left)
    return replace(states, counts=counts, weekends=np.maximum(states.weekends, contract.max_weekends - weekends_left))


def _steps(contract: Contract, states: _States, day: int) -> Iterator[tuple[int, Places, _States]]:
    """For each label the states that may take it on ``day``, and what they become."""
    legal = np.flatnonzero(may_rest(contract, states))
    yield 0, legal, _after_rest(contract, states.at(legal))
    if day in contract.rest_days:
        return
    for place, group in enumerate(contract.groups):
        after = _after_duty(contract, states, group, day)
        legal = np.flatnonzero(may_work(contract, states, group) & is_within_totals(contract, after))
        yield place + 1, legal, after.at(legal)


def may_rest(contract: Contract, states: _States) -> Mask:
    """A run of duties must not end too short, unless it may have begun before the period."""
    return np.asarray((states.kind == 0) | states.is_early | (states.run >= contract.min_run))


def may_work(contract: Contract, states: _States, group: ShiftGroup) -> Mask:
    """A run of rest days must not end too short, one of duties not grow too long, a shift not follow a barring one."""
    is_run_legal = np.where(states.kind == 0, states.run >= contract.min_rest_run, states.run < contract.max_run)
    is_barred = np.array([row[group.kind] for row in contract.is_barred])
    return np.asarray(is_run_legal & ~is_barred[states.kind])


def is_within_totals(contract: Contract, states: _States) -> Mask:
    """Minutes, weekends and counted shifts must not exceed their limits."""
    is_counted_legal = (states.counts <= np.array(contract.counts, dtype=np.int64)).all(axis=1)
    return np.asarray((states.length <= contract.most) & (states.weekends <= contract.max_weekends) & is_counted_legal)


def _after_rest(contract: Contract, states: _States) -> _States:
    run = np.where(states.kind == 0, np.minimum(states.run + 1, contract.min_rest_run), 1)
    return replace(states, kind=np.zeros_like(run), run=run, is_early=np.zeros(run.size, dtype=bool))


def _after_duty(contract: Contract, states: _States, group: ShiftGroup, day: int) -> _States:
    was_duty = states.kind > 0
    run = np.where(was_duty, states.run + 1, 1)
    is_early = (states.is_early | (day == 0)) & (run < contract.min_run)
    weekday = day % _DAYS_A_WEEK
    # A weekend counts once, on the first of its days with a duty.
    is_new_weekend = (weekday == _SATURDAY) | ((weekday == _SUNDAY) & (~was_duty | (day == 0)))
    counts = states.counts.copy()
    if group.counter is not None:
        counts[:, group.counter] += 1
    return _States(
        np.full_like(run, group.kind),
        run,
        is_early,
        states.length + group.length,
        states.weekends + is_new_weekend,
        counts,
    )


def _packed(contract: Contract, layers: list[_Layer], is_end: Mask) -> RosterGraph:
    """Layers without the nodes that reach no end, as one graph."""
    alive = [is_end]
    before_sizes = [1, *(layer.n_states for layer in layers[:-1])]
    for layer, n_states in zip(reversed(layers), reversed(before_sizes), strict=True):
        before = np.zeros(n_states, dtype=bool)
        before[layer.source[alive[-1][layer.target]]] = True
        alive.append(before)
    alive.reverse()
    sizes = np.array([int(mask.sum()) for mask in alive])
    first = np.concatenate([[0], np.cumsum(sizes)])
    number = [np.cumsum(mask) - 1 + offset for mask, offset in zip(alive, first, strict=False)]
    sources, labels, degrees = [], [], [np.zeros(sizes[0], dtype=np.int64)]
    for day, layer in enumerate(layers):
        kept = alive[day + 1][layer.target] & alive[day][layer.source]
        sources.append(number[day][layer.source[kept]])
        labels.append(layer.label[kept])
        degrees.append(np.bincount(number[day + 1][layer.target[kept]] - first[day + 1], minlength=sizes[day + 1]))
    return RosterGraph(
        contract,
        first.astype(np.int32),
        np.concatenate([[0], np.cumsum(np.concatenate(degrees))]).astype(np.int32),
        np.concatenate(sources).astype(np.int32),
        np.concatenate(labels).astype(np.int8),
    )
