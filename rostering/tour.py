"""A handler's duties of the period as the checker sees them: local clock, band, night or not, what kind of duty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rostering.findings import local_date, minutes
from rostering.problem import Band, Handler, Mode, Offer, OfferKind, RosterProblem
from rostering.roster import Duty
from rostering.rules import RuleId, RuleSet

Span = tuple[datetime, datetime]
_DAY = timedelta(days=1)


class Kind(StrEnum):
    """How a duty comes about."""

    ORDINARY = "ordinary"  # the pattern's or published duty of its date, or a free one
    OVERTIME = "overtime"  # that duty, lengthened by an offer
    REST_DAY = "rest_day"
    TOIL = "toil"
    UNASKED = "unasked"  # nothing gives the handler a duty like that


@dataclass(frozen=True, slots=True)
class TourDuty:
    """A duty of the period.

    duty : as rostered, or as frozen
    clock_min : local wall-clock minute of its start
    base : start and end of the pattern's duty of its date, in repair else of the published one; None: a rest day
    overtime_min : beyond the base [min]
    """

    duty: Duty
    date: date
    clock_min: int
    length_min: int
    is_night: bool
    is_frozen: bool
    kind: Kind
    base: Span | None
    overtime_min: int = 0


@dataclass(frozen=True, slots=True)
class Days:
    """What the pattern and the published roster say of a handler's local dates: start and end of a duty."""

    nominal: Mapping[date, Span]
    published: Mapping[date, Span]


@dataclass(frozen=True, slots=True)
class Tour:
    """A handler's history and duties of the period, each in order of start.

    history : start and end of the known duties that start before the period, UTC
    must : base of each date on which the mode asks for a duty
    """

    handler: Handler
    days: Days
    history: tuple[Span, ...]
    duties: tuple[TourDuty, ...]
    must: Mapping[date, Span]

    @property
    def rostered(self) -> tuple[TourDuty, ...]:
        """Duties that are not frozen."""
        return tuple(duty for duty in self.duties if not duty.is_frozen)


def tours_of(problem: RosterProblem, duties: Iterable[Duty]) -> list[Tour]:
    """The tour of each handler; duties of others are left out."""
    published, frozen, rostered = (_by_handler(them) for them in (problem.published, problem.frozen_duties, duties))
    return [
        _tour(problem, handler, rostered[handler.ref], frozen[handler.ref], published[handler.ref])
        for handler in problem.handlers
    ]


def _by_handler(duties: Iterable[Duty]) -> defaultdict[str, list[Duty]]:
    found: defaultdict[str, list[Duty]] = defaultdict(list)
    for duty in duties:
        found[duty.handler].append(duty)
    return found


def _tour(
    problem: RosterProblem, handler: Handler, duties: list[Duty], frozen: list[Duty], published: list[Duty]
) -> Tour:
    period = range(7 * problem.n_weeks)
    told = {local_date(problem, duty.start): (duty.start, duty.end) for duty in published}
    days = Days(
        {duty.date: (duty.start, duty.end) for duty in handler.nominal},
        {day: span for day, span in told.items() if (day - problem.week_start).days in period},
    )
    spans = {*handler.last_week, *((d.start, d.end) for d in frozen if d.start < problem.begin)}
    history = sorted({(start.astimezone(UTC), end.astimezone(UTC)) for start, end in spans})
    slots = [duty for duty in frozen if duty.start >= problem.begin]
    held = {local_date(problem, duty.start) for duty in slots}
    must = {day: base for day, base in _musts(problem, days).items() if day not in held and not handler.on_leave(day)}
    found = [_frozen(problem, days, duty) for duty in slots]
    found += [_rostered(problem, handler, days, duty) for duty in duties]
    return Tour(handler, days, tuple(history), tuple(sorted(found, key=lambda one: one.duty.start)), must)


def _musts(problem: RosterProblem, days: Days) -> dict[date, Span]:
    """Base of each date that has a duty by the pattern, in repair by the published roster."""
    if problem.mode is Mode.FREE:
        return {}
    if problem.mode is Mode.WEEKLY:
        return dict(days.nominal)
    return {day: days.nominal.get(day, span) for day, span in days.published.items()}


def _frozen(problem: RosterProblem, days: Days, duty: Duty) -> TourDuty:
    day = local_date(problem, duty.start)
    base = days.nominal.get(day, days.published.get(day) if problem.mode is Mode.REPAIR else None)
    is_paid = base is not None or problem.mode is Mode.FREE
    return _seen(problem, duty, Kind.ORDINARY if is_paid else Kind.REST_DAY, base, is_frozen=True)


def _rostered(problem: RosterProblem, handler: Handler, days: Days, duty: Duty) -> TourDuty:
    if problem.mode is Mode.FREE:
        return _seen(problem, duty, Kind.ORDINARY, None)
    day = local_date(problem, duty.start)
    base = _musts(problem, days).get(day)
    if base is None:
        return _seen(problem, duty, _rest_day_kind(problem, handler, duty, day), None)
    if _is_ordinary(problem, handler, days, duty, base):
        return _seen(problem, duty, Kind.ORDINARY, base)
    core = days.published.get(day, base) if problem.mode is Mode.REPAIR else base
    if any(_lengthens(offer, duty, core) for offer in _offers(handler, day, OfferKind.OVERTIME)):
        return _seen(problem, duty, Kind.OVERTIME, core)
    return _seen(problem, duty, Kind.UNASKED, base)


