"""The options of a whole force as flat arrays, for the compiled search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rostering.model.options import PersonOptions

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Week(NamedTuple):
    """People hold slots, slots hold options; ``*_from[i] : *_from[i + 1]`` are the members of ``i``.

    A slot is a possible duty, one per local date at most. A plan names an option per slot, -1: no duty.

    must, day : whether a duty has to be worked there; its date, counted from the first Monday, (slots,)
    roles : roles held that the cover looks at, (slots, roles); each is a row of heads on duty after the three on calls
    base, blocked : first quarter-hour of a slot and what is off calls from there, (slots,), (slots, span)
    start, end, paid : options [quarter-hours]
    own, extra : an option's own part of the people tier and of the cost tier
    paid_low : least paid of the duty's options, (duties,); paid_width : most less least, (duties,)
    end_from, ends, end_rank : distinct ends of a duty's options, rising; the option's place among them
    first, last : first and last start of meal, break before and break after, (3, options); last < first: none
    lengths : of the same breaks, (3, options)
    mode_* : ways of weekly rest, (modes, duties of the person) or (modes,)
    low, high, balance_min : paid quarter-hours allowed, balance of the cycle before this week
    """

    slot_from: Ints
    must: NDArray[np.bool_]
    day: Ints
    roles: NDArray[np.bool_]
    option_from: Ints
    skill_class: Ints
    base: Ints
    blocked: NDArray[np.bool_]
    start: Ints
    end: Ints
    paid: Ints
    own: Ints
    extra: Ints
    paid_low: Ints
    paid_width: Ints
    end_from: Ints
    ends: Ints
    end_rank: Ints
    first: Ints
    last: Ints
    lengths: Ints
    mode_from: Ints
    mode_gap: Ints
    mode_first: Ints
    mode_last: Ints
    low: Ints
    high: Ints
    balance_min: Ints


def _offsets(sizes: Sequence[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.array(sizes, dtype=np.int64))]).astype(np.int64)


def week_arrays(people: Sequence[PersonOptions]) -> Week:
    """Flat arrays of ``people``, whose duties all have options and skills."""
    duties = [duty for person in people for duty in person.duties]
    options = [option for duty in duties for option in duty.options]
    bases = [min(o.start for o in duty.options) for duty in duties]
    span = max((max(o.end for o in d.options) - b for d, b in zip(duties, bases, strict=True)), default=1)
    blocked = np.zeros((len(duties), span + 1), dtype=np.bool_)
    for row, (duty, base) in enumerate(zip(duties, bases, strict=True)):
        for quarter in duty.training:
            if 0 <= quarter - base <= span:
                blocked[row, quarter - base] = True
    ends = [sorted({o.end for o in duty.options}) for duty in duties]
    modes = [mode for person in people for mode in person.modes]
    most = max((len(person.duties) for person in people), default=0) + 1
    gaps = np.zeros((len(modes), most), dtype=np.int64)
    for row, mode in enumerate(modes):
        gaps[row, : len(mode.gaps)] = mode.gaps
    least = [min(o.paid for o in duty.options) for duty in duties]
    breaks = [option.windows for option in options]
    return Week(
        slot_from=_offsets([len(person.duties) for person in people]),
        must=np.ones(len(duties), dtype=np.bool_),
        day=_ints([duty.day for duty in duties]),
        roles=np.zeros((len(duties), 0), dtype=np.bool_),
        option_from=_offsets([len(duty.options) for duty in duties]),
        skill_class=_ints([int(d.skill_class) if d.skill_class is not None else -1 for d in duties]),
        base=_ints(bases),
        blocked=blocked,
        start=_ints([o.start for o in options]),
        end=_ints([o.end for o in options]),
        paid=_ints([o.paid for o in options]),
        own=_ints([o.moved for o in options]),
        extra=_ints([0 for _ in options]),
        paid_low=_ints(least),
        paid_width=_ints([max(o.paid for o in d.options) - low for d, low in zip(duties, least, strict=True)]),
        end_from=_offsets([len(e) for e in ends]),
        ends=_ints([end for of_duty in ends for end in of_duty]),
        end_rank=_ints([of.index(o.end) for of, duty in zip(ends, duties, strict=True) for o in duty.options]),
        first=_ints([[w.starts[0] if w.starts else 0 for w in three] for three in breaks]).reshape(-1, 3).T.copy(),
        last=_ints([[w.starts[-1] if w.starts else -1 for w in three] for three in breaks]).reshape(-1, 3).T.copy(),
        lengths=_ints([[w.length for w in three] for three in breaks]).reshape(-1, 3).T.copy(),
        mode_from=_offsets([len(person.modes) for person in people]),
        mode_gap=gaps,
        mode_first=_ints([mode.first_start for mode in modes]),
        mode_last=_ints([mode.last_end for mode in modes]),
        low=_ints([person.paid_low for person in people]),
        high=_ints([person.paid_high for person in people]),
        balance_min=_ints([person.balance_min for person in people]),
    )


def _ints(values: object) -> Ints:
    return np.array(values, dtype=np.int64)
