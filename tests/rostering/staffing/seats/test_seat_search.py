"""The searches over all intervals against the rooms on either side of what they find."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rostering.staffing import two_class_performance
from rostering.staffing.queueing.measures import ABANDON_101, LEVEL_999, OCCUPANCY, force_clock
from rostering.staffing.seats.seat_search import Goals, Loads, room_table, smallest_rooms, split_rooms

FACTORS, WEIGHTS = np.array([0.8, 1.0, 1.2]), np.array([0.25, 0.5, 0.25])
PER_H = np.array([[32.0, 52.0], [9.0, 14.0], [60.0, 40.0], [0.0, 30.0], [20.0, 0.0], [0.0, 0.0], [25.0, 35.0]])


def loads(nodes=3):
    factors, weights = (FACTORS, WEIGHTS) if nodes == 3 else (np.ones(1), np.ones(1))
    per_s = PER_H[:, None, :] / 3600 * factors[:, None]
    weights = np.broadcast_to((weights * factors)[None, :, None], per_s.shape)
    return Loads(
        per_s, weights, np.broadcast_to([340.0, 600.0], per_s.shape), np.array([0.0, 1 / 300]), np.zeros(2),
        force_clock(10.0), 900.0,
    )  # fmt: skip


def goals(level=0.9, abandonment=0.1, answer_s=math.inf):
    return Goals(*(np.full(len(PER_H), value) for value in (level, abandonment, answer_s)))


def meets(rooms, level=0.9, abandonment=0.1):
    in_use = PER_H > 0
    return ((rooms.measures[:, LEVEL_999] >= level) | ~in_use[:, 0]) & (
        (rooms.measures[:, ABANDON_101] <= abandonment) | ~in_use[:, 1]
    )


def test_fewest_seats_meet_and_one_fewer_does_not():
    floor = np.full(len(PER_H), 2)
    found = smallest_rooms(loads(), goals(), floor)
    none = np.zeros_like(floor)
    assert meets(found).all()
    assert found.seats[5] == 2
    fewer = room_table(loads(), np.maximum(found.seats - 1, 1), none, none)
    assert (~meets(fewer) | (found.seats == floor)).all()
    again = room_table(loads(), found.seats, none, none)
    np.testing.assert_array_equal(again.measures, found.measures)


def test_rooms_are_those_of_the_model():
    lowest = np.arange(3, 10)
    none = np.zeros_like(lowest)
    single = room_table(loads(1), lowest, none, none).measures
    for per_h, seats, row in zip(PER_H[[0, 1, 2, 6]], lowest[[0, 1, 2, 6]], single[[0, 1, 2, 6]], strict=True):
        if (per_h / 3600 * [340, 600]).sum() < seats:
            alone = two_class_performance(per_h / 3600, (340, 600), (math.inf, 300), int(seats))
            assert row[LEVEL_999] == pytest.approx(alone.service_level[0], abs=5e-4)
            assert row[OCCUPANCY] == pytest.approx(alone.occupancy, abs=2e-4)


def test_the_split_meets_and_a_seat_more_for_101_does_not_at_any_reserve():
    floor = np.full(len(PER_H), 2)
    total = smallest_rooms(loads(), goals(), floor).seats
    found = split_rooms(loads(), goals(), total, floor)
    assert meets(found).all()
    np.testing.assert_array_equal(found.seats, total)
    assert found.seats_101[[0, 2, 6]].min() > 0
    assert found.seats_101[4] == 0  # no 101 calls
    assert (found.seats_999 >= floor).all()
    busy = np.array([0, 1, 2, 6])
    for reserve in range(4):
        further = room_table(loads(), found.seats_999 - 1, found.seats_101 + 1, np.full(len(PER_H), reserve))
        assert not (meets(further) & (found.seats_999 > floor) & (found.seats_999 - 1 > reserve))[busy].any()


def test_longer_answers_and_clocks_count():
    floor = np.full(len(PER_H), 2)
    quick = smallest_rooms(loads(), goals(0.0, 1.0, 1.0), floor)
    slow = smallest_rooms(loads(), goals(0.0, 1.0, 20.0), floor)
    assert (quick.seats >= slow.seats).all()
    assert quick.seats.sum() > slow.seats.sum()
    delayed = replace(loads(), clocks=np.array([[30.0, 2.0], [1.0, 0.0], [0.0, 1.0]]))
    published = smallest_rooms(delayed, Goals(*(np.full(len(PER_H), v) for v in (0.9, 1.0, math.inf)), True), floor)
    force = smallest_rooms(delayed, goals(0.9, 1.0), floor)
    assert published.seats.sum() > force.seats.sum()


def test_targets_that_ask_for_nothing_and_for_too_much():
    floor = np.full(len(PER_H), 2)
    assert smallest_rooms(loads(), goals(0.0, 1.0), floor).seats.tolist() == [2] * len(PER_H)
    never = replace(loads(), clocks=force_clock(-1.0))  # a threshold inside the ring time
    with pytest.raises(ValueError, match=r"interval 0: .* seats do not meet the goals: service level 0.9"):
        smallest_rooms(never, goals(), floor)
    careless = split_rooms(loads(), goals(0.0, 1.0), np.full(len(PER_H), 9), floor)
    assert (careless.seats == 9).all()


def test_great_rooms_are_found():
    per_s = np.array([[[10.0, 15.0]], [[1e-9, 1e-9]]])
    great = Loads(per_s, np.ones_like(per_s), np.broadcast_to([340.0, 600.0], per_s.shape), np.array([0.0, 1 / 300]),
                  np.zeros(2), force_clock(10.0), 900.0)  # fmt: skip
    found = smallest_rooms(great, Goals(np.full(2, 0.9), np.full(2, 0.1), np.full(2, math.inf)), np.full(2, 1))
    assert 0.9 * 12_400 < found.seats[0] < 12_600
    assert found.seats[1] == 1
