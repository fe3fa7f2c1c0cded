"""Handlers: contracts, skills and roles with their dates, agreements, consents, wishes and what they worked before."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from rostering.errors import ProblemError
from rostering.roster import require_aware

INTERVAL_MIN = 15


class Skill(StrEnum):
    """Queues that a handler may answer."""

    CALLS_999 = "999"
    CALLS_101 = "101"


class Band(StrEnum):
    """Kinds of duty by the local time of their start."""

    EARLY = "early"
    DAY = "day"
    LATE = "late"
    NIGHT = "night"


def require_quarter(name: str, moment: datetime) -> None:
    """Refuse a time off the quarter-hour."""
    utc = moment.astimezone(UTC)  # an offset such as +00:07 hides where it lies on the grid
    if utc.minute % INTERVAL_MIN or utc.second or utc.microsecond:
        raise ProblemError(f"{name} is {moment.isoformat()}, expected a quarter-hour")


def require_span(name: str, first: date | None, last: date | None) -> None:
    """Refuse dates in the wrong order."""
    if first is not None and last is not None and last < first:
        raise ProblemError(f"{name} ends {last} before it starts {first}")


def _within(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True, slots=True)
class NominalDuty:
    """The pattern's duty: local date of its start, start with zone, length [min] on the quarter-hour."""

    date: date
    start: datetime
    length_min: int

    def __post_init__(self) -> None:
        require_aware(f"nominal duty of {self.date}: start", self.start)
        require_quarter(f"nominal duty of {self.date}: start", self.start)
        if self.length_min <= 0 or self.length_min % INTERVAL_MIN:
            raise ProblemError(
                f"nominal duty of {self.date}: length_min is {self.length_min}, expected a positive multiple of 15"
            )

    @property
    def end(self) -> datetime:
        """Finish, by elapsed time."""
        return self.start.astimezone(UTC) + timedelta(minutes=self.length_min)


@dataclass(frozen=True, slots=True)
class Consent:
    """How far the handler agreed to be moved from the nominal times [min], each >= 0.

    first, last : local dates of duties that it holds for, both included; None: open. Outside them nothing moves
    others : consents with dates of their own, which count instead on the dates that they hold for
    """

    start_earlier_min: int = 0
    start_later_min: int = 0
    finish_earlier_min: int = 0
    finish_later_min: int = 0
    first: date | None = None
    last: date | None = None
    others: tuple["Consent", ...] = ()

    def __post_init__(self) -> None:
        for name in ("start_earlier_min", "start_later_min", "finish_earlier_min", "finish_later_min"):
            if getattr(self, name) < 0:
                raise ProblemError(f"consent {name} is {getattr(self, name)}, expected 0 or more")
        require_span("consent", self.first, self.last)

    def moves_min(self, day: date) -> tuple[int, int, int, int]:
        """Start earlier, start later, finish earlier, finish later on ``day`` [min]."""
        for other in self.others:
            if _within(other.first, other.last, day):
                return other.moves_min(day)
        if not _within(self.first, self.last, day):
            return (0, 0, 0, 0)
        return self.start_earlier_min, self.start_later_min, self.finish_earlier_min, self.finish_later_min

    def widened(self, day: date, moves_min: tuple[int, int, int, int]) -> "Consent":
        """The same with other moves on the dates of that consent which holds for ``day``."""
        for place, other in enumerate(self.others):
            if _within(other.first, other.last, day):
                wider = other.widened(day, moves_min)
                return replace(self, others=(*self.others[:place], wider, *self.others[place + 1 :]))
        return Consent(*moves_min, self.first, self.last, self.others)


@dataclass(frozen=True, slots=True)
class Training:
    """A fixed session inside a duty, off calls: start with zone, length [min] on the quarter-hour."""

    start: datetime
    length_min: int

    def __post_init__(self) -> None:
        require_aware("training start", self.start)
        require_quarter("training start", self.start)
        if self.length_min <= 0 or self.length_min % INTERVAL_MIN:
            raise ProblemError(f"training length_min is {self.length_min}, expected a positive multiple of 15")

    @property
    def end(self) -> datetime:
        """Finish, by elapsed time."""
        return self.start.astimezone(UTC) + timedelta(minutes=self.length_min)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave or another whole-day abstraction (court, course, sickness), first to last local date, both included.

    credited : whether nominal duties on these days count towards the contract
    """

    first: date
    last: date
    credited: bool = True

    def __post_init__(self) -> None:
        require_span("leave", self.first, self.last)

    def covers(self, day: date) -> bool:
        """Whether ``day`` is a day of this leave."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class SkillValidity:
    """A skill and the local dates on which it is valid, both included; None: open."""

    skill: Skill
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        require_span(f"skill {self.skill}", self.first, self.last)

    def covers(self, day: date) -> bool:
        """Whether the skill is valid on ``day``."""
        return _within(self.first, self.last, day)


