"""Arguments that make no room are refused by name; what does not fit is refused before it is tried."""

import numpy as np
import pytest

from rostering.staffing import Definitions, QueueAssumptions, seat_rows, simulate
from rostering.staffing.assumptions import CallbackPolicy
from tests.rostering.staffing.simulation.rooms import SURE, alike, counts_of, rows_room

ROOM = rows_room(np.ones((1, 4)), (300.0, 300.0), SURE)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"calls": np.zeros((2, 2, 5), int)}, "calls"),
        ({"calls": np.zeros((0, 2, 4), int)}, "calls"),
        ({"calls": np.full((2, 2, 4), -1)}, "replication 0, 999, interval 0"),
        ({"calls": np.full((2, 2, 4), np.nan)}, "got nan"),
        ({"calls": np.full((2, 2, 4), "1")}, "whole numbers"),
        ({"calls": counts_of(2, 4, q1_i3=1_000_001)}, "101, interval 3"),
        ({"threads": 0}, "threads"),
        ({"seed": -1}, "seed"),
        ({"first_replication": -1}, "first_replication"),
        ({"days": [7, 7, 7]}, r"days must be \(4,\)"),
        ({"days": [7, 7, 8, 7]}, "never fall"),
        ({"days": [1.0, 1.0, 1.0, 1.5]}, "days must be"),
    ],
)
def test_bad_arguments_are_named(change, named):
    with pytest.raises(ValueError, match=named):
        simulate(**{"room": ROOM, "calls": counts_of(2, 4, q0_i0=1), "seed": 1, **change})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"rows": [[0, 1, 5, 0]]}, "codes"),
        ({"rows": [[1, 1]], "reserve": np.array([0, -1])}, "reserve"),
        ({"rows": [[1, 1]], "handlers": np.array([0, 1])}, "handlers"),
        ({"rows": [[1, 1]], "aht_s": (0.0, 60.0)}, "aht_s"),
        ({"rows": [[1, 2]], "interchangeable": True}, "interchangeable"),
    ],
)
def test_rooms_that_cannot_be_are_named(values, named):
    with pytest.raises(ValueError, match=named):
        rows_room(**{"aht_s": (60.0, 60.0), "assumptions": SURE, **values})


def test_more_than_memory_names_what_is_possible():
    room = rows_room(np.ones((1, 672)), (300.0, 300.0), SURE)
    calls = np.broadcast_to(np.zeros((1, 2, 672)), (50_000, 2, 672))
    with pytest.raises(ValueError, match=r"at most 1\d,\d{3} are possible"):
        simulate(room, calls, seed=1)
    room = rows_room(np.ones((1, 60)), (300.0, 300.0), SURE)
    with pytest.raises(ValueError, match="10,000,000 at most"):
        simulate(room, np.full((1, 2, 60), 1e6), seed=1)


def test_too_many_attempts_to_call_back():
    room = rows_room(
        np.ones((1, 4)), (300.0, 300.0), alike(QueueAssumptions(60.0), callbacks=CallbackPolicy(attempts=64))
    )
    with pytest.raises(ValueError, match="attempts"):
        simulate(room, counts_of(1, 4), seed=1)


def test_spans_outside_the_room_are_named():
    found = simulate(ROOM, counts_of(1, 4, q0_i0=1), seed=1, definitions=Definitions(threshold_999_s=0.0))
    assert found.measures()["service_level_999"] == 1.0  # an idle handler answers at once
    for first, last in ((2, 2), (0, 5), (-1, 3)):
        with pytest.raises(ValueError, match="first and last"):
            found.measures(first, last)


def test_seat_profiles_change_desks_without_anybody_leaving():
    assert seat_rows([2, 1, 1], [1, 2, 1]).tolist() == [[1, 1, 1], [1, 2, 2], [2, 2, 0]]
    with pytest.raises(ValueError, match="seats_101"):
        seat_rows([2, 1], [1])
