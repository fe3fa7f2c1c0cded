"""Whether a plan is legal."""

from __future__ import annotations

from numba import njit

from rostering.model.arrays import Ints, Week


@njit(cache=True, nogil=True)
def fits(week: Week, person: int, choice: Ints) -> bool:  # pragma: no cover - compiled
    """Whether the person's plan in ``choice`` is legal."""
    first, after = week.slot_from[person], week.slot_from[person + 1]
    paid = 0
    for slot in range(first, after):
        paid += week.paid[choice[slot]]
    if not week.low[person] <= paid <= week.high[person]:
        return False
    for mode in range(week.mode_from[person], week.mode_from[person + 1]):
        ok = True
        if after > first:
            ok = (
                week.start[choice[first]] >= week.mode_first[mode]
                and week.end[choice[after - 1]] <= week.mode_last[mode]
            )
            for k in range(1, after - first):
                gap = week.start[choice[first + k]] - week.end[choice[first + k - 1]]
                ok = ok and gap >= week.mode_gap[mode, k]
        if ok:
            return True
    return False
