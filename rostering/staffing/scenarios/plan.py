"""A plan as scenarios see it: a room, the calls that it must expect, what is aimed at and what it costs."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.assumptions import Desk, RoomAssumptions
from rostering.staffing.checks import Floats, Ints, frozen_copy, require_positive
from rostering.staffing.definitions import Definitions
from rostering.staffing.seats.targets import ServiceTargets
from rostering.staffing.simulation.room import ControlRoom


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One side of a comparison; arrays are read-only. Rows are the duties of a roster or the seats of a profile.

    Parameters
    ----------
    room : who sits where when, handling times, callers
    rates : (paths, 2, intervals), expected first attempts, 999 first; each path samples the true rates
    days : (intervals,), local date of each interval as a proleptic ordinal; weeks begin on Monday
    definitions : how calls are counted
    targets : what the service is held against
    paid_h : (rows,), paid hours of each row [h]
    skilled_999 : (rows,), whether who works the row may sit on the 999 desk
    pay_per_h : pay of a paid hour [any currency]
    is_roster : rows are duties of handlers; else seats, each its own row
    digital_h : (intervals,), work that calls turned into digital contacts make for another desk [h]

    Raises
    ------
    ValueError : a shape or value is out of range; the message names it
    """

    room: ControlRoom
    rates: Floats
    days: Ints
    definitions: Definitions
    targets: ServiceTargets
    paid_h: Floats
    skilled_999: NDArray[np.bool_]
    pay_per_h: float
    is_roster: bool
    digital_h: Floats | None = None

    def __post_init__(self) -> None:
        rows, n = self.room.desks.shape
        rates = np.asarray(self.rates)
        if rates.ndim != 3 or rates.shape[0] == 0 or rates.shape[1:] != (2, n):
            raise ValueError(f"rates must have the shape (paths, 2, {n}), 999 first, got {rates.shape}")
        if not np.isfinite(rates).all() or (rates < 0).any():
            raise ValueError("rates must be finite numbers of at least 0 calls an interval")
        require_positive(pay_per_h=self.pay_per_h)
        digital_h = np.zeros(n) if self.digital_h is None else self.digital_h
        object.__setattr__(self, "digital_h", digital_h)
        parts = (("rates", float), ("days", int), ("paid_h", float), ("skilled_999", bool), ("digital_h", float))
        for name, dtype in parts:
            object.__setattr__(self, name, frozen_copy(getattr(self, name), dtype))
        expected = {"days": (n,), "paid_h": (rows,), "skilled_999": (rows,), "digital_h": (n,)}
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, got {getattr(self, name).shape}")

    @property
    def intervals(self) -> int:
        return int(self.room.desks.shape[1])

    @property
    def interval_h(self) -> float:
        return self.room.interval_s / 3600

    @property
    def n_handlers(self) -> int:
        """People of a roster; of a profile the most seats at one time."""
        if self.is_roster:
            assert self.room.handlers is not None
            return int(np.unique(self.room.handlers).size)
        return int((self.room.desks != Desk.OFF).sum(axis=0).max(initial=0))

    @property
    def on_desks_h(self) -> float:
        """Hours that rows spend on any desk [h]."""
        return float((self.room.desks != Desk.OFF).sum() * self.interval_h)

    def with_assumptions(self, assumptions: RoomAssumptions) -> "Plan":
        return replace(self, room=replace(self.room, assumptions=assumptions))

    def with_rows(
        self,
        kept: NDArray[np.bool_],
        desks: NDArray[np.int8],
        handlers: Ints,
        paid_h: Floats,
        skilled_999: NDArray[np.bool_],
    ) -> "Plan":
        """The rows ``kept`` (rows,), and further ones: ``desks`` (new, intervals), the rest (new,)."""
        assert self.room.handlers is not None
        room = replace(
            self.room,
            desks=np.concatenate([self.room.desks[kept], desks]),
            handlers=np.concatenate([self.room.handlers[kept], handlers]),
        )
        return replace(
            self,
            room=room,
            paid_h=np.concatenate([self.paid_h[kept], paid_h]),
            skilled_999=np.concatenate([self.skilled_999[kept], skilled_999]),
        )

    def with_posts(self, desks: NDArray[np.int8]) -> "Plan":
        """Further rows (new, intervals), each a handler of its own who holds skill 999 and is paid while at a desk."""
        assert self.room.handlers is not None
        first = int(self.room.handlers.max(initial=-1)) + 1
        return self.with_rows(
            np.ones(self.paid_h.size, dtype=bool),
            desks,
            np.arange(first, first + desks.shape[0]),
            (desks != Desk.OFF).sum(axis=1) * self.interval_h,
            np.ones(desks.shape[0], dtype=bool),
        )
