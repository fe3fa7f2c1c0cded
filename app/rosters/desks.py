"""Duties as the simulation sees them: who sits at which desk in each quarter-hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from app.rosters.build import INTERVAL
from rostering.roster import Activity, Duty
from rostering.staffing.assumptions import Desk

_DESKS = {Activity.CALLS_999: Desk.CALLS_999, Activity.CALLS_101: Desk.CALLS_101}


def desk_matrix(duties: Sequence[Duty], start: datetime, n_intervals: int) -> NDArray[np.int8]:
    """Codes of `Desk`, (duties, intervals), from `start` on."""
    matrix = np.full((len(duties), n_intervals), Desk.OFF, dtype=np.int8)
    for row, duty in zip(matrix, duties, strict=True):
        for span in duty.activities:
            if span.activity in _DESKS:
                first, last = ((moment - start) // INTERVAL for moment in (span.start, span.end))
                row[max(first, 0) : max(last, 0)] = _DESKS[span.activity]
    return matrix


def lending_rows(lending: NDArray[np.int64]) -> NDArray[np.int8]:
    """A row (posts, intervals) for each of the people at interruptible desks, ``lending`` (intervals,)."""
    there = np.arange(lending.max(initial=0))[:, None] < lending
    return np.where(there, Desk.LENDING, Desk.OFF).astype(np.int8)
