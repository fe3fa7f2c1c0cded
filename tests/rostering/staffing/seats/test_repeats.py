"""Redials and spill: taken out of a forecast and put back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rostering.staffing import QueueAssumptions, RoomAssumptions
from rostering.staffing.seats.repeats import first_attempts, returning, with_repeats

share = st.floats(0.0, 0.5)


@given(
    redial=st.tuples(share, share),
    spill=share,
    delay_s=st.floats(1.0, 20_000.0),
    first=arrays(float, (2, 8), elements=st.floats(0.0, 50.0)),
    abandonment=arrays(float, (2, 8), elements=st.floats(0.0, 1.0)),
)
def test_at_unchanged_service_the_forecast_comes_back(redial, spill, delay_s, first, abandonment):
    callers = RoomAssumptions(
        QueueAssumptions(600.0, redial=redial[0], redial_delay_s=delay_s),
        QueueAssumptions(300.0, redial=redial[1], redial_delay_s=2 * delay_s),
        spill=spill,
        spill_delay_s=delay_s,
    )
    offered = with_repeats(first, abandonment, callers, 900)
    assert (offered >= first - 1e-12).all()
    assert first_attempts(offered, abandonment, callers, 900) == pytest.approx(first, abs=1e-9)


def test_steady_repeats_are_those_of_the_balance():
    callers = RoomAssumptions(QueueAssumptions(600.0, redial=0.5), QueueAssumptions(300.0, redial=0.3), spill=0.1)
    first = np.tile([[8.0], [10.0]], 40)
    offered = with_repeats(first, np.tile([[0.02], [0.257]], 40), callers, 900)
    on_101 = 10.0 / (1.0 - 0.3 * 0.257)  # 25.7% abandoned and 30% redialling: 8% more calls
    assert offered[1] == pytest.approx(np.full(40, on_101))
    assert offered[0] == pytest.approx(np.full(40, (8.0 + 0.1 * 0.257 * on_101) / (1.0 - 0.5 * 0.02)))


@pytest.mark.parametrize("delay_s", [10.0, 900.0, 7200.0])
def test_who_gives_up_returns_once_and_later(delay_s):
    gave_up = np.zeros(400)
    gave_up[3] = 5.0
    back = returning(gave_up, delay_s, 900)
    assert back[:3].tolist() == [0.0] * 3
    assert back.sum() == pytest.approx(5.0, rel=1e-9)
    mean_delay_s = (back * (np.arange(400) - 3)).sum() / 5.0 * 900
    # Whoever gives up does so at an even time of the interval and is counted by the interval of the return: exact.
    assert mean_delay_s == pytest.approx(delay_s)


def test_without_past_abandonment_every_call_is_a_first_attempt():
    offered = np.full((2, 3), 7.0)
    callers = RoomAssumptions(QueueAssumptions(600.0, redial=0.5), QueueAssumptions(300.0))
    assert (first_attempts(offered, None, callers, 900) == offered).all()
