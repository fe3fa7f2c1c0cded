"""Laws that hold whatever happens in the room: calls are conserved, seeds decide, time is accounted for."""

import dataclasses

import numpy as np
import pytest

from rostering.staffing import Count, Definitions, QueueAssumptions, Staff, simulate
from rostering.staffing.definitions import CallbackCounting, Counting, Denominator, TransferDelay
from tests.rostering.staffing.helpers import ASSUMPTIONS, assert_mean, week
from tests.rostering.staffing.simulation.rooms import SURE, alike, busy_room, counts_of, rates, rows_room, seats_room

DEFINITIONS = Definitions(short_abandon_s=5.0, message_s=20.0, transfer=TransferDelay(3.0))
ARRAYS = ("counts", "switchboard", "staff", "handlers", "waits", "unfinished")


def busy_calls(kind, n=40, intervals=96):
    expected = rates((36, 60), intervals, n).copy()
    expected[:, :, 50] = 30.0
    return expected if kind == "rates" else np.random.default_rng(1).poisson(expected)


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS)


@pytest.mark.parametrize("kind", ["rates", "calls"])
@pytest.mark.parametrize("switchboard", [False, True])
def test_every_call_is_accounted_for(kind, switchboard):
    calls = busy_calls(kind)
    found = simulate(busy_room(switchboard=switchboard), calls, definitions=DEFINITIONS, seed=1)
    total = dict(zip(Count, found.counts.sum(axis=3, dtype=int).swapaxes(0, 1), strict=True))
    dialled = total[Count.FIRST_ATTEMPTS] + total[Count.REDIALLED] - found.unfinished[:, :2]
    dialled[:, 0] += total[Count.SPILLED][:, 1]
    if kind == "calls":
        assert (found.counts[:, Count.FIRST_ATTEMPTS] == calls).all()
    assert (total[Count.OFFERED][:, 0] == dialled[:, 0]).all()
    if switchboard:
        offered, answered, abandoned = found.switchboard.sum(axis=2).T
        assert (offered == dialled[:, 1]).all()
        assert (offered == answered + abandoned).all()
        assert (total[Count.OFFERED][:, 1] < answered).all()
    else:
        assert (total[Count.OFFERED][:, 1] == dialled[:, 1]).all()
        assert not found.switchboard.any()
    accepted, completed = total[Count.CALLBACKS_ACCEPTED], total[Count.CALLBACKS_COMPLETED]
    assert (total[Count.OFFERED] == total[Count.ANSWERED] + total[Count.ABANDONED] + accepted).all()
    assert (completed[:, 1] + found.unfinished[:, 2] <= accepted[:, 1]).all()
    assert (total[Count.CALLBACKS_OFFERED] >= accepted).all()
    assert not total[Count.CALLBACKS_OFFERED][:, 0].any()
    for least, most in ((Count.WITHIN_PUBLISHED, Count.WITHIN), (Count.BALKED, Count.ABANDONED_SHORT),
                        (Count.ABANDONED_SHORT, Count.ABANDONED)):  # fmt: skip
        assert (found.counts[:, least] <= found.counts[:, most]).all(), (least, most)
    slow = total[Count.FROM_10_TO_60_S] + total[Count.OVER_60_S]
    assert (total[Count.WITHIN_PUBLISHED][:, 0] + slow[:, 0] == total[Count.ANSWERED][:, 0]).all()
    assert (found.waits.sum(axis=(2, 3)) == total[Count.ANSWERED]).all()
    by_wait, waits_s = found.waits.sum(axis=2), total[Count.ANSWERED_WAIT_S]
    assert (by_wait @ found.wait_edges_s[:-1] <= waits_s + 1).all()
    assert (by_wait[..., :-1] @ found.wait_edges_s[1:-1] >= waits_s - 1).all()


