"""The rules of one person's week, a function each."""

from __future__ import annotations

from itertools import pairwise

from ortools.sat.python import cp_model

from rostering.model.rest import RestMode
from rostering.model.variables import DutyVars, Penalty, PersonVars
from rostering.roster import TierName
from rostering.rules import RuleId


def add_breaks(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Each break once, in the window of the option that is worked. Hard: no penalties."""
    for duty in who.duties:
        for kind, places in enumerate(duty.breaks):
            having = [x for o, x in zip(duty.options, duty.works, strict=True) if o.windows[kind].starts]
            if not having:
                continue
            model.add(sum(places.values()) == sum(having))
            for (start, length), taken in places.items():
                fitting = [
                    x
                    for o, x in zip(duty.options, duty.works, strict=True)
                    if o.windows[kind].length == length and start in o.windows[kind].starts
                ]
                model.add_bool_or(*fitting, ~taken)
    return []


def add_daily_rest(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Reg. 10: no two duties in a row closer than the daily rest. Hard: no penalties."""
    for place, (before, after) in enumerate(pairwise(who.duties), start=1):
        gap = min((mode.gaps[place] for mode in who.person.modes), default=0)
        for end in sorted({option.end for option in before.options}):
            late = [x for o, x in zip(before.options, before.works, strict=True) if o.end >= end]
            early = [x for o, x in zip(after.options, after.works, strict=True) if o.start < end + gap]
            if early:
                model.add_at_most_one(*late, *early)
    return []


def add_weekly_rest(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Reg. 11: one of the ways of weekly rest. Hard: no penalties."""
    chosen = [model.new_bool_var("") for _ in who.person.modes]
    model.add_at_least_one(chosen)
    for mode, taken in zip(who.person.modes, chosen, strict=True):
        _add_mode(model, who, mode, taken)
    return []


def _add_mode(model: cp_model.CpModel, who: PersonVars, mode: RestMode, taken: cp_model.IntVar) -> None:
    if not who.duties:
        return
    for option, x in zip(who.duties[0].options, who.duties[0].works, strict=True):
        if option.start < mode.first_start:
            model.add_implication(taken, ~x)
    for option, x in zip(who.duties[-1].options, who.duties[-1].works, strict=True):
        if option.end > mode.last_end:
            model.add_implication(taken, ~x)
    for place, (before, after) in enumerate(pairwise(who.duties), start=1):
        daily = min(other.gaps[place] for other in who.person.modes)
        if mode.gaps[place] > daily:
            _add_gap(model, before, after, mode.gaps[place], taken)


def _add_gap(model: cp_model.CpModel, before: DutyVars, after: DutyVars, gap: int, taken: cp_model.IntVar) -> None:
    for option, x in zip(before.options, before.works, strict=True):
        for other, y in zip(after.options, after.works, strict=True):
            if other.start < option.end + gap:
                model.add_bool_or(~taken, ~x, ~y)


def add_hours(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Contract hours over the cycle and the 17-week average as limits; hours off contract as a penalty."""
    person = who.person
    paid = sum(o.paid * x for duty in who.duties for o, x in zip(duty.options, duty.works, strict=True))
    if person.paid_low > person.paid_high:
        model.add_bool_or([])
        return []
    if who.duties:
        model.add_linear_constraint(paid, person.paid_low, person.paid_high)
    elif not person.paid_low <= 0 <= person.paid_high:
        model.add_bool_or([])
    off = model.new_int_var(0, 100_000, "")
    model.add(15 * off >= 15 * paid + person.balance_min)
    model.add(15 * off >= -15 * paid - person.balance_min)
    return [Penalty(TierName.PEOPLE, RuleId.CONTRACT, person.handler.ref, 1, off)]


def add_moves(_: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Quarter-hours that start and finish lie off the handler's wish."""
    return [
        Penalty(TierName.PEOPLE, RuleId.CONSENT, who.person.handler.ref, option.moved, x)
        for duty in who.duties
        for option, x in zip(duty.options, duty.works, strict=True)
        if option.moved
    ]


PERSON_RULES = (add_breaks, add_daily_rest, add_weekly_rest, add_hours, add_moves)


def add_person_rules(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Every rule of one person's week."""
    return [penalty for rule in PERSON_RULES for penalty in rule(model, who)]
