"""The requirement at the scope of an interval: smallest rooms, limits, definitions, calls that come back."""

import dataclasses
import math
from datetime import datetime

import numpy as np
import pytest

from rostering.staffing import (
    Clock,
    Definitions,
    QueueAssumptions,
    RoomAssumptions,
    SeatRules,
    ServiceTargets,
    requirement,
)
from rostering.staffing.assumptions import Switchboard
from rostering.staffing.definitions import Counting, Denominator, TransferDelay
from rostering.staffing.queueing.erlang import erlang_a, erlang_b
from rostering.staffing.seats.requirement import rostered
from rostering.staffing.seats.seat_search import Loads, room_table
from rostering.staffing.seats.uncertainty import rate_factors
from tests.rostering.staffing.helpers import week
from tests.rostering.staffing.seats.rooms import CALLERS, COME_BACK, START, demand, steady

EVERYTHING = ServiceTargets(service_level=0.0, abandonment=1.0)


def meets(per_h, cv, d, s=0, reserve=0):
    """Whether a room meets 90% and 10% on average over the uncertain rate, from the two-class model itself."""
    factors, weights = rate_factors(np.full((2, 1), cv))
    per_s = (np.array(per_h) / 3600 * factors[:, 0].T)[None]
    loads = Loads(per_s, (weights * factors[:, 0]).T[None], np.broadcast_to([340.0, 600.0], per_s.shape),
                  np.array([1 / 600, 1 / 300]), np.zeros(2), np.array([[10.0], [1.0], [1.0]]), 900.0)  # fmt: skip
    measures = room_table(loads, np.array([d]), np.array([s]), np.array([reserve])).measures[0]
    return bool(measures[6] >= 0.90 and measures[3] <= 0.10)


@pytest.mark.parametrize("per_h", [(32, 52), (8, 14), (3, 50)])
@pytest.mark.parametrize("cv", [0.0, 0.2])
def test_smallest_room_and_its_split(per_h, cv):
    found = steady(per_h, cv, rules=SeatRules())
    d, s, reserve = (int(values[0]) for values in (found.seats_999, found.seats_101, found.reserve))
    assert meets(per_h, cv, d, s, reserve)
    assert not meets(per_h, cv, d + s - 1)
    assert found.service_level_999[0] >= 0.90
    assert found.abandonment_101[0] <= 0.10
    assert steady(per_h, cv).seats[0] == d + s


def test_a_confident_room_is_that_of_a_higher_rate():
    certain, doubtful = steady(cv=0.0), steady(cv=0.3)
    assert doubtful.seats[0] > certain.seats[0]
    assert certain.seats_chance[0] == certain.seats[0]
    by_chance = steady(cv=0.2, targets=ServiceTargets(confidence=0.95, by_chance=True))
    assert by_chance.seats[0] == by_chance.seats_chance[0] > steady(cv=0.2).seats[0]
    median = steady(cv=0.2, targets=ServiceTargets(confidence=0.5))
    assert median.seats_chance[0] <= by_chance.seats[0]


def test_an_uncertain_handling_time_counts_as_an_uncertain_rate_does():
    seats = [steady(cv=cv, aht_cv=np.full((2, 1), other)).seats[0] for cv, other in ((0.2, 0.0), (0.0, 0.2))]
    assert seats[1] > steady(cv=0.0).seats[0]
    # The same spread of the load; busy hours of many calls weigh a little more than those of long calls.
    assert seats[0] - 1 <= seats[1] <= seats[0]


def test_shrinkage_is_applied_once():
    seats_999, seats_101 = np.array([7, 3, 1, 10]), np.array([0, 4, 1, 5])
    on_999, on_101 = rostered(seats_999, seats_101, 0.3)
    assert (on_999 + on_101).tolist() == [10, 10, 3, 22]
    assert on_999.tolist() == [10, 5, 2, 15]
    assert (on_101 >= seats_101).all()
    found = steady(rules=SeatRules(shrinkage=np.array([0.25])))
    assert int((found.rostered_999 + found.rostered_101)[0]) == math.ceil(int(found.seats[0]) / 0.75)