def test_time_is_accounted_for():
    found = simulate(busy_room(switchboard=True), busy_calls("rates"), seed=1)
    seconds = found.staff.astype(float)
    busy_s = seconds[:, [Staff.BUSY_S, Staff.LENT_S, Staff.SWITCHBOARD_BUSY_S]].sum(axis=(1, 2)).mean()
    assert found.handlers[:, 2].sum() == pytest.approx(busy_s, rel=1e-5)
    over_s = seconds[:, [Staff.OVERRUN_BREAK_S, Staff.OVERRUN_END_S]].sum(axis=2).mean(axis=0)
    assert found.handlers[:, 3:].sum(axis=0) == pytest.approx(over_s, rel=1e-5)
    assert (seconds > -0.01).all()
    # Handlers change desks between switchboard and calls nowhere here: who is busy is on calls or overruns.
    available_s = seconds[:, Staff.ON_CALLS_S] + seconds[:, Staff.OVERRUN_BREAK_S] + seconds[:, Staff.OVERRUN_END_S]
    assert (seconds[:, Staff.BUSY_S] <= available_s + 0.01).all()
    assert (over_s > 0).all()
    answered = found.counts[:, [Count.ANSWERED, Count.CALLBACKS_COMPLETED]].sum(axis=(1, 3)).mean(axis=0)
    assert found.handlers[:, :2].sum(axis=0) == pytest.approx(answered)


def test_threads_and_parts_change_nothing():
    room, calls = busy_room(), busy_calls("rates", n=27)
    whole = simulate(room, calls, definitions=DEFINITIONS, seed=4)
    assert same(whole, simulate(room, calls, definitions=DEFINITIONS, seed=4, threads=3))
    late = simulate(room, calls[:8], definitions=DEFINITIONS, seed=4, first_replication=11)
    for name in ("counts", "switchboard", "staff", "waits", "unfinished"):
        assert np.array_equal(getattr(late, name), getattr(whole, name)[11:19]), name
    other = simulate(room, calls, definitions=DEFINITIONS, seed=5)
    assert not np.array_equal(other.counts, whole.counts)


def test_definitions_change_what_is_counted_and_nothing_else():
    room, calls = busy_room(), busy_calls("rates", n=8)
    plain = simulate(room, calls, seed=4)
    strict = simulate(room, calls, definitions=Definitions(threshold_999_s=5.0, ring_s=3.0), seed=4)
    unchanged = [Count.OFFERED, Count.ANSWERED, Count.ABANDONED, Count.REDIALLED, Count.CALLBACKS_COMPLETED]
    assert np.array_equal(plain.counts[:, unchanged], strict.counts[:, unchanged])
    assert np.array_equal(plain.staff, strict.staff)
    assert (strict.counts[:, Count.WITHIN, 0] <= plain.counts[:, Count.WITHIN, 0]).all()
    assert (strict.counts[:, Count.WITHIN, 0] < plain.counts[:, Count.WITHIN, 0]).any()


def test_no_more_seats_abandon_more_and_no_row_that_never_sits_matters():
    calls, _ = week(days=1)
    calls = np.broadcast_to(calls, (60, *calls.shape))
    callers = dataclasses.replace(busy_room().assumptions, absence_rate=0.0, availability=1.0, callbacks=None)
    levels = []
    for seats in (8, 9, 10, 12):
        room = seats_room(np.full(96, seats), np.full(96, 4), (340.0, 600.0), callers)
        levels.append(simulate(room, calls, seed=1).measures()["abandonment_101"].mean())
    assert levels == sorted(levels, reverse=True)
    idle = rows_room(np.vstack([room.desks, np.zeros((3, 96))]), (340.0, 600.0), callers)
    assert np.array_equal(simulate(idle, calls, seed=1).counts, simulate(room, calls, seed=1).counts)


def test_common_random_numbers_sharpen_a_comparison():
    calls, _ = week(days=2)
    calls = np.broadcast_to(calls, (120, *calls.shape))
    room = seats_room(np.full(192, 12), np.full(192, 4), (340.0, 600.0), alike(ASSUMPTIONS[1]))

    def levels(factor, seed):
        return simulate(room, calls * factor, seed=seed).measures()["service_level_999"]

    base = levels(1.0, 1)
    assert np.var(levels(1.05, 2) - base) > 2.0 * np.var(levels(1.05, 1) - base)
    assert (levels(1.0, 1) == base).all()


