"""What the room has beyond a queue, each alone against a law."""

import math

import numpy as np

from rostering.staffing import Count, QueueAssumptions, RoomAssumptions, Staff, simulate
from rostering.staffing.assumptions import CallbackPolicy, Desk
from tests.rostering.staffing.helpers import assert_mean
from tests.rostering.staffing.simulation.rooms import (
    PATIENT,
    SURE,
    alike,
    counts_of,
    rates,
    rows_room,
    seats_room,
    steady_room,
)

OFF, ON_999, ON_101, LENDING, SWITCHBOARD = Desk


def totals(result, count, queue):
    return result.counts[:, count, queue].sum(axis=1, dtype=float)


def test_busy_handlers_finish_their_call_then_leave():
    room = rows_room([[ON_999, OFF, OFF, OFF, OFF, OFF]], (2000, 2000), SURE)
    found = simulate(room, counts_of(500, 6, q0_i0=1), seed=1)
    assert (totals(found, Count.ANSWERED, 0) == 1).all()
    # The call starts at a uniform time of the interval and keeps the handler past the end of the duty.
    assert_mean(found.staff[:, Staff.OVERRUN_END_S].sum(axis=1), 2000 - 450, detectable=60)
    assert (found.staff[:, Staff.OVERRUN_BREAK_S] == 0).all()
    assert np.allclose(found.staff[:, Staff.BUSY_S].sum(axis=1), 2000.0)
    assert np.allclose(found.staff[:, Staff.BUSY_S, 1], 900.0)
    assert (found.measures()["occupancy"] <= 1.0).all()


def test_who_leaves_while_busy_takes_no_further_call():
    # Two calls of 2000 s; the first taker leaves, so a call of the next interval waits for the second.
    room = rows_room([[ON_999, OFF, OFF, OFF, OFF], [ON_999] * 5], (2000, 2000), SURE)
    found = simulate(room, counts_of(3000, 5, q0_i0=2, q0_i1=1), seed=2)
    waits = found.counts[:, Count.ANSWERED_WAIT_S, 0, 1].astype(float)
    assert_mean(waits, 600 + 2000 - 1350, detectable=30)  # 950 if the first taker took it


def test_a_break_starts_late_and_ends_as_planned():
    rows = [[ON_999, OFF, ON_999, ON_999, ON_999, ON_999]]
    found = simulate(rows_room(rows, (4000, 4000), SURE), counts_of(50, 6, q0_i0=1), seed=1)
    assert np.allclose(found.staff[:, Staff.OVERRUN_BREAK_S].sum(axis=1), 900.0)  # all the break, and nothing more
    assert np.allclose(found.handlers[0, 3:], [900.0, 0.0])
    # A call that comes in a break waits for its end.
    found = simulate(rows_room(rows, (60, 60), SURE), counts_of(50, 6, q0_i1=1), seed=1)
    assert (found.counts[:, Count.ANSWERED_WAIT_S, 0, 1] <= 900).all()
    assert not found.staff[:, Staff.OVERRUN_BREAK_S].any()


def test_desks_and_priority():
    only_101 = simulate(
        rows_room([[ON_101] * 4], (60, 60), alike(QueueAssumptions(300.0))), counts_of(1, 4, q0_i1=30), seed=1
    )
    assert totals(only_101, Count.ABANDONED, 0) == 30
    # A single handler with both queues waiting: 999 is served first.
    both = simulate(
        rows_room([[OFF, OFF, ON_999, ON_999]], (10, 10), SURE), counts_of(1, 4, q0_i1=40, q1_i1=40), seed=1
    )
    assert totals(both, Count.ANSWERED_WAIT_S, 1) - totals(both, Count.ANSWERED_WAIT_S, 0) > 40 * 300
    # A 101 call leaves the 999 desk free while a 101 handler is idle.
    room = rows_room([[ON_999, ON_999], [ON_101, ON_101]], (50, 50), SURE)
    found = simulate(room, counts_of(1, 2, q1_i0=1, q0_i1=1), seed=1)
    assert found.handlers[:, :2].tolist() == [[1, 0], [0, 1]]


def test_the_longest_idle_goes_first():
    found = simulate(rows_room([[ON_999] * 3] * 4, (1, 1), SURE), counts_of(1, 3, q0_i0=8, q0_i2=4), seed=1)
    assert found.handlers[:, 0].tolist() == [3, 3, 3, 3]


