"""Keeps the sound rows of a call history, one for each queue and interval, and notes why it lets others go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from app.calls.history import VALUES, History, instant, row_of
from app.calls.quality import contradictions, doubtful
from app.csv_table import YEARS
from app.findings import Reasons, Sifted

_FIRST_S = int(datetime(YEARS[0], 1, 1, tzinfo=UTC).timestamp())
_END_S = int(datetime(YEARS[1] + 1, 1, 1, tzinfo=UTC).timestamp())
_AT_FIRST = 16_384  # rows that there is room for; doubled as it fills


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows of a file in order; what stands in an unreadable row, one of `faults` (by place), means nothing."""

    number: NDArray[np.int64]  # (rows,) as a spreadsheet counts them
    queue: NDArray[np.int16]  # (rows,) 999 or 101
    start_s: NDArray[np.int64]  # (rows,) [s] since 1970, on the grid
    values: NDArray[np.float64]  # (len(VALUES), rows), NaN where absent
    faults: Mapping[int, Reasons]


class HistorySieve(Sifted):
    """Its memory grows with the different intervals that files hold, not with their size."""

    def __init__(self, interval_s: int) -> None:
        super().__init__()
        self._interval_s, self._n = interval_s, 0
        # Where the row of each queue and interval is kept, plus one; 0: nowhere. Untouched, it takes no memory.
        self._place = np.zeros(2 * ((_END_S - _FIRST_S) // interval_s), dtype=np.int32)
        self._number, self._slot = np.empty(_AT_FIRST, dtype=np.int64), np.empty(_AT_FIRST, dtype=np.int64)
        self._values = np.empty((len(VALUES), _AT_FIRST))

    @property
    def n_kept(self) -> int:
        return self._n

    def take(self, block: Block) -> None:
        """Take the rows of a block, as if one by one."""
        self.rows_read += block.number.size
        faults = {**_contradicted(block), **block.faults}
        is_sound = np.ones(block.number.size, dtype=bool)
        is_sound[list(faults)] = False
        sound = np.flatnonzero(is_sound)
        slot = self._slots(block)
        _, first = np.unique(slot[sound], return_index=True)
        new = np.sort(sound[first])
        new = new[self._place[slot[new]] == 0]
        self._keep(block, slot, new)
        is_new = np.zeros(block.number.size, dtype=bool)
        is_new[new] = True
        self._let_go(block, slot, np.flatnonzero(~is_new), faults)

    def history(self) -> History:
        """What was kept, by queue and time."""
        order = np.argsort(self._slot[: self._n])
        slot = self._slot[: self._n][order]
        n_slots = self._place.size // 2
        start_s = _FIRST_S + slot % n_slots * self._interval_s
        return History(np.where(slot < n_slots, 101, 999).astype(np.int16), start_s, self._values[:, order])

    def _slots(self, block: Block) -> NDArray[np.int64]:
        """Queue and interval as one number, (rows,); 0 for what is unreadable."""
        slot: NDArray[np.int64] = (block.start_s - _FIRST_S) // self._interval_s + (block.queue == 999) * (
            self._place.size // 2
        )
        slot[list(block.faults)] = 0
        return slot

    def _keep(self, block: Block, slot: NDArray[np.int64], new: NDArray[np.intp]) -> None:
        end = self._n + new.size
        if end > self._number.size:
            room = max(2 * self._number.size, end)
            self._number, self._slot = np.resize(self._number, room), np.resize(self._slot, room)
            grown = np.empty((len(VALUES), room))
            grown[:, : self._n] = self._values[:, : self._n]
            self._values = grown
        self._number[self._n : end], self._slot[self._n : end] = block.number[new], slot[new]
        self._values[:, self._n : end] = block.values[:, new]
        self._place[slot[new]] = np.arange(self._n + 1, end + 1)
        self._n = end

    def _let_go(
        self, block: Block, slot: NDArray[np.int64], rows: NDArray[np.intp], faults: Mapping[int, Reasons]
    ) -> None:
        earlier = self._place[slot[rows]] - 1
        values, kept = block.values[:, rows], self._values[:, earlier]
        is_same = ((values == kept) | (np.isnan(values) & np.isnan(kept))).all(axis=0)
        for i, place, same in zip(rows.tolist(), earlier.tolist(), is_same.tolist(), strict=True):
            number = int(block.number[i])
            if i in faults:
                self.reject(number, faults[i])
            else:
                named = f"queue {block.queue[i]}"
                self.repeat(number, int(self._number[place]), named, instant(block.start_s[i]), is_same=same)


def _contradicted(block: Block) -> dict[int, Reasons]:
    """Reasons to refuse rows that contradict themselves, by place."""
    found: dict[int, Reasons] = {}
    for i in np.flatnonzero(doubtful(block.values)).tolist():
        if i not in block.faults:
            reasons = contradictions(row_of(block.queue[i], block.start_s[i], block.values[:, i]))
            if reasons:
                found[i] = reasons
    return found
