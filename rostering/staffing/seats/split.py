"""The skill split: of each interval's seats, the most that can be for 101 alone, and the reserve kept for 999."""

from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.queueing.measures import ABANDON_101, LEVEL_999, PUBLISHED_LEVEL
from rostering.staffing.seats.counted import Service, counted
from rostering.staffing.seats.prediction import Prediction, averaged
from rostering.staffing.seats.seat_search import Goals, Rooms, split_rooms
from rostering.staffing.seats.targets import Clock, SeatRules

HAIR = 1e-6  # of a share: all dual-skilled seats meet what they are themselves predicted to do


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Seats of the two desks, (intervals,) each, and the expected service, fields (intervals,)."""

    seats_999: Ints
    seats_101: Ints
    reserve: Ints
    service: Service


def all_dual_skilled(prediction: Prediction, total: Ints) -> Split:
    """No seat for 101 alone."""
    none = np.zeros_like(total)
    return Split(total, none, none, prediction.expected(np.arange(total.size), total))


def split_seats(prediction: Prediction, rules: SeatRules, total: Ints, slack: Floats) -> Split:
    """The most seats for 101 alone, then the smallest reserve, at ``total`` seats.

    101 seats take 101 calls first, so 101 gains and 999 loses with each seat that moves. An interval's 999 service
    level may fall, and its 101 abandonment rise, by ``slack`` (2, intervals) from what all dual-skilled seats give;
    both are >= 0. Where desks lend, only their own interval's seats count.
    """
    intervals = np.arange(total.size)
    measures, offered = prediction.table.at_nodes(intervals, total, prediction.first_per_s)
    pooled = averaged(
        counted(measures, offered * prediction.demand.interval_s, prediction.definitions, prediction.assumptions),
        prediction.nodes.weights,
    )
    loads = prediction.table.loads(intervals, offered)
    weighted = (measures[:, :-1] * loads.weights[..., :1]).sum(axis=1)
    is_published = prediction.targets.clock is Clock.PUBLISHED
    level = weighted[:, PUBLISHED_LEVEL if is_published else LEVEL_999]
    abandonment = (measures[:, :-1, ABANDON_101] * loads.weights[..., 1]).sum(axis=1)
    answer_s = prediction.targets.mean_answer_999_s
    goals = Goals(
        service_level=np.clip(level - slack[0] - HAIR, 0.0, 1.0),
        abandonment=np.clip(abandonment + slack[1] + HAIR, 0.0, 1.0),
        mean_answer_s=np.full(total.size, np.inf if answer_s is None else answer_s - prediction.definitions.ring_s),
        is_published=is_published,
    )
    availability = prediction.assumptions.availability
    handlers = np.maximum((total * availability + 1e-9).astype(np.int64), 1)
    floor = np.minimum(np.ceil(rules.min_seats_999 * availability - 1e-9).astype(np.int64), handlers)
    rooms = split_rooms(loads, goals, handlers, floor)
    seats_101 = np.minimum((rooms.seats_101 / availability + 1e-9).astype(np.int64), total - rules.min_seats_999)
    seats_101 = np.maximum(seats_101, 0)
    return Split(total - seats_101, seats_101, rooms.reserve, _where_split(rooms, pooled, prediction))


def _where_split(rooms: Rooms, pooled: Service, prediction: Prediction) -> Service:
    """Service with two pools' measures where there are two pools."""
    offered = np.stack([pooled.offered_999, pooled.offered_101], axis=-1)
    split = counted(rooms.measures, offered, prediction.definitions, prediction.assumptions)
    is_split = rooms.seats_101 > 0
    fields = Service.__dataclass_fields__
    return Service(**{name: np.where(is_split, getattr(split, name), getattr(pooled, name)) for name in fields})
