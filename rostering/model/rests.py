"""Rules of rest between duties: daily, weekly, and after nights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from ortools.sat.python import cp_model

from rostering.model.variables import DutyVars, Penalty, PersonVars
from rostering.roster import TierName
from rostering.rules import RuleId


def add_daily_rest(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Reg. 10: no two duties closer than the daily rest, unless both stand. Hard: no penalties."""
    rest, before = who.person.limits.rest_min, who.person.before
    for duty in who.duties:
        if not duty.slot.frozen:
            for x in duty.having(lambda option: 15 * option.start < before.end_min + rest):
                model.add(x == 0)
    for earlier, later in combinations(who.duties, 2):
        if (earlier.slot.frozen and later.slot.frozen) or not earlier.options or not later.options:
            continue
        first = min(option.start for option in later.options)
        for end in sorted({option.end for option in earlier.options if 15 * (first - option.end) < rest}):
            late = earlier.having(lambda option, end=end: option.end >= end)  # type: ignore[misc]
            early = later.having(lambda option, end=end: 15 * (option.start - end) < rest)  # type: ignore[misc]
            model.add_at_most_one(*late, *early)
    return []


@dataclass(frozen=True, slots=True)
class _Kind:
    """A weekly rest: the span that its part has to lie in, least part and least whole [min]."""

    opens: int
    closes: int
    least: int
    whole: int

    def latest_begin(self, end: int) -> int | None:
        """Latest moment from which a rest until ``end`` is one of this kind; None: no rest until then is."""
        inside = min(end, self.closes)
        return None if inside - self.opens < self.least else min(end - self.whole, inside - self.least)


def add_weekly_rest(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """Reg. 11: in each week a rest of its own, or in it and the week before a long one or two. Hard: no penalties."""
    limits, before = who.person.limits, who.person.before
    if all(duty.slot.frozen for duty in who.duties):
        return []
    week, fortnight, daily = limits.week_rest_min, limits.fortnight_rest_min, limits.daily_rest_min
    monday = [15 * quarter for quarter in limits.monday]
    for w in range(len(monday) - 2):
        short_past, long_past = (before.short_rests, before.long_rests) if w == 0 else (0, 0)
        if long_past or short_past > 1:
            continue
        inside = _rests(model, who, _Kind(monday[w + 1], monday[w + 2], week, week + daily))
        long = _rests(model, who, _Kind(monday[w], monday[w + 2], fortnight, fortnight + daily))
        short = _rests(model, who, _Kind(monday[w], monday[w + 2], week, week + daily))
        two = model.new_bool_var("")
        model.add(sum(short) + short_past >= 2).only_enforce_if(two)
        model.add_bool_or(*inside, *long, two)
    return []


def _rests(model: cp_model.CpModel, who: PersonVars, kind: _Kind) -> list[cp_model.IntVar]:
    """A literal for each duty that ends a rest of this kind, and for the rest after the last one."""
    found, before = [], who.person.before.end_min
    for place, duty in enumerate(who.duties):
        ends = {option.start: kind.latest_begin(15 * option.start) for option in duty.options}
        if not any(begin is not None and before <= begin for begin in ends.values()):
            continue
        rested = model.new_bool_var("")
        model.add_bool_or(*duty.works, ~rested)
        for start, begin in ends.items():
            now = duty.having(lambda option, start=start: option.start == start)  # type: ignore[misc]
            if begin is None or before > begin:
                for x in now:
                    model.add_implication(rested, ~x)
                continue
            for earlier in who.duties[:place]:
                if late := earlier.having(lambda option, begin=begin: 15 * option.end > begin):  # type: ignore[misc]
                    model.add(sum(late) + sum(now) <= 1).only_enforce_if(rested)
        found.append(rested)
    begin = kind.latest_begin(who.person.next_start_min)
    if begin is not None and before <= begin:
        rested = model.new_bool_var("")
        for duty in who.duties:
            for x in duty.having(lambda option: 15 * option.end > begin):
                model.add_implication(rested, ~x)
        found.append(rested)
    return found


def add_after_nights(model: cp_model.CpModel, who: PersonVars) -> list[Penalty]:
    """A penalty for each duty by day too soon after the last night duty."""
    limits, before, found = who.person.limits, who.person.before, []
    for place, duty in enumerate(who.duties if limits.per_after_nights else ()):
        by_day = sorted({option.start for option in duty.options if not option.night})
        soon: cp_model.IntVar | None = None
        for back in range(place - 1, -2, -1):
            between = sum(who.duties[k].worked for k in range(back + 1, place))
            earlier = who.duties[back] if back >= 0 else None
            for start in by_day:
                late = _late_nights(earlier, 15 * start - limits.after_nights_min)
                if earlier is None:
                    late = [1] if before.night and before.end_min > 15 * start - limits.after_nights_min else []
                if not late:
                    break
                soon = model.new_bool_var("") if soon is None else soon
                early = duty.having(lambda option, start=start: not option.night and option.start <= start)  # type: ignore[misc]
                model.add(soon >= sum(late) + sum(early) - 1 - between)
            if earlier is not None and earlier.slot.must:
                break
        if soon is not None:
            who_ref = who.person.handler.ref
            found.append(Penalty(TierName.PEOPLE, RuleId.AFTER_NIGHTS, who_ref, limits.per_after_nights, soon))
    return found


def _late_nights(duty: DutyVars | None, until_min: int) -> list[cp_model.IntVar | int]:
    """Booleans of the night duties that end after a moment."""
    if duty is None:
        return []
    return [*duty.having(lambda option: option.night and 15 * option.end > until_min)]
