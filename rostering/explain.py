"""Why an interval is short: who is on, who is not and which rules say so, and what nobody could mend. No solver."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from rostering.check import CheckReport
from rostering.check_days import check_days, check_times
from rostering.check_hours import check_hours
from rostering.check_rest import check_rest
from rostering.coverage import recount_cover
from rostering.errors import ProblemError
from rostering.explain_reach import Heads, least_short, most_heads, moved_duties, skill_class
from rostering.findings import Book, Violation, local_date
from rostering.problem import Handler, RosterProblem, Skill
from rostering.roster import Activity, Duty, Roster, TierName
from rostering.rules import RuleId
from rostering.tour import tours_of

_QUARTER = timedelta(minutes=15)
_CALLS = (Activity.CALLS_999, Activity.CALLS_101)
_MENDED_BY_LENGTH = {RuleId.CONTRACT, RuleId.LENGTHS}  # by a duty that lasts beyond the interval


class Presence(StrEnum):
    """Where somebody is in an interval, or why not there."""

    ON_CALLS = "on_calls"
    OFF_CALLS = "off_calls"  # on duty: at a meal, a break, a session
    NO_HELP = "no_help"  # one more with these skills would leave the interval as short as it is
    BARRED = "barred"  # every duty that reaches the interval breaks a hard rule
    MOVABLE = "movable"  # a duty that reaches it is legal: what it would cost elsewhere keeps it away


@dataclass(frozen=True, slots=True)
class PersonThere:
    """One handler and one interval.

    activity : what they do, if they are on duty
    rules : hard rules that the least forbidden duty breaks which reaches the interval; ``findings`` say how
    duty : start and end of that duty, or of the legal one where they are movable
    """

    handler: str
    presence: Presence
    activity: Activity | None = None
    rules: tuple[RuleId, ...] = ()
    findings: tuple[Violation, ...] = ()
    duty: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class LeastShort:
    """What no roster of these people could avoid in one interval, counted from who could be there at all.

    only_999, only_101, both : heads at most, by skills: everybody whom a duty within consent, an offer or, in free
        mode, a band could bring there, whatever the other rules say
    short_999, short : seats short at least, of 999 and in total
    """

    only_999: int
    only_101: int
    both: int
    short_999: int
    short: int


@dataclass(frozen=True, slots=True)
class IntervalExplanation:
    """An interval of the cover explained.

    needed, on_calls, short : seats by queue; cost : what the interval adds to the service tier
    binding : rules that keep people away, with how many each, the most first
    """

    interval: int
    start: datetime
    needed: Mapping[Skill, int]
    on_calls: Mapping[Skill, int]
    short: Mapping[Skill, int]
    cost: int
    people: tuple[PersonThere, ...]
    binding: tuple[tuple[RuleId, int], ...]
    least: LeastShort


@dataclass(frozen=True, slots=True)
class PenaltyTotal:
    """What one rule adds to a tier on account of one handler, role or queue, and in how many terms."""

    tier: TierName
    rule: RuleId
    subject: str
    amount: int
    n_terms: int


def explain_interval(problem: RosterProblem, roster: Roster, interval: int) -> IntervalExplanation:
    """Who is on calls in ``interval`` of the period, who is not and why, and what no roster could avoid there.

    Raises
    ------
    ProblemError : the period has no such interval
    """
    if not 0 <= interval < problem.n_intervals:
        raise ProblemError(f"interval is {interval}, expected 0 to {problem.n_intervals - 1}")
    start = problem.begin + interval * _QUARTER
    recount = recount_cover(problem, roster)
    duties: dict[str, list[Duty]] = defaultdict(list)
    for duty in roster.duties:
        duties[duty.handler].append(duty)
    heads = _heads(problem, roster, start)
    people = tuple(_person(problem, who, duties[who.ref], start, heads, interval) for who in problem.handlers)
    kept = Counter(rule for person in people for rule in person.rules)
    most = most_heads(problem, start)
    at = recount.coverage
    return IntervalExplanation(
        interval,
        start,
        {skill: int(at[skill].required[interval]) for skill in Skill},
        {skill: int(at[skill].on_calls[interval]) for skill in Skill},
        {skill: int(at[skill].short[interval]) for skill in Skill},
        sum(term.amount for term in recount.penalties if term.tier is TierName.SERVICE and term.when == start),
        people,
        tuple(sorted(kept.items(), key=lambda pair: (-pair[1], pair[0]))),
        LeastShort(*most, *least_short(problem, interval, most)),
    )


def penalty_totals(report: CheckReport) -> tuple[PenaltyTotal, ...]:
    """Every penalty of a checked roster by tier, rule and subject, the greatest of each tier first."""
    totals: dict[tuple[TierName, RuleId, str], list[int]] = defaultdict(list)
    for term in report.penalties:
        totals[term.tier, term.rule, term.subject].append(term.amount)
    found = [PenaltyTotal(*key, sum(amounts), len(amounts)) for key, amounts in totals.items()]
    order = list(TierName)
    return tuple(sorted(found, key=lambda one: (order.index(one.tier), -one.amount, one.rule, one.subject)))


def _heads(problem: RosterProblem, roster: Roster, start: datetime) -> Heads:
    """Heads on calls at ``start``: only 999, only 101, both; of duties that are not ours by their desk."""
    interval = (start - problem.begin) // _QUARTER
    assert problem.cover.already_999 is not None  # the cover fills them in
    assert problem.cover.already_101 is not None
    heads = [int(problem.cover.already_999[interval]), int(problem.cover.already_101[interval]), 0]
    handlers = {handler.ref: handler for handler in problem.handlers}
    for duty in problem.frozen_duties:
        if (activity := _activity(duty, start)) in _CALLS:
            heads[_CALLS.index(activity)] += 1
    for duty in roster.duties:
        if _activity(duty, start) in _CALLS and (who := handlers.get(duty.handler)) is not None:
            kind = skill_class(who, local_date(problem, duty.start))
            if kind is not None:
                heads[kind] += 1
    return heads[0], heads[1], heads[2]


def _activity(duty: Duty, start: datetime) -> Activity | None:
    return next((span.activity for span in duty.activities if span.start <= start < span.end), None)


def _person(
    problem: RosterProblem, who: Handler, duties: Sequence[Duty], start: datetime, heads: Heads, interval: int
) -> PersonThere:
    standing = [duty for duty in problem.frozen_duties if duty.handler == who.ref]
    for duty in (*duties, *standing):
        if duty.start <= start < duty.end:
            activity = _activity(duty, start)
            return PersonThere(who.ref, Presence.ON_CALLS if activity in _CALLS else Presence.OFF_CALLS, activity)
    day = local_date(problem, start)
    kinds = {skill_class(who, day - timedelta(days=1)), skill_class(who, day)} - {None}
    if not any(_helps(problem, interval, heads, kind) for kind in kinds if kind is not None):
        skills = (RuleId.SKILL,) if least_short(problem, interval, heads)[1] else ()
        return PersonThere(who.ref, Presence.NO_HELP, rules=skills)
    return _nearest(problem, who, duties, start)


def _helps(problem: RosterProblem, interval: int, heads: Heads, kind: int) -> bool:
    """Whether one more of these skills makes the interval less short."""
    more = (heads[0] + (kind == 0), heads[1] + (kind == 1), heads[2] + (kind == 2))
    now, then = least_short(problem, interval, heads), least_short(problem, interval, more)
    return then[0] < now[0] or then[1] < now[1]


def _nearest(problem: RosterProblem, who: Handler, duties: Sequence[Duty], start: datetime) -> PersonThere:
    """The duty that reaches the interval with the fewest hard rules broken that were not broken before."""
    alone = replace(
        problem,
        handlers=(who,),
        frozen_duties=tuple(duty for duty in problem.frozen_duties if duty.handler == who.ref),
        published=tuple(duty for duty in problem.published if duty.handler == who.ref),
        pinned=tuple(duty for duty in problem.pinned if duty.handler == who.ref),
    )
    before = {finding.rule for finding in _broken(alone, duties)}
    tested = _tested(alone, who, duties, start, before, longer=False)
    if tested is not None and tested.found and {finding.rule for finding in tested.found} <= _MENDED_BY_LENGTH:
        more = _tested(alone, who, duties, start, before, longer=True)
        tested = min((one for one in (tested, more) if one is not None), key=lambda one: one.n_rules)
    if tested is None:
        return PersonThere(who.ref, Presence.BARRED, rules=(RuleId.FIXED_DAYS,))
    duty = (tested.duty.start, tested.duty.end)
    if not tested.found:
        return PersonThere(who.ref, Presence.MOVABLE, duty=duty)
    rules = tuple(dict.fromkeys(finding.rule for finding in tested.found))
    return PersonThere(who.ref, Presence.BARRED, None, rules, tuple(tested.found), duty)


@dataclass(frozen=True, slots=True)
class _Tested:
    """A duty that reaches the interval, and the hard rules that it breaks."""

    duty: Duty
    found: list[Violation]

    @property
    def n_rules(self) -> int:
        return len({finding.rule for finding in self.found})


def _tested(
    alone: RosterProblem, who: Handler, duties: Sequence[Duty], start: datetime, before: set[RuleId], *, longer: bool
) -> _Tested | None:
    """The first of the least forbidden duties that reach the interval; rules broken ``before`` do not count."""
    best: _Tested | None = None
    for old, new in moved_duties(alone, who, duties, start, longer=longer):
        others = [duty for duty in duties if duty is not old]
        found = [v for v in (*_broken(alone, [*others, new]), *_lost(alone, old, new)) if v.rule not in before]
        one = _Tested(new, found)
        if best is None or one.n_rules < best.n_rules:
            best = one
        if not found:
            break
    return best


def _broken(alone: RosterProblem, duties: Iterable[Duty]) -> list[Violation]:
    """Hard rules of days, times, rest and hours that one handler's duties break."""
    book = Book(alone)
    for tour in tours_of(alone, sorted(duties, key=lambda duty: duty.start)):
        for test in (check_days, check_times, check_rest, check_hours):
            test(book, tour)
    return [finding for finding in book.broken if alone.rules[finding.rule].hard]


def _lost(alone: RosterProblem, old: Duty | None, new: Duty) -> Iterator[Violation]:
    """Training that the old duty holds and the new one does not."""
    for session in alone.handlers[0].training:
        start, end = session.start.astimezone(UTC), session.end
        if old is not None and old.start <= start < end <= old.end and not new.start <= start < end <= new.end:
            yield Violation(RuleId.TRAINING, new.handler, start, f"no training until {end}, expected the session")