def _is_ordinary(problem: RosterProblem, handler: Handler, days: Days, duty: Duty, base: Span) -> bool:
    """Whether the handler's consent and rule LENGTHS give the duty, or the published roster has it."""
    day = local_date(problem, duty.start)
    if problem.mode is Mode.REPAIR and days.published.get(day) == (duty.start, duty.end):
        return True
    low, high = length_limits(problem, base)
    return is_consented(handler, day, duty, base) and low <= minutes(duty.start, duty.end) <= high


def is_consented(handler: Handler, day: date, duty: Duty, base: Span) -> bool:
    """Whether start and finish lie as near to ``base`` as the handler agreed to."""
    start_earlier, start_later, finish_earlier, finish_later = handler.consent.moves_min(day)
    start, finish = minutes(base[0], duty.start), minutes(base[1], duty.end)
    return -start_earlier <= start <= start_later and -finish_earlier <= finish <= finish_later


def length_limits(problem: RosterProblem, base: Span | None) -> tuple[int, int]:
    """Shortest and longest duty by rule LENGTHS, widened to the base's length [min]."""
    rule = problem.rules[RuleId.LENGTHS]
    low, high = rule["shortest_min"], rule["longest_min"]
    length = low if base is None else minutes(*base)
    return min(low, length), max(high, length)


def _offers(handler: Handler, day: date, *kinds: OfferKind) -> list[Offer]:
    return [offer for offer in handler.offers if offer.date == day and offer.kind in kinds]


def _lengthens(offer: Offer, duty: Duty, base: Span) -> bool:
    """Whether the duty is the base with quarter-hours before or after it, all within the offer."""
    before, after = minutes(duty.start, base[0]), minutes(base[1], duty.end)
    return (
        before >= 0
        and after >= 0
        and before + after <= offer.most_min
        and (before == 0 or (offer.earliest <= duty.start and base[0] <= offer.latest))
        and (after == 0 or (offer.earliest <= base[1] and duty.end <= offer.latest))
    )


def _rest_day_kind(problem: RosterProblem, handler: Handler, duty: Duty, day: date) -> Kind:
    """The cheaper kind of offer that gives the duty, a rest day before TOIL; without one nothing does."""
    rule, length = problem.rules[RuleId.LENGTHS], minutes(duty.start, duty.end)
    kinds = {
        offer.kind
        for offer in _offers(handler, day, OfferKind.REST_DAY, OfferKind.TOIL)
        if offer.earliest <= duty.start
        and duty.end <= offer.latest
        and min(rule["shortest_min"], offer.most_min) <= length <= min(rule["longest_min"], offer.most_min)
    }
    if not kinds:
        return Kind.UNASKED
    price = problem.rules[RuleId.OVERTIME]
    dearer = price["per_rest_day"] > price["per_toil"]
    if kinds == {OfferKind.TOIL} or (OfferKind.TOIL in kinds and dearer):
        return Kind.TOIL
    return Kind.REST_DAY


def _seen(problem: RosterProblem, duty: Duty, kind: Kind, base: Span | None, *, is_frozen: bool = False) -> TourDuty:
    length = minutes(duty.start, duty.end)
    overtime = length - minutes(*base) if kind is Kind.OVERTIME and base is not None else 0
    night = is_night(problem, duty.start, duty.end)
    day, clock = local_date(problem, duty.start), clock_min(problem, duty.start)
    return TourDuty(duty, day, clock, length, night, is_frozen, kind, base, overtime)


def clock_min(problem: RosterProblem, moment: datetime) -> int:
    """Local wall-clock minute of the day."""
    local = moment.astimezone(ZoneInfo(problem.timezone))
    return 60 * local.hour + local.minute


def is_night(problem: RosterProblem, start: datetime, end: datetime) -> bool:
    """Rule NIGHT: whether the duty has enough of the night period, by elapsed time."""
    return is_night_by(problem.rules, ZoneInfo(problem.timezone), start, end)


def is_night_by(rules: RuleSet, zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    """As `is_night`, of a duty whose problem is not at hand."""
    rule = rules[RuleId.NIGHT]
    day, last, total = start.astimezone(zone).date() - _DAY, end.astimezone(zone).date(), 0
    while day <= last:
        until_day = day + _DAY if rule["until_min"] <= rule["from_min"] else day
        opens = datetime.combine(day, _at(rule["from_min"]), zone).astimezone(UTC)
        closes = datetime.combine(until_day, _at(rule["until_min"]), zone).astimezone(UTC)
        total += max(0, minutes(max(opens, start), min(closes, end)))
        day += _DAY
    return total >= rule["least_min"]


def _at(clock: int) -> time:
    return time(*divmod(clock, 60))


def band_of(problem: RosterProblem, clock: int) -> Band:
    """The band whose starts hold the clock; else the one with the nearest end of them, around midnight."""

    def distance(other: int) -> int:
        apart = abs(other - clock)
        return min(apart, 1440 - apart)

    for band in problem.band_starts:
        if band.first_min <= clock <= band.last_min:
            return band.band
    return min(problem.band_starts, key=lambda band: min(distance(band.first_min), distance(band.last_min))).band
