"""Problems that peers of the roster can express: a control room in named shifts, and what pyworkforce asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from rostering.named.problem import NamedHandler, NamedProblem, NamedShift, ShiftRequest, ShiftRequirement

_WEEKS, _N_DAYS = 4, 28
_REST_H = 11
_UNDER, _OVER = 100, 1  # prices of a seat short and of one too many, as in Curtois and Qu's instances
_HARD = 10_000  # price of a seat short where none may be: above what all else could cost together


@dataclass(frozen=True, slots=True)
class PeerProblem:
    """A problem, and how a peer is asked.

    peers : who can express it
    min_hours : what pyworkforce's MinHoursRoster is told, or None
    is_cover_hard : whether a roster with a seat short counts as illegal
    """

    name: str
    named: NamedProblem
    peers: tuple[str, ...]
    min_hours: dict[str, Any] | None = None
    is_cover_hard: bool = False

    def request(self) -> dict[str, Any]:
        """The problem as JSON values, as the helpers in the peers' environment read it."""
        return {"problem": _plain(asdict(self.named)), "min_hours": self.min_hours}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, frozenset)):
        parts = [_plain(part) for part in value]
        return sorted(parts) if isinstance(value, frozenset) else parts
    return value


@dataclass(frozen=True, slots=True)
class _Times:
    """Name, start [h] and length [h] of a shift, and its share of the duties needed in a day."""

    name: str
    start_h: int
    length_h: int
    share: float

    def bars(self, after: _Times) -> bool:
        """Whether less than eleven hours lie between it and ``after`` on the next day."""
        return after.start_h + 24 - self.start_h - self.length_h < _REST_H


_ROOM_SHIFTS = (
    _Times("E07x8", 7, 8, 0.14),
    _Times("E07x10", 7, 10, 0.15),
    _Times("D07x12", 7, 12, 0.06),
    _Times("M10x8", 10, 8, 0.10),
    _Times("M11x10", 11, 10, 0.10),
    _Times("L14x8", 14, 8, 0.13),
    _Times("L15x10", 15, 10, 0.12),
    _Times("N19x12", 19, 12, 0.06),
    _Times("N21x10", 21, 10, 0.14),
)
_WEEKDAY = (0.98, 0.96, 0.97, 1.0, 1.08, 1.06, 0.95)  # of the mean day's duties, from Monday


def control_room(name: str, n_handlers: int, seed: int) -> PeerProblem:
    """Four weeks of a control room: named shifts by start and length, eleven hours between duties, full and part time,
    one in five never on nights, one in six a week on leave, wishes; the requirement is all that the contracts can give
    in the mean, so that somewhere there is too little."""
    rng = np.random.default_rng(seed)
    shifts = _named(_ROOM_SHIFTS)
    names = [shift.name for shift in shifts]
    handlers = [_room_handler(f"H{place:03}", rng) for place in range(n_handlers)]
    requests: list[ShiftRequest] = []
    for handler in handlers:
        for day in rng.choice(_N_DAYS, 5, replace=False).tolist():
            shift, weight = str(rng.choice(names)), int(rng.integers(1, 4))
            requests.append(ShiftRequest(handler.name, day, shift, weight, bool(rng.random() < 0.5)))
    mean_h = sum(times.share * times.length_h for times in _ROOM_SHIFTS)
    hours = sum(handler.min_total_min + handler.max_total_min for handler in handlers) / 120
    requirement = _spread(hours / mean_h / _N_DAYS, _ROOM_SHIFTS, rng, _UNDER, _OVER)
    named = NamedProblem(_N_DAYS, shifts, handlers, requests, requirement)
    return PeerProblem(name, named, ("shift_sat", "timefold"))


def _named(shifts: Sequence[_Times]) -> list[NamedShift]:
    return [
        NamedShift(times.name, 60 * times.length_h, frozenset(after.name for after in shifts if times.bars(after)))
        for times in shifts
    ]


def _room_handler(name: str, rng: np.random.Generator) -> NamedHandler:
    is_full, is_on_leave = rng.random() < 0.75, rng.random() < 1 / 6
    weeks = _WEEKS - is_on_leave
    least_h, most_h = (36 * weeks, 40 * weeks) if is_full else (20 * weeks, 24 * weeks)
    first = 7 * int(rng.integers(_WEEKS))
    never = [times.name for times in _ROOM_SHIFTS if times.name.startswith("N")] if rng.random() < 0.2 else []
    return NamedHandler(
        name, dict.fromkeys(never, 0), 60 * least_h, 60 * most_h, min_run=2, max_run=5 if is_full else 4,
        min_rest_run=2, max_weekends=2, rest_days=frozenset(range(first, first + 7)) if is_on_leave else frozenset(),
    )  # fmt: skip


