"""Which duties could reach an interval: those that an explanation tests, and who could be there at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rostering.findings import local_date
from rostering.problem import Handler, Mode, OfferKind, RosterProblem, Skill
from rostering.roster import Activity, Duty
from rostering.rules import RuleId
from rostering.tour import Span, length_limits

Heads = tuple[int, int, int]  # only 999, only 101, both
_QUARTER, _DAY, _MINUTE = timedelta(minutes=15), timedelta(days=1), timedelta(minutes=1)
_CALLS = (Activity.CALLS_999, Activity.CALLS_101)


def skill_class(who: Handler, day: date) -> int | None:
    """0 answers only 999, 1 only 101, 2 both; None: neither on that date."""
    nines, ones = who.has_skill(Skill.CALLS_999, day), who.has_skill(Skill.CALLS_101, day)
    if nines and ones:
        return 2
    if nines:
        return 0
    return 1 if ones else None


def least_short(problem: RosterProblem, interval: int, heads: Heads) -> tuple[int, int]:
    """999 seats short and seats short in total with ``heads`` on calls at their best desks."""
    nines, ones = int(problem.cover.needed_999[interval]), int(problem.cover.needed_101[interval])
    only_999, only_101, both = heads
    short_999 = max(nines - only_999 - both, 0)
    left = both - max(min(nines - only_999, both), 0)
    return short_999, short_999 + max(ones - only_101 - left, 0)


def most_heads(problem: RosterProblem, start: datetime) -> Heads:
    """Heads that could be on calls from ``start`` on at most, people of other duties included.

    Everybody counts whom one duty of their own could bring there: rest, hours, runs, agreements, breaks and what the
    duty takes from other intervals are left out, so that the number is never too small.
    """
    interval = (start - problem.begin) // _QUARTER
    assert problem.cover.already_999 is not None  # the cover fills them in
    assert problem.cover.already_101 is not None
    heads = [int(problem.cover.already_999[interval]), int(problem.cover.already_101[interval]), 0]
    for duty in problem.frozen_duties:
        for span in duty.activities:
            if span.activity in _CALLS and span.start <= start < span.end:
                heads[_CALLS.index(span.activity)] += 1
    briefing = problem.briefing_min * _MINUTE
    for who in problem.handlers:
        kinds = {
            skill_class(who, day) for day, first, last in reaches(problem, who) if first + briefing <= start < last
        }
        if len(kinds - {None}) > 1:  # skills change between the two dates whose duties reach the interval
            heads[2] += 1
        elif kinds - {None}:
            heads[int(max(kind for kind in kinds if kind is not None))] += 1
    return heads[0], heads[1], heads[2]


def reaches(problem: RosterProblem, who: Handler) -> Iterator[tuple[date, datetime, datetime]]:
    """Local date, earliest start and latest end of all duties that a handler may have on a date, one or more a date."""
    frozen = {local_date(problem, duty.start) for duty in problem.frozen_duties if duty.handler == who.ref}
    pinned = {local_date(problem, pin.start): pin for pin in problem.pinned if pin.handler == who.ref}
    for day in (problem.week_start + n * _DAY for n in range(7 * problem.n_weeks)):
        if who.on_leave(day) or day in frozen:
            continue
        if (pin := pinned.get(day)) is not None:
            yield day, pin.start, pin.end
        elif problem.mode is Mode.FREE:
            yield from _free_reach(problem, who, day)
        else:
            yield from _fixed_reach(problem, who, day)


def _free_reach(problem: RosterProblem, who: Handler, day: date) -> Iterator[tuple[date, datetime, datetime]]:
    longest = _longest(problem) * _MINUTE
    for band in problem.band_starts:
        if band.band in who.bands:
            first, last = (_clock(problem, day, minute) for minute in (band.first_min, band.last_min))
            yield day, first, last + longest  # in UTC: elapsed time across a clock change


def _fixed_reach(problem: RosterProblem, who: Handler, day: date) -> Iterator[tuple[date, datetime, datetime]]:
    earlier, _, _, later = (minutes * _MINUTE for minutes in who.consent.moves_min(day))
    for start, end in bases(problem, who, day):
        yield day, start - earlier, end + later
    for offer in who.offers:
        if offer.date == day:
            first, last = offer.earliest, offer.latest
            if offer.kind is OfferKind.OVERTIME:
                for start, end in bases(problem, who, day):
                    first, last = min(first, start), max(last, end)
            yield day, first, last


def bases(problem: RosterProblem, who: Handler, day: date) -> Iterator[Span]:
    """The nominal and, in repair, the published duty of a date: start and end."""
    if problem.mode is not Mode.FREE:
        yield from ((duty.start, duty.end) for duty in who.nominal if duty.date == day)
    if problem.mode is Mode.REPAIR:
        published = (duty for duty in problem.published if duty.handler == who.ref)
        yield from ((duty.start, duty.end) for duty in published if local_date(problem, duty.start) == day)


def _longest(problem: RosterProblem) -> int:
    return min(length_limits(problem, None)[1], problem.rules[RuleId.DUTY_MAX]["duty_max_min"])


def _clock(problem: RosterProblem, day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(problem.timezone)).astimezone(UTC)


def moved_duties(
    problem: RosterProblem, who: Handler, duties: Sequence[Duty], start: datetime, *, longer: bool = False
) -> Iterator[tuple[Duty | None, Duty]]:
    """Duties that reach the quarter-hour from ``start``, each with the one that it replaces, None: one more duty.

    The last duty before it lengthened and moved, the first one after it likewise, and a duty on a date without one,
    by the offers of the date, in free mode by the bands, else around the interval.

    longer : instead, the same two duties with the interval somewhere within
    """
    end = start + _QUARTER
    before = max((duty for duty in duties if duty.end <= start), key=lambda duty: duty.end, default=None)
    after = min((duty for duty in duties if duty.start >= end), key=lambda duty: duty.start, default=None)
    for old in (before, after):
        if old is not None:
            yield from ((old, new) for new in _towards(problem, old, start, longer=longer))
    worked = {local_date(problem, duty.start) for duty in duties}
    today = local_date(problem, start)
    for day in (today, today - _DAY):
        if day not in worked and not longer:
            yield from ((None, new) for new in _besides(problem, who, day, start))


def _towards(problem: RosterProblem, old: Duty, start: datetime, *, longer: bool) -> Iterator[Duty]:
    """``old`` lengthened to the interval, moved there, and each step between; ``longer``: and beyond the interval."""
    end, step = start + _QUARTER, problem.length_step_min * _MINUTE
    late = old.end <= start
    gap = end - old.end if late else old.start - start
    reach = problem.rules[RuleId.DUTY_MAX]["duty_max_min"] * _MINUTE
    if gap > reach:
        return
    beyond = [n * step for n in range(1, reach // step)] if longer else [timedelta(0)]
    for n in range(-(-gap // step) + 1 + (len(beyond) if longer else 0)):
        shift = n * step if longer else min(n * step, gap)
        for more in beyond:
            first, last = (old.start + shift, end + more) if late else (start - more, old.end - shift)
            same_day = local_date(problem, first) == local_date(problem, old.start)
            if same_day and first <= start and last >= end and last - first <= reach:
                yield Duty(old.handler, first, last, ())


def _besides(problem: RosterProblem, who: Handler, day: date, start: datetime) -> Iterator[Duty]:
    """Duties on a date without one that reach the interval."""
    end = start + _QUARTER
    spans: list[Span] = []
    shortest, longest = length_limits(problem, None)[0] * _MINUTE, _longest(problem) * _MINUTE
    if problem.mode is Mode.FREE:
        for band in problem.band_starts:
            for minute in range(band.first_min, band.last_min + 1, max(problem.start_step_min, 15)):
                first = _clock(problem, day, minute)
                for length in (shortest, min(timedelta(hours=8), longest), longest):
                    spans.append((first, first + length))
    for offer in who.offers:
        if offer.date == day and offer.kind is not OfferKind.OVERTIME:
            length = min(offer.most_min * _MINUTE, offer.latest - offer.earliest, longest)
            first = offer.earliest
            while first + length <= offer.latest:
                spans.append((first, first + length))
                first += problem.start_step_min * _MINUTE
    if not spans:
        spans = [
            (first, first + timedelta(hours=8))
            for first in (start - timedelta(hours=4), start, end - timedelta(hours=8))
        ]
    for first, last in spans:
        if first <= start and end <= last and local_date(problem, first) == day:
            yield Duty(who.ref, first, last, ())
