"""The named-shift problem: a handful of shifts, each handler's limits, requests, and the requirement per day and shift.

Source of the rules: Curtois and Qu (2014), Computational results on new staff scheduling benchmark instances. Days
count from 0, a Monday. A run that touches the period's first or last day may go on outside it, so it is never too
short; the longest run counts days inside the period only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rostering.errors import ProblemError


def _require(name: str, value: int, least: int) -> None:
    if value < least:
        raise ProblemError(f"{name} is {value}, expected at least {least}")


@dataclass(frozen=True, slots=True)
class NamedShift:
    """A shift of one name.

    length_min : counted towards a handler's minutes [min], >= 1
    not_followed_by : names of the shifts that must not follow on the next day
    """

    name: str
    length_min: int
    not_followed_by: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.name:
            raise ProblemError("a shift has an empty name, expected at least one character")
        _require(f"shift {self.name}: length_min", self.length_min, 1)


@dataclass(frozen=True, slots=True)
class NamedHandler:
    """A handler's hard limits over the whole period.

    max_shifts : most shifts of each name; a name left out has no limit of its own
    min_total_min, max_total_min : minutes worked [min]
    min_run, max_run : days of duty in a row
    min_rest_run : rest days in a row
    max_weekends : weekends with a duty on Saturday or Sunday
    rest_days : days that must be rest days
    """

    name: str
    max_shifts: Mapping[str, int]
    min_total_min: int
    max_total_min: int
    min_run: int
    max_run: int
    min_rest_run: int
    max_weekends: int
    rest_days: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not self.name:
            raise ProblemError("a handler has an empty name, expected at least one character")
        for shift, most in self.max_shifts.items():
            _require(f"handler {self.name}: max_shifts of {shift}", most, 0)
        for limit in ("min_total_min", "max_weekends"):
            _require(f"handler {self.name}: {limit}", getattr(self, limit), 0)
        for limit in ("min_run", "min_rest_run"):
            _require(f"handler {self.name}: {limit}", getattr(self, limit), 1)
        _require(f"handler {self.name}: max_total_min", self.max_total_min, self.min_total_min)
        _require(f"handler {self.name}: max_run", self.max_run, self.min_run)


@dataclass(frozen=True, slots=True)
class ShiftRequest:
    """A wish: ``weight`` is paid where a wanted shift is not given, or an unwanted one is."""

    handler: str
    day: int
    shift: str
    weight: int
    is_wanted: bool

    def __post_init__(self) -> None:
        _require(f"request of handler {self.handler} on day {self.day}: weight", self.weight, 0)


@dataclass(frozen=True, slots=True)
class ShiftRequirement:
    """Handlers needed on a day and shift, and the price of each one missing and each one too many."""

    day: int
    shift: str
    handlers: int
    under_weight: int
    over_weight: int

    def __post_init__(self) -> None:
        for part in ("handlers", "under_weight", "over_weight"):
            _require(f"requirement of day {self.day}, shift {self.shift}: {part}", getattr(self, part), 0)


@dataclass(frozen=True, slots=True)
class NamedProblem:
    """Everything that a roster of named shifts depends on. Where no requirement is given, cover costs nothing."""

    n_days: int
    shifts: Sequence[NamedShift]
    handlers: Sequence[NamedHandler]
    requests: Sequence[ShiftRequest] = field(default=())
    requirement: Sequence[ShiftRequirement] = field(default=())

    def __post_init__(self) -> None:
        _require("n_days", self.n_days, 1)
        shifts = _unique("shift", [shift.name for shift in self.shifts])
        handlers = _unique("handler", [handler.name for handler in self.handlers])
        for shift in self.shifts:
            self._known(f"shift {shift.name}: not_followed_by", shift.not_followed_by, shifts)
        for handler in self.handlers:
            self._known(f"handler {handler.name}: max_shifts", handler.max_shifts, shifts)
            for day in handler.rest_days:
                self._in_period(f"handler {handler.name}: rest day", day)
        for request in self.requests:
            self._known("request: handler", [request.handler], handlers)
            self._known(f"request of handler {request.handler}: shift", [request.shift], shifts)
            self._in_period(f"request of handler {request.handler}: day", request.day)
        for need in self.requirement:
            self._known("requirement: shift", [need.shift], shifts)
            self._in_period(f"requirement of shift {need.shift}: day", need.day)
        _unique("requirement of day and shift", [f"{need.day} {need.shift}" for need in self.requirement])

    def _in_period(self, what: str, day: int) -> None:
        if not 0 <= day < self.n_days:
            raise ProblemError(f"{what} is {day}, expected 0 to {self.n_days - 1}")

    @staticmethod
    def _known(what: str, names: Collection[str], known: Collection[str]) -> None:
        for name in names:
            if name not in known:
                raise ProblemError(f"{what} names {name!r}, expected one of {', '.join(known)}")


def _unique(what: str, names: Sequence[str]) -> dict[str, None]:
    seen: dict[str, None] = {}
    for name in names:
        if name in seen:
            raise ProblemError(f"{what} {name!r} is given twice, expected once")
        seen[name] = None
    return seen


@dataclass(frozen=True, slots=True)
class NamedRoster:
    """For each handler of the problem, in its order, the shift's name per day, or None for a rest day."""

    days: tuple[tuple[str | None, ...], ...]
