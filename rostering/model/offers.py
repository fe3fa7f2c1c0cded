"""Work besides the pattern that somebody offers: overtime around a duty, duties on rest days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from rostering.model.frame import Frame, Without, minute_of, quarter_of
from rostering.model.ordinary import Times, is_ordinary
from rostering.model.slots import Ints, Mask, OptionRows
from rostering.model.strain import moves_off_wish
from rostering.model.times import Session, keeps, timed
from rostering.model.training import Base
from rostering.problem import Handler, Mode, Offer, OfferKind
from rostering.rules import RuleId


def overtime(
    frame: Frame,
    handler: Handler,
    base: Base,
    sessions: Sequence[Session],
    only: Times | None,
    without: Without,
) -> list[OptionRows]:
    """Duties lengthened at either end, within an offer of their date; not what consent allows anyway."""
    problem = frame.problem
    told = frame.published.get(handler.ref, {}).get(base.day) if problem.mode is Mode.REPAIR else None
    first = base.start if told is None else quarter_of(problem, told.start)
    last = base.end if told is None else quarter_of(problem, told.end)
    starts, ends = [], []
    for offer in handler.offers:
        if offer.kind is OfferKind.OVERTIME and frame.number(offer.date) == base.day:
            start, end = _around(frame, offer, first, last, only)
            starts.append(start)
            ends.append(end)
    if not starts:
        return []
    start, end = (np.concatenate(parts) for parts in (starts, ends))
    both = np.unique(np.stack([start, end]), axis=1)
    start, end = both[0], both[1]
    good = (frame.clock.days(start) == base.day) & ((start < first) | (end > last))
    good &= ~is_ordinary(frame, handler, base, start, 15 * (end - start), without)
    options = timed(frame, handler, start[good], 15 * (end - start)[good], sessions, without)
    if RuleId.AGREEMENT not in without:
        options = keeps(frame, handler.agreements, base.day, options)
    paid = problem.paid_min(handler, 15 * (last - first)) // 15
    extra = problem.rules[RuleId.OVERTIME]["per_overtime"] * (options.end - options.start - (last - first))
    moves = np.zeros(1, dtype=np.int64)
    if base.nominal is not None:
        moves = moves_off_wish(handler, 15 * np.array([first - base.start]), 15 * np.array([last - base.end]))
    n = len(options)
    parts = {RuleId.CONSENT: np.full(n, moves[0], dtype=np.int64)}
    return [replace(options, paid=np.full(n, paid, dtype=np.int64), extra=extra, parts=parts)]


def _around(frame: Frame, offer: Offer, first: int, last: int, only: Times | None) -> tuple[Ints, Ints]:
    """Starts and ends around the duty from ``first`` to ``last``, the parts besides it inside the offer."""
    problem = frame.problem
    opens, closes = quarter_of(problem, offer.earliest), quarter_of(problem, offer.latest)
    step, most = problem.length_step_min // 15, offer.most_min // 15
    if only is None:
        parts = np.arange(0, most + 1, step)
        before, after = np.repeat(parts, len(parts)), np.tile(parts, len(parts))
    else:
        before, after = (np.array([n]) for n in (first - only[0], only[0] + only[1] // 15 - last))
    good = (before >= 0) & (after >= 0) & (before + after <= most)
    good &= (before == 0) | ((first - before >= opens) & (first <= closes))
    good &= (after == 0) | ((last >= opens) & (last + after <= closes))
    return (first - before[good]).astype(np.int64), (last + after[good]).astype(np.int64)


def offered(frame: Frame, handler: Handler, day: int, only: Times | None, without: Without) -> list[OptionRows]:
    """Duties on a rest day, paid or against time off; of two offers of the same duty the cheaper one."""
    found: list[OptionRows] = []
    for offer in handler.offers:
        if offer.kind is OfferKind.OVERTIME or frame.number(offer.date) != day:
            continue
        start, length = _inside(frame, offer, only)
        good = frame.clock.days(start) == day
        options = timed(frame, handler, start[good], length[good], (), without)
        if RuleId.AGREEMENT not in without:
            options = keeps(frame, handler.agreements, day, options)
        found.append(replace(options, paid=np.zeros(len(options), dtype=np.int64), extra=_price(frame, offer, options)))
    return _cheapest(found)


def _inside(frame: Frame, offer: Offer, only: Times | None) -> tuple[Ints, Ints]:
    problem, rule = frame.problem, frame.problem.rules[RuleId.LENGTHS]
    opens, closes = quarter_of(problem, offer.earliest), quarter_of(problem, offer.latest)
    high = min(rule["longest_min"], offer.most_min)
    low = min(rule["shortest_min"], offer.most_min)
    if only is None:
        starts = np.arange(opens, closes, problem.start_step_min // 15)
        lengths = np.arange(high, low - 1, -problem.length_step_min)[::-1]
        start, length = (grid.ravel() for grid in np.meshgrid(starts, lengths, indexing="ij"))
    else:
        start, length = np.array([only[0]]), np.array([only[1]])
    good: Mask = (start >= opens) & (start + length // 15 <= closes) & (length >= low) & (length <= high)
    return start[good].astype(np.int64), length[good].astype(np.int64)


def _price(frame: Frame, offer: Offer, options: OptionRows) -> Ints:
    """Rule OVERTIME: cost of each quarter-hour, more where people are told late."""
    problem, rule = frame.problem, frame.problem.rules[RuleId.OVERTIME]
    per_quarter = rule["per_rest_day"] if offer.kind is OfferKind.REST_DAY else rule["per_toil"]
    told = minute_of(problem, (problem.told_at or problem.begin) + timedelta(days=rule["notice_days"]))
    late = 15 * options.start < told
    return (options.end - options.start) * (per_quarter + rule["per_short_notice"] * late)


def _cheapest(found: list[OptionRows]) -> list[OptionRows]:
    """Options of several offers, each time once, at its lowest cost."""
    if len(found) < 2:
        return found
    cost: dict[tuple[int, int], int] = {}
    for options in found:
        for start, end, extra in zip(options.start, options.end, options.extra, strict=True):
            cost[start, end] = min(int(extra), cost.get((start, end), int(extra)))
    kept = []
    for options in found:
        mask = np.zeros(len(options), dtype=np.bool_)
        for row, key in enumerate(zip(options.start, options.end, strict=True)):
            if cost.get(key) == options.extra[row]:
                mask[row] = True
                del cost[key]
        kept.append(options.only(mask))
    return kept
