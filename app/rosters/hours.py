"""Minutes of a handler's past weeks, and how much of what they lie off the contract a period's pattern can make up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.forces.schemas import ForceSettings
from app.people.schemas import HandlerIn
from app.rosters.contract import contract_of, due_min
from app.rosters.history import WEEK, LastWeeks
from app.rosters.pattern import past_weeks_min
from rostering.problem import Mode
from rostering.rules import RuleSet, tolerance_min


@dataclass(frozen=True, slots=True)
class PaidHistory:
    """Paid minutes of the weeks that the contract's cycle looks back on, newest last, less what is `settled_min`: how
    far (+ over the contract, - under it) they lie beyond the period's reach, left out so that the pattern stays legal.
    """

    by_week: tuple[int, ...]
    settled_min: int = 0


def paid_history(
    handler: HandlerIn,
    settings: ForceSettings,
    rules: RuleSet,
    week_start: date,
    n_weeks: int,
    mode: Mode,
    last: LastWeeks,
) -> PaidHistory:
    """Paid minutes before a period, as far as the period can carry them.

    A roster may move a week's hours within rule CONTRACT's tolerance, and a week that leaves the cycle takes with it
    what made up for others. So a week with few duties may be unable to bring the sum back, even as the pattern says,
    which is what people were told. What lies beyond that is no longer the roster's to give: it is settled otherwise.
    A pattern that does not pay its contract by itself is not excused. Free duties can make up whatever they may.
    """
    contract = contract_of(handler, week_start, n_weeks, settings.zone)
    weeks = max(contract.cycle_weeks, n_weeks)
    before = weeks - n_weeks
    history = minutes_before(handler, handler.paid_min_by_week, week_start, before, settings, rules, last.all_paid)
    if mode is Mode.FREE:
        return PaidHistory(history)
    end, paid = week_start + n_weeks * WEEK, settings.meals_paid
    planned = sum(past_weeks_min(handler, end, n_weeks, rules, meals_paid=paid))
    by_pattern = sum(past_weeks_min(handler, week_start, before, rules, meals_paid=paid)) + planned
    due, tolerance = contract.weekly_min * weeks, tolerance_min(rules, weeks)
    if abs(by_pattern - due) > tolerance:
        return PaidHistory(history)
    off = sum(history) + planned - due
    beyond = off - min(max(off, -tolerance), tolerance)
    return PaidHistory(_less(history, beyond), beyond)


def _less(history: tuple[int, ...], minutes: int) -> tuple[int, ...]:
    """The weeks with so many minutes less in all, no week below none, the newest first."""
    left = list(history)
    for place in reversed(range(len(left))):
        taken = min(minutes, left[place])
        left[place], minutes = left[place] - taken, minutes - taken
    return tuple(left)


def settled(
    handlers: Sequence[HandlerIn],
    settings: ForceSettings,
    rules: RuleSet,
    week_start: date,
    n_weeks: int,
    mode: Mode,
    last: LastWeeks,
) -> tuple[str, ...]:
    """In words: whose hours of past weeks lie beyond what the period can make up."""
    notes = []
    for handler in handlers:
        minutes = paid_history(handler, settings, rules, week_start, n_weeks, mode, last).settled_min
        if minutes:
            side = "over" if minutes > 0 else "under"
            notes.append(
                f"handler {handler.ref}: {abs(minutes) / 60:.2f} h of past weeks {side} the contract are more than the "
                "pattern of these weeks can make up: settle them otherwise, by time off or hours added"
            )
    return tuple(notes)


def minutes_before(
    handler: HandlerIn,
    given: Sequence[int] | None,
    week_start: date,
    n_weeks: int,
    settings: ForceSettings,
    rules: RuleSet,
    rostered_by_week: Mapping[date, Mapping[str, int]],
) -> tuple[int, ...]:
    """Minutes of the `n_weeks` before, newest last: as rostered, else as given, else as the pattern says; of weeks of
    another contract than the present one as that one asks."""
    assumed = list(past_weeks_min(handler, week_start, n_weeks, rules, meals_paid=settings.meals_paid))
    if handler.contracts:
        present = handler.contract_on(week_start)
        for back in range(1, n_weeks + 1):
            days = [week_start - back * WEEK + timedelta(days=day) for day in range(7)]
            if any(handler.contract_on(day) is not present for day in days):
                assumed[n_weeks - back] = round(due_min(handler, days))
    newest_back = 1 if handler.history_until is None else (week_start - handler.history_until).days // 7 + 1
    for back, minutes in enumerate(reversed(given or ()), newest_back):
        if 1 <= back <= n_weeks:
            assumed[n_weeks - back] = minutes
    for back in range(1, n_weeks + 1):
        rostered = rostered_by_week.get(week_start - back * WEEK, {}).get(handler.ref)
        if rostered is not None:
            assumed[n_weeks - back] = rostered
    return tuple(assumed)