def test_floors_and_limits():
    quiet = steady((0.0, 0.0), rules=SeatRules(min_seats_999=3))
    assert (quiet.seats_999.tolist(), quiet.seats_101.tolist()) == ([3], [0])
    assert quiet.occupancy.tolist() == [0.0]
    assert steady((0.0, 52.0), rules=SeatRules()).seats_999[0] == 2
    assert steady((32.0, 0.0), rules=SeatRules()).seats_101[0] == 0
    assert steady(targets=EVERYTHING).seats[0] == 2
    endless = RoomAssumptions(QueueAssumptions(math.inf), QueueAssumptions(math.inf))
    patient = steady(callers=endless)
    assert patient.seats[0] > 32 * 340 / 3600 + 52 * 600 / 3600
    assert patient.abandonment_101.tolist() == [0.0]
    hasty = steady(cv=0.0, callers=RoomAssumptions(QueueAssumptions(1e-3), QueueAssumptions(1e-3)))
    lost = erlang_b(32 * 340 / 3600 + 52 * 600 / 3600, int(hasty.seats[0]))  # whoever finds no seat is lost
    assert hasty.abandonment_101[0] == pytest.approx(lost, abs=1e-4)
    assert hasty.service_level_999[0] == pytest.approx(1.0 - lost, abs=1e-4)


def test_the_minimum_carries_the_load_and_meets_the_floor():
    found = steady()
    assert found.seats_minimum[0] == math.ceil(32 * 340 / 3600 + 52 * 600 / 3600)
    floored = steady(targets=ServiceTargets(service_level=0.95, floor_service_level=0.80))
    at_80 = steady(targets=ServiceTargets(service_level=0.80, abandonment=1.0))
    assert floored.seats_minimum[0] == max(at_80.seats[0], found.seats_minimum[0])
    assert floored.seats_minimum[0] < floored.seats[0]


@pytest.mark.parametrize(("ring_s", "more"), [(0.0, False), (9.0, True)])
def test_ring_time_is_part_of_the_wait(ring_s, more):
    definitions = Definitions(ring_s=ring_s)
    found = steady(definitions=definitions)
    plain = steady()
    assert (found.mean_answer_s >= ring_s).all()
    if more:
        assert found.service_level_999[0] < steady(definitions=Definitions()).service_level_999[0] or (
            found.seats[0] > plain.seats[0]
        )
    else:
        assert found.seats[0] == plain.seats[0]


def test_the_published_clock_is_what_staffing_cannot_buy_back():
    definitions = Definitions(transfer=TransferDelay(mean_s=4.0, cv=0.5))
    found = steady(definitions=definitions)
    assert found.service_level_999_published[0] < found.service_level_999[0]
    published = steady(definitions=definitions, targets=ServiceTargets(clock=Clock.PUBLISHED))
    assert published.seats[0] >= found.seats[0]
    assert published.service_level_999_published[0] >= 0.90
    with pytest.raises(ValueError, match="do not meet the targets"):
        steady(definitions=Definitions(transfer=TransferDelay(mean_s=12.0)),
               targets=ServiceTargets(clock=Clock.PUBLISHED))  # fmt: skip


def test_definitions_change_what_counts():
    hurried = RoomAssumptions(QueueAssumptions(30.0), QueueAssumptions(60.0))
    offered = steady(callers=hurried)
    answered = steady(callers=hurried, definitions=Definitions(service_level_of=Denominator.ANSWERED))
    assert answered.seats[0] <= offered.seats[0]
    targets = ServiceTargets(service_level=0.0, abandonment=0.05)
    strict = steady(callers=hurried, targets=targets)
    lenient = steady(callers=hurried, targets=targets, definitions=Definitions(short_abandon_s=20.0,
                     short_abandons=Counting.EXCLUDED))  # fmt: skip
    message = steady(callers=hurried, targets=targets, definitions=Definitions(message_s=20.0,
                     message_leavers=Counting.EXCLUDED))  # fmt: skip
    assert lenient.seats[0] < strict.seats[0]
    assert message.seats[0] == lenient.seats[0]