def _spread(
    per_day: float, shifts: Sequence[_Times], rng: np.random.Generator, under: int, over: int
) -> list[ShiftRequirement]:
    """``per_day`` duties spread over days and shifts, each rounded up or down by chance so that the mean stays."""
    needs = []
    for day in range(_N_DAYS):
        for times in shifts:
            heads = int(per_day * _WEEKDAY[day % 7] * times.share + rng.random())
            needs.append(ShiftRequirement(day, times.name, heads, under, over))
    return needs


_HOURS_SHIFTS = (
    _Times("E7", 7, 7, 0.22),
    _Times("E8", 7, 8, 0.18),
    _Times("M10", 10, 10, 0.15),
    _Times("L8", 14, 8, 0.22),
    _Times("L9", 15, 9, 0.08),
    _Times("N12", 19, 12, 0.15),
)
_LEAST_H = 140  # of everybody: pyworkforce has one number for all


def min_hours(name: str, n_handlers: int, seed: int, after: str) -> PeerProblem:
    """What pyworkforce's MinHoursRoster can say: fewest hours less what preferred shifts are worth, cover at least the
    requirement, hours of everybody at least so many, shifts banned on days, and which shift may not follow which.

    after : ``anything`` (no such rule), ``night`` (a rest day after each night) or ``rest`` (eleven hours between
        duties). pyworkforce takes a shift with one forbidden successor to bar every duty on the next day, and never
        gives a shift with two: the second is said to it in those terms, the third as what it is
    """
    rng = np.random.default_rng(seed)
    shifts = _named(_HOURS_SHIFTS)
    names = [shift.name for shift in shifts]
    barred = {shift.name: shift.not_followed_by if after == "rest" else frozenset() for shift in shifts}
    pairs = [(name, follower) for name in names for follower in sorted(barred[name])]
    if after == "night":
        barred["N12"], pairs = frozenset(names), [("N12", "E7")]
    shifts = [NamedShift(shift.name, shift.length_min, barred[shift.name]) for shift in shifts]
    handlers, requests, preferences, weights = [], [], [], []
    for place in range(n_handlers):
        handler = _hours_handler(f"H{place:03}", rng)
        handlers.append(handler)
        liked = set(rng.choice(names, 2, replace=False).tolist()) if rng.random() < 0.4 else set()
        weight = int(rng.integers(1, 5))
        preferences += [{"resource": handler.name, "shift": shift} for shift in sorted(liked)]
        weights.append({"resource": handler.name, "weight": weight})
        for times in _HOURS_SHIFTS:
            cost = times.length_h - weight * (times.name in liked)
            requests += [ShiftRequest(handler.name, day, times.name, cost, False) for day in range(_N_DAYS)]
    requirement = _spread(0.95 * n_handlers * _LEAST_H / 8.7 / _N_DAYS, _HOURS_SHIFTS, rng, _HARD, 0)
    told = {
        "num_days": _N_DAYS, "resources": [handler.name for handler in handlers], "shifts": names,
        "shifts_hours": [times.length_h for times in _HOURS_SHIFTS], "min_working_hours": _LEAST_H,
        "banned_shifts": _banned(handlers, names),
        # Follows from the hours, as the problem has no such limit of its own.
        "max_resting": _N_DAYS - -(-_LEAST_H // max(times.length_h for times in _HOURS_SHIFTS)),
        "required_resources": {
            name: [need.handlers for need in requirement if need.shift == name] for name in names
        },
        "non_sequential_shifts": [{"origin": first, "destination": second} for first, second in pairs],
        "resources_preferences": preferences, "resources_prioritization": weights,
    }  # fmt: skip
    problem = NamedProblem(_N_DAYS, shifts, handlers, requests, requirement)
    return PeerProblem(name, problem, ("pyworkforce",), told, is_cover_hard=True)


def _hours_handler(name: str, rng: np.random.Generator) -> NamedHandler:
    first = 7 * int(rng.integers(_WEEKS))
    return NamedHandler(
        name, {"N12": 0} if rng.random() < 0.3 else {}, 60 * _LEAST_H, 60 * 12 * _N_DAYS, min_run=1, max_run=_N_DAYS,
        min_rest_run=1, max_weekends=_WEEKS,
        rest_days=frozenset(range(first, first + 7)) if rng.random() < 1 / 6 else frozenset(),
    )  # fmt: skip


def _banned(handlers: Sequence[NamedHandler], names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"resource": handler.name, "shift": shift, "day": day}
        for handler in handlers
        for day in range(_N_DAYS)
        for shift in names
        if day in handler.rest_days or handler.max_shifts.get(shift) == 0
    ]


MADE_UP: dict[str, Callable[[str], PeerProblem]] = {
    "control_room_120": partial(control_room, n_handlers=120, seed=1),
    "min_hours_150": partial(min_hours, n_handlers=150, seed=1, after="anything"),
    "min_hours_150_nights": partial(min_hours, n_handlers=150, seed=1, after="night"),
    "min_hours_150_rest": partial(min_hours, n_handlers=150, seed=1, after="rest"),
}