@dataclass(frozen=True, slots=True)
class RoleValidity:
    """A role besides answering queues and its local dates, both included.

    role : "supervisor", "tutor" and "trainee" are known to the rules; any other name is a specialist's
    """

    role: str
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if not self.role:
            raise ProblemError("role is empty, expected a name such as supervisor")
        require_span(f"role {self.role}", self.first, self.last)

    def covers(self, day: date) -> bool:
        """Whether the role is held on ``day``."""
        return _within(self.first, self.last, day)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A fixed flexible-working agreement for duties that start on these weekdays.

    weekdays : 0 Monday to 6 Sunday, by the local date of the start
    off : no duty on these days; else duties start at ``earliest`` or later and end at ``latest`` or sooner, local time,
        None: open. A ``latest`` at or before ``earliest`` is of the next day
    """

    weekdays: tuple[int, ...]
    off: bool = False
    earliest: time | None = None
    latest: time | None = None

    def __post_init__(self) -> None:
        if not self.weekdays or any(not 0 <= day <= 6 for day in self.weekdays):
            raise ProblemError(f"agreement weekdays are {self.weekdays}, expected some of 0 to 6")
        if self.off == (self.earliest is not None or self.latest is not None):
            raise ProblemError("agreement: expected either off, or an earliest start or a latest finish")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a handler would like on a local date: a day off (``band`` None), or a duty of a band.

    weight : 1 to 10, people cost where it is not met; whoever balances wishes over time raises it for those who lost
    """

    date: date
    band: Band | None = None
    weight: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.weight <= 10:
            raise ProblemError(f"wish of {self.date}: weight is {self.weight}, expected 1 to 10")


class OfferKind(StrEnum):
    """What somebody is asked or offers besides the pattern; kinds differ in notice, pay and the compensation owed."""

    OVERTIME = "overtime"  # before or after a rostered duty
    REST_DAY = "rest_day"  # a duty on a rest day, paid
    TOIL = "toil"  # a duty on a rest day, time off in lieu