def test_a_mean_answer_time_is_met_by_the_fewest_seats():
    def answer_s(seats_level):
        return steady(targets=ServiceTargets(service_level=seats_level, abandonment=1.0)).mean_answer_s[0, 0]

    found = steady(targets=ServiceTargets(service_level=0.0, abandonment=1.0, mean_answer_999_s=5.0))
    assert found.mean_answer_s[0, 0] <= 5.0
    levels = [answer_s(level) for level in (0.5, 0.8, 0.95)]
    assert levels == sorted(levels, reverse=True)


def test_calls_that_come_back_raise_the_load_they_leave():
    targets = ServiceTargets(service_level=0.0, abandonment=0.10)
    once, again = (steady(targets=targets, callers=callers) for callers in (CALLERS, COME_BACK))
    assert again.first_attempts == pytest.approx(once.first_attempts)
    abandonment = again.abandonment_101[0]
    assert 0.0 < abandonment <= 0.10
    assert again.offered_calls[1, 0] == pytest.approx(13.0 / (1.0 - 0.3 * abandonment), rel=0.004)
    assert again.seats[0] >= once.seats[0]


def test_past_repeats_are_taken_out_first():
    targets = ServiceTargets(service_level=0.0, abandonment=0.10)
    past = np.array([[0.01], [0.30]])
    found = steady(targets=targets, callers=COME_BACK, past_abandonment=past)
    assert found.first_attempts[1, 0] == pytest.approx(13.0 * (1.0 - 0.3 * 0.30))
    assert found.first_attempts[0, 0] == pytest.approx(8.0 * (1.0 - 0.5 * 0.01) - 0.1 * 0.30 * 13.0)
    assert found.offered_calls[1, 0] < 13.0  # better service than in the past: fewer calls


def test_a_desk_that_lends_saves_seats_for_999():
    alone = steady((60.0, 20.0), rules=SeatRules(split=False))
    helped = steady((60.0, 20.0), rules=SeatRules(split=False, lending=np.array([4])))
    assert helped.seats[0] < alone.seats[0]


def test_the_switchboard_meets_its_target_and_passes_the_rest_on():
    callers = dataclasses.replace(CALLERS, switchboard=Switchboard(aht_s=60.0, patience_s=120.0, resolves=0.5))
    found = steady(cv=0.0, callers=callers)
    seats = int(found.switchboard_seats[0])
    lost = [erlang_a(52 / 3600, 60.0, 120.0, n).p_abandon for n in (seats, seats - 1)]
    assert lost[0] <= 0.05 < lost[1]
    assert found.first_attempts[1, 0] == pytest.approx(13.0)
    assert found.offered_calls[1, 0] == pytest.approx(13.0 * (1.0 - lost[0]) * 0.5, rel=0.003)
    assert found.seats[0] < steady(cv=0.0).seats[0]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"per_h": (-1.0, 52.0)}, "mean_calls: 999 in interval 0"),
        ({"per_h": (1.0, math.nan)}, "mean_calls: 101 in interval 0"),
        ({"per_h": (4e9, 5e9)}, "erlangs"),
        ({"cv": -0.1}, "rate_cv"),
        ({"cv": 3.0}, "rate_cv"),
        ({"days": np.array([0, 1])}, "days"),
        ({"rates": np.ones((5, 2, 3))}, "rates must have the shape"),
        ({"rates": np.full((5, 2, 1), np.nan)}, "rates must be finite"),
        ({"past_abandonment": np.full((2, 1), 1.5)}, "past_abandonment"),
        ({"aht_cv": np.full((2, 1), 2.5)}, "aht_cv"),
        ({"definitions": Definitions(threshold_999_s=5.0, ring_s=6.0)}, "ring_s"),
    ],
)
def test_bad_arguments_are_named(change, named):
    with pytest.raises(ValueError, match=named):
        steady(**change)