def test_a_reserve_keeps_the_999_desk_for_999():
    callers = RoomAssumptions(QueueAssumptions(600.0), QueueAssumptions(300.0))
    levels = []
    for reserve in (0, 1, 3):
        room = steady_room(10, 4, (340, 600), callers, hours=24, reserve=np.full(96, reserve))
        levels.append(simulate(room, rates((32, 52), 96, 60), seed=1).measures())
    service = [level["service_level_999"].mean() for level in levels]
    lost = [level["abandonment_101"].mean() for level in levels]
    assert service == sorted(service)
    assert service[2] > service[0] + 0.02
    assert lost == sorted(lost)
    # One handler and a reserve of one: 101 is never answered at the 999 desk, on arrival or later.
    alone = rows_room([[ON_999] * 4], (60, 60), SURE, reserve=np.ones(4, int))
    assert totals(simulate(alone, counts_of(1, 4, q0_i0=3, q1_i1=3), seed=1), Count.ANSWERED, 1) == 0


def test_an_interruptible_desk_helps_999_and_never_takes_101():
    callers = RoomAssumptions(QueueAssumptions(600.0), QueueAssumptions(300.0))
    calls = rates((40, 20), 96, 40)
    found = {}
    for lending in (0, 2):
        rows = np.vstack([np.full((5, 96), ON_999), np.full((lending, 96), LENDING)])
        found[lending] = simulate(rows_room(rows, (340, 600), callers), calls, seed=1)
    better = found[2].measures()["service_level_999"] - found[0].measures()["service_level_999"]
    assert better.mean() > 4 * better.std(ddof=1) / math.sqrt(better.size) > 0
    assert (found[2].handlers[5:, 1] == 0).all()
    assert (found[2].handlers[5:, 0] > 0).all()
    lent_s = found[2].staff[:, Staff.LENT_S].sum(axis=1).mean()
    assert np.isclose(lent_s, found[2].handlers[5:, 2].sum(), rtol=1e-5)
    assert np.array_equal(found[0].staff[:, Staff.ON_CALLS_S], found[2].staff[:, Staff.ON_CALLS_S])
    # While the 999 desk is idle, it answers.
    room = rows_room([[LENDING] * 2, [ON_999] * 2], (60, 60), SURE)
    assert simulate(room, counts_of(1, 2, q0_i0=1), seed=1).handlers[:, 0].tolist() == [0, 1]


def test_balking_redials_and_spill_have_their_shares():
    n, calls = 300, 60
    callers = RoomAssumptions(
        QueueAssumptions(5.0), QueueAssumptions(5.0, balking=0.2, redial=0.5, redial_delay_s=20.0), spill=0.2
    )
    room = rows_room(np.zeros((1, 8)), (60, 60), callers)  # nobody answers: everybody has to wait
    found = simulate(room, counts_of(n, 8, q1_i0=calls), seed=1)
    offered, abandoned = totals(found, Count.OFFERED, 1), totals(found, Count.ABANDONED, 1)
    assert_mean(offered / calls, 1 / (1 - 0.5), detectable=0.2)
    assert_mean(totals(found, Count.BALKED, 1) / offered, 0.2, detectable=0.03)
    assert_mean(totals(found, Count.REDIALLED, 1) / abandoned, 0.5, detectable=0.03)
    assert_mean(totals(found, Count.SPILLED, 1) / abandoned, 0.2, detectable=0.03)
    assert (totals(found, Count.OFFERED, 0) == totals(found, Count.SPILLED, 1)).all()


def test_whoever_was_answered_dials_no_more():
    callers = alike(QueueAssumptions(math.inf, redial=0.9), spill=0.1)
    found = simulate(steady_room(3, 1, (340, 600), callers, hours=12), rates((20, 10), 48, 10), seed=1)
    assert totals(found, Count.ANSWERED_WAIT_S, 0).min() > 0
    assert not found.counts[:, [Count.REDIALLED, Count.SPILLED]].any()