@dataclass(frozen=True, slots=True)
class Offer:
    """Work besides the pattern that the handler agreed to: within ``earliest`` to ``latest``, at most ``most_min``.

    Overtime lengthens the duty of the local ``date``; the other kinds are a duty of its own on that date.
    """

    kind: OfferKind
    date: date
    earliest: datetime
    latest: datetime
    most_min: int

    def __post_init__(self) -> None:
        for name in ("earliest", "latest"):
            require_aware(f"offer of {self.date}: {name}", getattr(self, name))
            require_quarter(f"offer of {self.date}: {name}", getattr(self, name))
        if self.latest <= self.earliest:
            raise ProblemError(f"offer of {self.date} ends {self.latest} before it starts {self.earliest}")
        if self.most_min <= 0 or self.most_min % INTERVAL_MIN:
            raise ProblemError(f"offer of {self.date}: most_min is {self.most_min}, expected a positive multiple of 15")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Burdens of the weeks before, over the window of rule FAIRNESS: nights, weekend duties, wishes not met, duties on
    bank holidays from Monday to Friday, days that were changed at short notice."""

    nights: int = 0
    weekends: int = 0
    wishes_lost: int = 0
    bank_holidays: int = 0
    short_notice: int = 0

    def __post_init__(self) -> None:
        for name in ("nights", "weekends", "wishes_lost", "bank_holidays", "short_notice"):
            if getattr(self, name) < 0:
                raise ProblemError(f"ledger {name} is {getattr(self, name)}, expected 0 or more")

    @property
    def days_others_have_off(self) -> int:
        """Duties on weekends and bank holidays: one price for both."""
        return self.weekends + self.bank_holidays


@dataclass(frozen=True, slots=True)
class Contract:
    """Paid minutes a week [min], averaged over a cycle of weeks; an annualised contract has a cycle of 52.

    meals_paid : whether the meal counts towards them; None: as the problem says for everybody
    """

    weekly_min: int
    cycle_weeks: int = 1
    meals_paid: bool | None = None

    def __post_init__(self) -> None:
        if not 0 < self.weekly_min <= 7 * 1440:
            raise ProblemError(f"contract weekly_min is {self.weekly_min}, expected 1 to 10080")
        if not 1 <= self.cycle_weeks <= 52:
            raise ProblemError(f"contract cycle_weeks is {self.cycle_weeks}, expected 1 to 52")


@dataclass(frozen=True, slots=True)
class Handler:
    """One person's period.

    ref : pseudonymous reference
    nominal : the pattern's duties of the period by start; those on leave are credited, not worked. Free mode: empty
    preferred_offset_min : wish to start and finish earlier (-) or later (+) than nominal [min]
    training : sessions that do not overlap
    learning_min : protected learning due in the period, in sessions of an hour at whatever time hurts least [min]
    worked_min_by_week, paid_min_by_week : previous weeks, newest last, both with credited leave [min]; missing weeks
        count as contract
    last_week : start and end of each duty of the fortnight before that is known, in order, with time zone
    next_start : earliest start of the next duty after the period, with time zone; None: unknown, the rest stays open
    night_worker : works nights as a normal course: the night limit holds, opted out or not
    bands : free mode: bands that the handler may be given
    """

    ref: str
    contract: Contract
    skills: tuple[SkillValidity, ...]
    nominal: tuple[NominalDuty, ...]
    consent: Consent = field(default_factory=Consent)
    leave: tuple[Leave, ...] = ()
    training: tuple[Training, ...] = ()
    preferred_offset_min: int = 0
    worked_min_by_week: tuple[int, ...] = ()
    paid_min_by_week: tuple[int, ...] = ()
    last_week: tuple[tuple[datetime, datetime], ...] = ()
    opted_out_48h: bool = False
    next_start: datetime | None = None
    roles: tuple[RoleValidity, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    wishes: tuple[Wish, ...] = ()
    offers: tuple[Offer, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    learning_min: int = 0
    night_worker: bool = False
    bands: tuple[Band, ...] = tuple(Band)

    def __post_init__(self) -> None:
        if not self.ref:
            raise ProblemError("handler ref is empty, expected a pseudonymous reference")
        dates = [duty.date for duty in self.nominal]
        if dates != sorted(set(dates)):
            raise ProblemError(f"handler {self.ref}: nominal duties on {dates}, expected rising dates, one duty each")
        for before, after in zip(self.nominal, self.nominal[1:], strict=False):
            if after.start < before.end:
                raise ProblemError(f"handler {self.ref}: nominal duty of {after.date} starts before the last one ends")
        for name in ("worked_min_by_week", "paid_min_by_week"):
            if any(minutes < 0 for minutes in getattr(self, name)):
                raise ProblemError(f"handler {self.ref}: {name} is {getattr(self, name)}, expected 0 or more each")
        if self.learning_min < 0 or self.learning_min % INTERVAL_MIN:
            raise ProblemError(
                f"handler {self.ref}: learning_min is {self.learning_min}, expected a multiple of 15, 0 or more"
            )
        self._check_moments()

    def _check_moments(self) -> None:
        moments = [moment for duty in self.last_week for moment in duty]
        for moment in moments:
            require_aware(f"handler {self.ref}: last_week", moment)
        if any(after < before for before, after in pairwise(moments)):
            raise ProblemError(
                f"handler {self.ref}: last_week is {moments}, expected duties in order that do not overlap"
            )
        if self.next_start is not None:
            require_aware(f"handler {self.ref}: next_start", self.next_start)
        for first, second in pairwise(sorted(self.training, key=lambda session: session.start.astimezone(UTC))):
            if second.start < first.end:
                raise ProblemError(
                    f"handler {self.ref}: training of {second.start.isoformat()} starts before that of "
                    f"{first.start.isoformat()} ends, {first.end.isoformat()}, expected sessions that do not overlap"
                )

    def on_leave(self, day: date) -> bool:
        """Whether ``day`` is a day of leave."""
        return any(leave.covers(day) for leave in self.leave)

    def credited(self, day: date) -> bool:
        """Whether ``day`` is a day of leave that counts towards the contract."""
        return any(leave.covers(day) and leave.credited for leave in self.leave)

    def has_skill(self, skill: Skill, day: date) -> bool:
        """Whether ``skill`` is valid on ``day``."""
        return any(validity.skill == skill and validity.covers(day) for validity in self.skills)

    def has_role(self, role: str, day: date) -> bool:
        """Whether ``role`` is held on ``day``."""
        return any(validity.role == role and validity.covers(day) for validity in self.roles)