def test_measures_follow_the_definitions():
    calls = busy_calls("rates", n=10)
    counted = {
        name: simulate(busy_room(), calls, seed=1, definitions=dataclasses.replace(DEFINITIONS, **change))
        for name, change in {
            "plain": {},
            "excluded": {"short_abandons": Counting.EXCLUDED, "message_leavers": Counting.EXCLUDED},
            "of_answered": {"service_level_of": Denominator.ANSWERED},
            "lost_callbacks": {"callbacks": CallbackCounting.ABANDONED},
        }.items()
    }
    total = counted["plain"].counts[:, :, :, 10:30].sum(axis=3, dtype=float)
    found = {name: result.measures(10, 30) for name, result in counted.items()}
    lost, offered, within = total[:, Count.ABANDONED, 1], total[:, Count.OFFERED, 1], total[:, Count.WITHIN, 1]
    left_out = total[:, Count.ABANDONED_SHORT, 1] + total[:, Count.ABANDONED_IN_MESSAGE, 1]
    accepted = total[:, Count.CALLBACKS_ACCEPTED, 1]
    assert found["plain"]["abandonment_101"] == pytest.approx(lost / offered)
    assert found["plain"]["service_level_101"] == pytest.approx(within / offered)
    assert found["excluded"]["abandonment_101"] == pytest.approx((lost - left_out) / (offered - left_out))
    assert found["of_answered"]["service_level_101"] == pytest.approx(within / (offered - lost))
    assert found["lost_callbacks"]["abandonment_101"] == pytest.approx((lost + accepted) / offered)
    assert np.isnan(found["plain"]["p90_wait_101_s"]).all()  # known by whole days only
    summary = counted["plain"].summary()
    assert summary.service_level_999.p05 <= summary.service_level_999.mean <= summary.service_level_999.p95
    assert summary.occupancy.mean == pytest.approx(counted["plain"].measures()["occupancy"].mean())


def test_local_days_may_be_shorter_or_longer_than_24_hours():
    calls, days = busy_calls("rates", n=10), np.repeat([20, 21, 23], [30, 46, 20])
    found = simulate(busy_room(), calls, seed=1, days=days)
    by_default = simulate(busy_room(), calls, seed=1)
    assert found.day_starts.tolist() == [0, 30, 76, 96]
    assert by_default.day_starts.tolist() == [0, 96]
    assert (found.counts == by_default.counts).all()
    assert (found.waits.sum(axis=2) == by_default.waits[:, :, 0]).all()
    for day, (first, last) in enumerate([(0, 30), (30, 76), (76, 96)]):
        answered = found.counts[:, Count.ANSWERED, :, first:last].sum(axis=2)
        assert (found.waits[:, :, day].sum(axis=2) == answered).all()
        assert not np.isnan(found.measures(first, last)["p90_wait_101_s"]).any()
    whole = found.measures(0, 96)["p90_wait_101_s"]
    assert (whole == by_default.measures()["p90_wait_101_s"]).all()
    assert np.isnan(found.measures(0, 46)["p90_wait_101_s"]).all()


def test_arrivals_are_uniform_within_their_interval():
    # One handler whose calls last 2700 s: the second caller waits that less the gap of two uniform times, 300 s.
    room = rows_room(np.ones((1, 4)), (2700.0, 2700.0), SURE)
    found = simulate(room, counts_of(4000, 4, q0_i1=2), seed=5)
    assert_mean(found.counts[:, Count.ANSWERED_WAIT_S, 0].sum(axis=1), 2400.0, detectable=15.0)
    assert not found.counts[:, Count.OFFERED, 0, [0, 2, 3]].any()


def test_nobody_there_and_nobody_calling():
    nobody = simulate(rows_room(np.zeros((0, 4)), (60.0, 60.0), SURE), counts_of(3, 4, q0_i0=2, q1_i2=1), seed=1)
    assert (nobody.counts[:, Count.ABANDONED].sum(axis=2) == [2, 1]).all()
    assert np.isnan(nobody.measures()["occupancy"]).all()
    silent = simulate(rows_room(np.ones((2, 4)), (60.0, 60.0), SURE), np.zeros((3, 2, 4)), seed=1)
    assert not silent.counts.any()
    assert np.isnan(silent.measures()["service_level_999"]).all()
    assert np.isnan(silent.summary().mean_wait_101_s.mean)
    assert (silent.measures()["occupancy"] == 0.0).all()


def test_callers_who_dial_nearly_for_ever_end_with_the_span():
    callers = alike(QueueAssumptions(1.0, redial=0.99, redial_delay_s=1.0))
    found = simulate(rows_room(np.zeros((1, 4)), (60.0, 60.0), callers), counts_of(2, 4, q0_i0=200), seed=1)
    offered = found.counts[:, Count.OFFERED, 0].sum(axis=1)
    assert (offered == 200 + found.counts[:, Count.REDIALLED, 0].sum(axis=1) - found.unfinished[:, 0]).all()
    assert (offered > 200 * 50).all()
