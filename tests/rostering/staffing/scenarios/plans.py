"""A small plan that the tests of scenarios share: two days from a Sunday, of a roster or of seats."""

import numpy as np

from rostering.staffing import ControlRoom, Definitions, QueueAssumptions, RoomAssumptions, ServiceTargets
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.scenarios.profile import duty_rows

N = 192
SUNDAY = 738_983  # 7 April 2024


def small_plan(*, spare=1.6, paths=40, is_roster=False, **assumed):
    """Seats at load + ``spare`` deviations; one day factor a path, alike for both queues."""
    hour = (np.arange(N) % 96) / 4
    shape = np.interp(hour, [0, 4, 9, 16, 20, 24], [0.7, 0.4, 1.1, 1.5, 1.3, 0.7])
    mean = np.outer([6.0, 8.0], shape)
    aht_s = np.tile([[340.0], [500.0]], (1, N))
    load = (mean * aht_s).sum(axis=0) / 900
    seats = np.ceil(load + spare * np.sqrt(load)).astype(int)
    on_999 = np.ceil(0.7 * seats).astype(int)
    desks = duty_rows(on_999, seats - on_999)
    rows = desks.shape[0]
    rng = np.random.default_rng(3)
    rates = mean * rng.gamma(100.0, 0.01, (paths, 1, 2)).repeat(96, axis=2)
    emergency = QueueAssumptions(600.0, 0.8, redial=0.5, redial_delay_s=60.0)
    non_emergency = QueueAssumptions(300.0, 0.8, redial=0.3)
    assumptions = RoomAssumptions(emergency, non_emergency, spill=0.05, **({"absence_rate": 0.04} | assumed))
    # Of a roster one handler works two rows, as on two days.
    handlers = np.arange(rows) // 2 if is_roster else np.arange(rows)
    return Plan(
        room=ControlRoom(900, desks, aht_s, assumptions, handlers=handlers),
        rates=rates,
        days=SUNDAY + np.arange(N) // 96,
        definitions=Definitions(),
        targets=ServiceTargets(),
        paid_h=np.full(rows, 8.0),
        skilled_999=(desks == 1).any(axis=1),
        pay_per_h=20.0,
        is_roster=is_roster,
    )
