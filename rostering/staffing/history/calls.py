"""Calls one by one as the telephony recorded them, and who was logged on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.assumptions import Desk
from rostering.staffing.checks import Floats, Ints, frozen_copy, require_positive

UNKNOWN = -1  # handler of a call whose handler is not recorded
BREAK_S = 900.0  # a handler without a call for longer is taken to be away: others keep answering meanwhile


@dataclass(frozen=True, slots=True, eq=False)
class CallRecords:
    """Calls in the order of arrival, one value a call; arrays are read-only.

    Parameters
    ----------
    queue : 0 is 999, 1 is 101
    arrival_s : seconds from the start of the history, rising
    wait_s : until the answer or until the caller gave up [s], >= 0
    handling_s : talk plus wrap-up of answered calls [s], >= 0; 0 of others
    abandoned : whether the caller gave up
    handler : who answered, numbered from 0; -1 of abandoned calls and where it is not recorded

    Raises
    ------
    ValueError : shapes differ or a value is out of range; the first such call is named
    """

    queue: NDArray[np.int8]
    arrival_s: Floats
    wait_s: Floats
    handling_s: Floats
    abandoned: NDArray[np.bool_]
    handler: Ints

    def __post_init__(self) -> None:
        dtypes = {"queue": np.int8, "abandoned": np.bool_, "handler": np.int64}
        for name in self.__slots__:
            object.__setattr__(self, name, frozen_copy(getattr(self, name), dtypes.get(name, np.float64)))
        for name in self.__slots__:
            if getattr(self, name).shape != (self.size,):
                raise ValueError(f"{name} must hold one value a call, got {getattr(self, name).shape}")
        if self.size == 0:
            raise ValueError("there is no call: a replay needs some")
        self._require(np.isin(self.queue, (0, 1)), "queue", "0 (999) or 1 (101)")
        for name in ("arrival_s", "wait_s", "handling_s"):
            values = getattr(self, name)
            self._require(np.isfinite(values) & (values >= 0), name, "a finite number of at least 0")
        self._require(np.diff(self.arrival_s, prepend=0.0) >= 0, "arrival_s", "arrivals in order")
        self._require(self.handler >= UNKNOWN, "handler", "a number of at least 0, or -1")
        self._require(~self.abandoned | (self.handling_s == 0), "handling_s", "0 of a call that was given up")

    @property
    def size(self) -> int:
        return int(self.arrival_s.size)

    def of(self, keep: NDArray[np.bool_]) -> "CallRecords":
        """The calls to keep. Raises ValueError where none is left."""
        return CallRecords(*(getattr(self, name)[keep] for name in self.__slots__))

    def _require(self, good: NDArray[np.bool_], name: str, expected: str) -> None:
        if not good.all():
            call = int(np.argmin(good))
            raise ValueError(f"{name} of call {call} is {getattr(self, name)[call]}, expected {expected}")


@dataclass(frozen=True, slots=True, eq=False)
class LogOns:
    """Times at which handlers were logged on for calls: one value a spell; seconds from the start of the history.

    Raises
    ------
    ValueError : shapes differ, or a spell ends before it starts; the first one is named
    """

    handler: Ints
    start_s: Floats
    end_s: Floats

    def __post_init__(self) -> None:
        for name, dtype in (("handler", np.int64), ("start_s", np.float64), ("end_s", np.float64)):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), dtype))
        if not self.handler.shape == self.start_s.shape == self.end_s.shape or self.handler.ndim != 1:
            raise ValueError("handler, start_s and end_s must hold one value a spell")
        wrong = ~(np.isfinite(self.start_s) & np.isfinite(self.end_s) & (self.end_s > self.start_s))
        if wrong.any() or (self.handler < 0).any():
            spell = int(np.argmax(wrong | (self.handler < 0)))
            raise ValueError(
                f"spell {spell} of handler {self.handler[spell]} is {self.start_s[spell]} to {self.end_s[spell]} s: "
                "expected a handler of at least 0 and an end after the start"
            )


def infer_log_ons(calls: CallRecords, *, break_s: float = BREAK_S) -> LogOns:
    """Spells in which handlers must have been logged on, told by their calls.

    A spell reaches from the answer of a call to the end of the last one before a gap of more than ``break_s`` [s].
    It is too short by the idle time before the first and after the last call, and too long by every break that is
    shorter than ``break_s``.

    Raises
    ------
    ValueError : no answered call names its handler, or ``break_s`` is out of range
    """
    require_positive(break_s=break_s)
    known = ~calls.abandoned & (calls.handler >= 0)
    if not known.any():
        raise ValueError("no answered call names its handler: log-ons cannot be told from the calls")
    starts = (calls.arrival_s + calls.wait_s)[known]
    ends = starts + np.maximum(calls.handling_s[known], 1.0)
    who = calls.handler[known]
    order = np.lexsort((starts, who))
    who, starts, ends = who[order], starts[order], ends[order]
    reach = ends.copy()
    for handler in np.unique(who):
        of = who == handler
        reach[of] = np.maximum.accumulate(ends[of])
    is_first = np.r_[True, (who[1:] != who[:-1]) | (starts[1:] - reach[:-1] > break_s)]
    first = np.flatnonzero(is_first)
    last = np.r_[first[1:], who.size] - 1
    return LogOns(who[first], starts[first], reach[last])


def desks_of(calls: CallRecords, log_ons: LogOns, interval_s: int, intervals: int) -> NDArray[np.int8]:
    """Rows (handlers, intervals) of `Desk` codes: on calls where logged on for at least half of the interval.

    Who has answered a 999 call in the history sits at the 999 desk, others at the 101 desk.
    """
    handlers = np.unique(np.concatenate([log_ons.handler, calls.handler[calls.handler >= 0]]))
    on_s = np.zeros((handlers.size, intervals))
    edges = np.arange(intervals + 1) * float(interval_s)
    rows = np.searchsorted(handlers, log_ons.handler)
    for row, start, end in zip(rows, log_ons.start_s, log_ons.end_s, strict=True):
        first, last = int(start // interval_s), min(int(np.ceil(end / interval_s)), intervals)
        at = slice(max(first, 0), max(last, 0))
        on_s[row, at] += np.minimum(end, edges[1:][at]) - np.maximum(start, edges[:-1][at])
    takes_999 = np.isin(handlers, calls.handler[(calls.queue == 0) & (calls.handler >= 0)])
    desk = np.where(takes_999, Desk.CALLS_999, Desk.CALLS_101)[:, None]
    return np.where(on_s >= interval_s / 2.0, desk, Desk.OFF).astype(np.int8)
