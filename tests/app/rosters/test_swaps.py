"""A swap that contradicts the rest of somebody's week is refused with its reason: no database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.errors import Invalid
from app.rosters.amend import swapped
from app.rosters.edit_schemas import SwapIn
from tests.rostering.roster_helpers import MONDAY, handler, nominal, problem, written_duty

TUESDAY = MONDAY + timedelta(days=1)


def test_a_duty_that_overlaps_the_receivers_night_is_refused_by_name():
    """B works from Monday 22:00 to Tuesday 08:00; A's Tuesday begins at 07:00, or at 08:00."""
    night = nominal(MONDAY, 22, length_min=600)
    for hour, overlaps in ((7, True), (8, False)):
        own = nominal(TUESDAY, hour)
        whole = problem([handler("A", [own]), handler("B", [night])])
        duties = [written_duty("B", night.start, 600, 300), written_duty("A", own.start, 480, 240)]
        swap = SwapIn.model_validate({"give": {"handler": "A", "date": TUESDAY}, "to": "B"})
        if overlaps:
            with pytest.raises(Invalid, match="handler B: nominal duty of 2025-02-04 starts before the last one ends"):
                swapped(whole, duties, swap)
        else:
            assert [duty.handler for duty in swapped(whole, duties, swap).duties] == ["B", "B"]