@pytest.mark.parametrize(
    ("make", "values", "named"),
    [
        (ServiceTargets, {"service_level": 1.0}, "service_level"),
        (ServiceTargets, {"service_level": 90}, "service_level"),
        (ServiceTargets, {"abandonment": 0.0}, "abandonment"),
        (ServiceTargets, {"floor_service_level": 1.0}, "floor_service_level"),
        (ServiceTargets, {"confidence": 1.0}, "confidence"),
        (ServiceTargets, {"mean_answer_999_s": 0.0}, "mean_answer_999_s"),
        (SeatRules, {"min_seats_999": 0}, "min_seats_999"),
        (SeatRules, {"shrinkage": 1.0}, "shrinkage"),
        (SeatRules, {"shrinkage": [0.1, -0.2]}, "shrinkage"),
        (SeatRules, {"lending": [0.5]}, "lending"),
    ],
)
def test_what_no_room_can_be_asked_for(make, values, named):
    with pytest.raises(ValueError, match=named):
        make(**values)


def test_rules_for_another_number_of_intervals_are_refused():
    with pytest.raises(ValueError, match="shrinkage must be one number or"):
        steady(rules=SeatRules(shrinkage=[0.1, 0.2]))


def test_a_requirement_is_checked_and_frozen():
    found = steady()
    with pytest.raises(ValueError, match="time zone"):
        dataclasses.replace(found, start=datetime(2024, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="seats_101"):
        dataclasses.replace(found, seats_101=np.array([1, 2]))
    with pytest.raises(ValueError, match="read-only"):
        found.seats_999[0] = 1
    assert found.start == START


def test_progress_ends_at_one():
    calls, _ = week(days=1)
    seen = []
    requirement(demand(calls[:, :20], 0.0), CALLERS, ServiceTargets(), Definitions(), SeatRules(split=False),
                progress=lambda share, text: seen.append((share, text)))  # fmt: skip
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_words_of_definitions_name_what_was_chosen():
    plain = " ".join(Definitions().words())
    assert "10 s (999)" in plain
    assert "no transfer time" in plain
    chosen = " ".join(
        Definitions(ring_s=3.0, transfer=TransferDelay(4.0), service_level_of=Denominator.ANSWERED,
                    short_abandon_s=5.0, short_abandons=Counting.EXCLUDED).words()
    )  # fmt: skip
    for word in ("answered, that", "3 s of ringing", "4 s on average", "given up within 5 s"):
        assert word in chosen


@pytest.mark.parametrize("split", [True, False])
def test_bad_service_and_its_repeats_agree_and_the_same_service_returns_the_forecast(split):
    callers = RoomAssumptions(QueueAssumptions(600.0), QueueAssumptions(300.0, redial=0.5), spill=0.2)
    asked = ServiceTargets(service_level=0.6, abandonment=0.4)
    rules = SeatRules(split=split)
    found = requirement(demand(np.full((2, 4), [[8.0], [13.0]])), callers, asked, Definitions(), rules)
    gave_up = found.abandonment_101
    assert (gave_up > 0.1).all()
    first, offered = found.first_attempts, found.offered_calls
    assert offered[1] == pytest.approx(first[1] / (1.0 - 0.5 * gave_up), rel=0.003)
    assert offered[0] == pytest.approx(first[0] + 0.2 * gave_up * offered[1], rel=0.003)
    past = np.stack([np.zeros(4), gave_up])
    again = requirement(demand(offered, past_abandonment=past), callers, asked, Definitions(), rules)
    assert again.first_attempts == pytest.approx(first, rel=1e-9)
    assert again.seats.tolist() == found.seats.tolist()
    assert again.offered_calls == pytest.approx(offered, rel=0.02)
