"""What a planner holds fast of an earlier roster before the rest is solved anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from rostering.problem import Handler, Leave
from rostering.roster import Duty


@dataclass(frozen=True, slots=True)
class Pins:
    """Duties that keep start and end, and dates on which somebody keeps a day off, by handler."""

    duties: tuple[Duty, ...] = ()
    days_off: tuple[tuple[str, date], ...] = ()

    def applied(self, handler: Handler) -> Handler:
        """The handler with the days off kept: as leave that credits nothing."""
        off = sorted(day for ref, day in self.days_off if ref == handler.ref and not handler.on_leave(day))
        if not off:
            return handler
        return replace(handler, leave=(*handler.leave, *(Leave(day, day, credited=False) for day in off)))


def pinned(
    duties: Sequence[Duty],
    days: Sequence[date],
    zone: ZoneInfo,
    *,
    handlers: Collection[str],
    dates: Collection[date],
    single: Collection[tuple[str, date]],
    everybody: Collection[str],
) -> Pins:
    """Pins of `duties` on local `days`: all of some `handlers`, all on some `dates`, and `single` duties.

    Whoever has no duty on a day that is pinned keeps it off; `everybody` are the handlers of the period.
    """
    worked = {(duty.handler, duty.start.astimezone(zone).date()): duty for duty in duties}
    held = {(ref, day) for ref in everybody for day in days if ref in handlers or day in dates} | set(single)
    return Pins(
        duties=tuple(duty for key, duty in sorted(worked.items()) if key in held),
        days_off=tuple(sorted(key for key in held if key not in worked)),
    )
