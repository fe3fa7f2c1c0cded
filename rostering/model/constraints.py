"""The rules of one person's duties and hours, a function each; of rest and runs in ``rests`` and ``runs``."""

from __future__ import annotations

from ortools.sat.python import cp_model

from rostering.model.rests import add_after_nights, add_daily_rest, add_weekly_rest
from rostering.model.runs import add_backward, add_night_run, add_run, add_single_rest_days
from rostering.model.variables import Penalty, PersonVars, learning_starts
from rostering.roster import TierName
from rostering.rules import RuleId


def add_breaks(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Each break once, in the window of the option that is worked. Hard: no penalties."""
    for duty in who.duties:
        for kind, places in enumerate(duty.breaks[:3]):
            windows = [option.windows[kind] for option in duty.options]
            having = [x for window, x in zip(windows, duty.works, strict=True) if window.starts]
            if not having:
                continue
            model.add(sum(places.values()) == sum(having))
            for (start, length), taken in places.items():
                fitting = [
                    x
                    for window, x in zip(windows, duty.works, strict=True)
                    if window.length == length and start in window.starts
                ]
                model.add_bool_or(*fitting, ~taken)
    return []


def add_learning(model: cp_model.CpModel, who: PersonVars, sessions: int) -> None:
    """So many sessions of learning, one in a duty at most, each inside it and clear of its breaks."""
    length, every = who.person.learning.length, []
    for duty in who.duties:
        held = duty.breaks[3]
        every += list(held.values())
        model.add_at_most_one(held.values())
        room = [set(learning_starts(duty.slot, option, length)) for option in duty.options] if held else []
        for (start, _), taken in held.items():
            holding = [x for x, starts in zip(duty.works, room, strict=True) if start in starts]
            model.add_bool_or(*holding, ~taken)
            for places in duty.breaks[:3]:
                for (at, lasts), pause in places.items():
                    if at < start + length and start < at + lasts:
                        model.add_at_most_one(taken, pause)
    if every or sessions:
        model.add(sum(every) == sessions)


def add_hours(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Contract hours over the cycle and the averages as limits; hours off contract as a penalty."""
    person = who.person
    options = [(o, x) for duty in who.duties for o, x in zip(duty.options, duty.works, strict=True)]
    paid = sum(o.paid * x for o, x in options)
    worked = sum(o.worked * x for o, x in options)
    if person.paid_low > person.paid_high or not (options or person.paid_low <= 0 <= person.paid_high):
        model.add_bool_or([])
        return []
    if options:
        model.add_linear_constraint(paid, person.paid_low, person.paid_high)
        model.add_linear_constraint(worked, -1, person.most_worked)
    off = model.new_int_var(0, 1_000_000, "")
    model.add(15 * off >= 15 * paid + person.balance_min)
    model.add(15 * off >= -15 * paid - person.balance_min)
    return [Penalty(TierName.PEOPLE, RuleId.CONTRACT, person.handler.ref, 1, off)]


def add_own_costs(_: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """What an option costs by itself, what a slot without duty costs, and what no choice changes."""
    ref = who.person.handler.ref
    found = [Penalty(TierName.PEOPLE, rule, ref, amount, 1) for rule, amount in who.person.fixed]
    for duty in who.duties:
        for option, x in zip(duty.options, duty.works, strict=True):
            found += [Penalty(TierName.PEOPLE, rule, ref, amount, x) for rule, amount in option.parts]
            if option.extra:
                found.append(Penalty(TierName.COST, RuleId.OVERTIME, ref, option.extra, x))
        found += [Penalty(TierName.PEOPLE, rule, ref, cost, 1 - duty.worked) for rule, cost in duty.slot.off.items()]
    return found


PERSON_RULES = (
    add_breaks,
    add_daily_rest,
    add_weekly_rest,
    add_run,
    add_night_run,
    add_hours,
    add_single_rest_days,
    add_backward,
    add_after_nights,
    add_own_costs,
)


def add_person_rules(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Every rule of one person."""
    return [penalty for rule in PERSON_RULES for penalty in rule(model, who)]