def test_callbacks_are_accepted_kept_in_place_and_tried_again():
    policy = CallbackPolicy(
        offer_after_s=60.0, accepts=0.4, reached=0.5, attempts=3, retry_after_s=300.0, attempt_s=30.0
    )
    n, calls = 200, 30
    rows = np.full((200, 8), ON_101)
    rows[:, :2] = OFF
    room = rows_room(rows, (60, 60), RoomAssumptions(PATIENT, PATIENT, callbacks=policy))
    found = simulate(room, counts_of(n, 8, q1_i0=calls), seed=3)
    offered, accepted = totals(found, Count.CALLBACKS_OFFERED, 1), totals(found, Count.CALLBACKS_ACCEPTED, 1)
    assert (offered == calls).all()
    assert_mean(accepted / offered, 0.4, detectable=0.05)
    completed = totals(found, Count.CALLBACKS_COMPLETED, 1)
    assert_mean(completed - (1 - 0.5**3) * accepted, 0.0, detectable=0.5)
    assert not found.unfinished.any()
    # An attempt that reaches nobody takes its time: accepted, each one of 1 + .5 + .25 attempts fails by half.
    busy_s = found.staff[:, Staff.BUSY_S].sum(axis=1, dtype=float) - 60.0 * (calls - accepted + completed)
    assert_mean(busy_s - 30.0 * 0.5 * 1.75 * accepted, 0.0, detectable=40.0)
    # One handler: who accepted keeps the place, so waits of the others are what they would have been.
    without = {}
    for accepts in (0.0, 1.0):
        every = CallbackPolicy(offer_after_s=0.0, accepts=accepts, reached=1.0)
        room = rows_room([[OFF, ON_101, ON_101]], (60, 60), RoomAssumptions(PATIENT, PATIENT, callbacks=every))
        without[accepts] = simulate(room, counts_of(1, 3, q1_i0=10), seed=3)
    assert totals(without[1.0], Count.CALLBACKS_COMPLETED, 1) == 10
    assert np.array_equal(without[0.0].staff, without[1.0].staff)


def test_call_backs_cut_off_by_the_end_are_unfinished():
    policy = CallbackPolicy(offer_after_s=0.0, accepts=1.0, reached=0.0, attempts=5, retry_after_s=1e6)
    room = rows_room([[OFF, ON_101]], (60, 60), RoomAssumptions(PATIENT, PATIENT, callbacks=policy))
    found = simulate(room, counts_of(4, 2, q1_i0=3), seed=3)
    assert (found.unfinished == [0, 0, 3]).all()


def test_availability_and_absence_take_their_share():
    n = 300
    room = seats_room(np.full(96, 16), np.full(96, 4), (340, 600), alike(PATIENT, availability=0.8))
    idle = simulate(room, np.zeros((n, 2, 96)), seed=1)
    assert_mean(idle.staff[:, Staff.ON_CALLS_S].sum(axis=1) / (20 * 86400), 0.8, detectable=0.01)
    by_interval = idle.staff[:, Staff.ON_CALLS_S] / 900
    assert_mean(by_interval.var(axis=1), 20 * 0.8 * 0.2, detectable=0.5)  # seats are away one by one
    room = seats_room(np.full(96, 16), np.full(96, 4), (340, 600), alike(PATIENT, absence_rate=0.1))
    absent = simulate(room, np.zeros((n, 2, 96)), seed=1).staff[:, Staff.ON_CALLS_S]
    assert_mean(absent.sum(axis=1) / (20 * 86400), 0.9, detectable=0.02)
    assert (absent == absent[:, :1]).all()  # whole duties
    room = seats_room(np.full(96, 16), np.full(96, 4), (340, 600), alike(PATIENT, absence_rate=1.0))
    nobody = simulate(room, rates((30, 30), 96, 2), seed=1)
    assert not nobody.counts[:, Count.ANSWERED].any()
    assert not nobody.staff.any()


def test_who_is_unavailable_finishes_the_call_first():
    room = rows_room([[ON_999] * 40], (5000, 5000), alike(PATIENT, availability=0.3))
    found = simulate(room, counts_of(200, 40, q0_i0=1), seed=1)
    assert (totals(found, Count.ANSWERED, 0) == 1).all()
    assert np.allclose(found.staff[:, Staff.BUSY_S].sum(axis=1), 5000.0)
    assert (found.staff[:, Staff.BUSY_S] <= found.staff[:, Staff.ON_CALLS_S] + 0.01).all()
    assert not found.staff[:, Staff.OVERRUN_BREAK_S].any()


def test_handlers_are_known_by_name():
    room = rows_room([[ON_999, OFF], [OFF, ON_999]], (10, 10), SURE, handlers=np.array([2, 2]))
    found = simulate(room, counts_of(1, 2, q0_i0=3, q0_i1=4), seed=1)
    assert found.handlers[:, 0].tolist() == [0, 0, 7]
