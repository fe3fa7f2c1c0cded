"""Predicted service of each interval by its number of seats, all dual-skilled, at every node of the uncertain load.

The two-class model is evaluated once for each interval, number of handlers and node of the *offered* load. What
callers do who give up depends on the service itself: a node's first attempts become offered calls at the fixed point

    offered = first attempts + repeats(abandonment at the offered load),

found by interpolation between the evaluated nodes, in which abandonment rises smoothly with the load.
"""

from dataclasses import dataclass, field

import numpy as np

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats, Ints
from rostering.staffing.definitions import Definitions
from rostering.staffing.queueing.measures import N_MEASURES, P_ABANDON
from rostering.staffing.seats.attempts import at_first_attempts, lacks_at_paths
from rostering.staffing.seats.counted import Service, clocks_of, counted, lacks
from rostering.staffing.seats.seat_search import Loads, room_table
from rostering.staffing.seats.targets import ServiceTargets
from rostering.staffing.seats.uncertainty import LoadNodes


@dataclass(slots=True, eq=False)
class ServiceTable:
    """Two-class measures, evaluated when first asked for.

    per_s : rates of offered calls at which the room is evaluated, lagged, (2, intervals) [1/s]
    nodes : factors on them
    aht_s : (2, intervals) [s]
    lending : posts that answer 999 when nobody on its desk is idle, (intervals,): further handlers whom 101 calls leave
        alone
    """

    per_s: Floats
    nodes: LoadNodes
    aht_s: Floats
    interval_s: int
    assumptions: RoomAssumptions
    definitions: Definitions
    lending: Ints
    cells: dict[tuple[int, int], Floats] = field(default_factory=dict)  # (nodes, N_MEASURES) by interval, handlers

    def service(self, intervals: Ints, seats: Ints, first_per_s: Floats) -> Service:
        """Expected calls at each node, fields (m, nodes), of m intervals with these seats.

        ``first_per_s`` (2, intervals) are the rates of first attempts, lagged [1/s].
        """
        measures, offered = self.at_nodes(intervals, seats, first_per_s)
        return counted(measures, offered * self.interval_s, self.definitions, self.assumptions)

    def at_nodes(self, intervals: Ints, seats: Ints, first_per_s: Floats) -> tuple[Floats, Floats]:
        """Measures (m, nodes, N_MEASURES) and offered rates (m, nodes, 2) [1/s]."""
        calls = np.moveaxis(self.nodes.calls[:, intervals], 0, -1)  # (m, nodes, 2)
        measures, offered = at_first_attempts(
            self.raw(intervals, seats),
            self.per_s.T[intervals][:, None] * calls,
            first_per_s.T[intervals][:, None] * calls,
            self._aht_s(intervals),
            self.ties,
        )
        return measures, offered

    @property
    def ties(self) -> Floats:
        """Redial of 999, redial of 101, spill, (3,)."""
        emergency, other = self.assumptions.queues
        return np.array([emergency.redial, other.redial, self.assumptions.spill])

    def loads(self, intervals: Ints, offered: Floats) -> Loads:
        """What rooms of these intervals meet at offered rates (m, nodes, 2) [1/s], the chance node left out."""
        used = slice(0, self.nodes.weights.size - 1)
        weights = self.nodes.weights[used, None] * offered[:, used]
        total = weights.sum(axis=1, keepdims=True)
        weights = np.where(total > 0.0, weights / np.maximum(total, 1e-300), self.nodes.weights[used, None])
        return self._loads(offered[:, used], weights, self._aht_s(intervals)[:, used])

    def _loads(self, per_s: Floats, weights: Floats, aht_s: Floats) -> Loads:
        queues = self.assumptions.queues
        return Loads(
            per_s=per_s,
            weights=weights,
            aht_s=aht_s,
            gives_up=np.array([1.0 / queue.patience_s for queue in queues]),
            balking=np.array([queue.balking for queue in queues]),
            clocks=clocks_of(self.definitions),
            interval_s=float(self.interval_s),
        )

    def fill_lacks(
        self, intervals: Ints, seats: Ints, targets: ServiceTargets, first_per_s: Floats, log_load: Floats, lack: Floats
    ) -> None:
        """Lacks of calls into ``lack`` (paths, m, 3) at sampled rates of first attempts, (m, paths, 2) [1/s], and the
        logarithms (m, paths) of their loads [erlangs]."""
        joined = self.per_s.T[intervals][:, None] * np.moveaxis(self.nodes.calls[:, intervals], 0, -1)
        raw = self.raw(intervals, seats)
        one_call = np.ones((*raw.shape[:2], 2))
        service = counted(raw, one_call, self.definitions, self.assumptions)
        each = np.empty((*raw.shape[:2], 5))
        each[..., [0, 1, 4]] = lacks(service, targets, self.definitions)
        each[..., P_ABANDON] = raw[..., P_ABANDON]
        lacks_at_paths(each, joined, self._aht_s(intervals), self.ties, first_per_s, log_load, lack)
        lack *= self.interval_s

    def raw(self, intervals: Ints, seats: Ints) -> Floats:
        """Measures at the nodes of the offered load, (m, nodes, N_MEASURES).

        Of the seats, the share that is available takes calls; between whole numbers of handlers service is
        interpolated.
        """
        available = seats * self.assumptions.availability
        lower = np.maximum(np.floor(available + 1e-9).astype(np.int64), 1)
        part = np.clip(available - lower, 0.0, 1.0)
        raw = self._measures(intervals, lower)
        if (part > 1e-9).any():
            raw = raw + part[:, None, None] * (self._measures(intervals, lower + 1) - raw)
        return raw

    def of_rooms(self, intervals: Ints, offered: Floats, on_999: Ints, on_101: Ints, reserve: Ints) -> Floats:
        """Measures at the nodes, (m, nodes, N_MEASURES), of rooms with seats for 101 alone, (m,) each, at offered rates
        (m, nodes, 2) [1/s]; lending posts help the 999 desk."""
        m, n_nodes, _ = offered.shape
        each = (m * n_nodes, 1, 2)  # a room for each node
        loads = self._loads(offered.reshape(each), np.ones(each), self._aht_s(intervals).reshape(each))
        lent = self.lending[intervals]
        rooms = (np.repeat(seats, n_nodes) for seats in (on_999 + lent, on_101, reserve + lent))
        return room_table(loads, *rooms).measures.reshape(m, n_nodes, N_MEASURES)

    def _aht_s(self, intervals: Ints) -> Floats:
        """Mean handling times at the nodes, (m, nodes, 2) [s]."""
        factor = np.moveaxis((self.nodes.load / self.nodes.calls)[:, intervals], 0, -1)
        aht_s: Floats = self.aht_s.T[intervals][:, None] * factor
        return aht_s

    def _measures(self, intervals: Ints, handlers: Ints) -> Floats:
        """(m, nodes, N_MEASURES), evaluating what is missing."""
        keys = list(zip(intervals.tolist(), handlers.tolist(), strict=True))
        missing = sorted({key for key in keys if key not in self.cells})
        if missing:
            at, d = np.array(missing, dtype=np.int64).T
            n_nodes = self.nodes.weights.size
            per_s = self.per_s.T[at][:, None] * np.moveaxis(self.nodes.calls[:, at], 0, -1)
            each = (len(missing) * n_nodes, 1, 2)  # a room for each node
            loads = self._loads(per_s.reshape(each), np.ones(each), self._aht_s(at).reshape(each))
            lent = np.repeat(self.lending[at], n_nodes)
            found = room_table(loads, np.repeat(d, n_nodes) + lent, np.zeros_like(lent), lent).measures
            self.cells.update(zip(missing, found.reshape(len(missing), n_nodes, N_MEASURES), strict=True))
        return np.array([self.cells[key] for key in keys])
