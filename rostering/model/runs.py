"""Rules of duties on consecutive dates: runs, nights in a row, single days of rest, steps back by the clock."""

from __future__ import annotations

from itertools import pairwise

from ortools.sat.python import cp_model

from rostering.model.variables import Expr, Penalty, PersonVars
from rostering.roster import TierName
from rostering.rules import RuleId


def add_run(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Most duties in a row; each beyond those free of a penalty, history included."""
    limits, before = who.person.limits, who.person.before
    worked = _history(before.day, before.run)
    worked |= {duty.slot.day: duty.worked for duty in who.duties}
    _add_most(model, who, worked, limits.most_run, nights=False)
    return _beyond(model, who, worked, limits.duties_free, limits.per_duty)


def add_night_run(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Most night duties in a row; each beyond those free of a penalty, history included."""
    limits, before = who.person.limits, who.person.before
    nights = _history(before.day, before.nights)
    nights |= {duty.slot.day: duty.night for duty in who.duties}
    _add_most(model, who, nights, limits.most_nights, nights=True)
    return _beyond(model, who, nights, limits.nights_free, limits.per_night)


def add_single_rest_days(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """A penalty for each single day of rest between duties."""
    limits, before = who.person.limits, who.person.before
    worked: dict[int, Expr] = {before.day: 1} if before.run else {}
    worked |= {duty.slot.day: duty.worked for duty in who.duties}
    found = []
    for duty in who.duties if limits.per_single else ():
        day = duty.slot.day
        if duty.slot.single_rest and day - 2 in worked and not _always(worked.get(day - 1, 0)):
            alone = model.new_bool_var("")
            model.add(alone >= worked[day - 2] + duty.worked - worked.get(day - 1, 0) - 1)
            found.append(_fatigue(who, limits.per_single, alone))
    return found


def add_backward(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """A penalty for each duty that starts earlier by the clock than the day before's."""
    limits, before, found = who.person.limits, who.person.before, []
    if not limits.per_backward:
        return []
    for duty in who.duties:
        if before.run and duty.slot.day == before.day + 1:
            back = duty.having(lambda option: before.clock - option.clock > limits.backward_min)
            found += [_fatigue(who, limits.per_backward, x) for x in back]
    for earlier, duty in pairwise(who.duties):
        if duty.slot.day != earlier.slot.day + 1:
            continue
        stepped: cp_model.IntVar | None = None
        for clock in sorted({option.clock for option in duty.options}):
            late = earlier.having(lambda option, clock=clock: option.clock - clock > limits.backward_min)  # type: ignore[misc]
            if not late:
                break
            stepped = model.new_bool_var("") if stepped is None else stepped
            early = duty.having(lambda option, clock=clock: option.clock <= clock)  # type: ignore[misc]
            model.add(stepped >= sum(late) + sum(early) - 1)
        if stepped is not None:
            found.append(_fatigue(who, limits.per_backward, stepped))
    return found


def _history(day: int, run: int) -> dict[int, Expr]:
    return dict.fromkeys(range(day - run + 1, day + 1), 1)


def _add_most(model: cp_model.CpModel, who: PersonVars, held: dict[int, Expr], most: int, *, nights: bool) -> None:
    """No duty (night duty) that is free to move ends more than ``most`` consecutive dates with one."""
    for duty in who.duties:
        days = range(duty.slot.day - most, duty.slot.day + 1)
        if duty.slot.frozen or not all(day in held for day in days):
            continue
        ending = duty.night if nights else duty.worked
        model.add(sum(held[day] for day in days[:-1]) + ending <= most)


def _beyond(model: cp_model.CpModel, who: PersonVars, held: dict[int, Expr], free: int, price: int) -> list[Penalty]:
    found = []
    for duty in who.duties if price else ():
        days = range(duty.slot.day - free, duty.slot.day + 1)
        if all(day in held and not _never(held[day]) for day in days):
            beyond = model.new_bool_var("")
            model.add(beyond >= sum(held[day] for day in days) - free)
            found.append(_fatigue(who, price, beyond))
    return found


def _fatigue(who: PersonVars, price: int, term: Expr) -> Penalty:
    return Penalty(TierName.PEOPLE, RuleId.FATIGUE, who.person.handler.ref, price, term)


def _always(term: Expr) -> bool:
    return isinstance(term, int) and term == 1


def _never(term: Expr) -> bool:
    return isinstance(term, int) and term == 0
