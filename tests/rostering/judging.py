"""One person's week judged by the model and by the checker alike.

Without consent there is one way to work each duty, so that both judge the same week.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from rostering.check import check
from rostering.model.explain import conflict_of, is_possible
from rostering.model.options import person_options
from rostering.problem import Handler
from rostering.roster import Duty, Roster
from rostering.rules import ENGLAND_WALES_STAFF, RuleId, RuleSet

from .roster_helpers import MONDAY, nominal, problem, written_duty


def days(hour: int, minute: int, *numbers: int, week: date = MONDAY, length_min: int = 480) -> list:  # type: ignore[type-arg]
    return [nominal(week + timedelta(days=n), hour, minute, length_min) for n in numbers]


def nominal_roster(who: Handler) -> Roster:
    """Every nominal duty as it stands, meal at its earliest."""
    return Roster(
        tuple(
            written_duty(who.ref, duty.start, duty.length_min, 180)
            for duty in who.nominal
            if not who.on_leave(duty.date)
        )
    )


def assert_judged(
    who: Handler,
    rule: RuleId | None,
    *,
    week: date = MONDAY,
    frozen: tuple[Duty, ...] = (),
    rules: RuleSet = ENGLAND_WALES_STAFF,
) -> None:
    """Model and checker both refuse for ``rule`` alone, or both accept (None)."""
    whole = problem([who], week=week, frozen=frozen, rules=rules)
    broken = {violation.rule for violation in check(whole, nominal_roster(who)).violations}
    assert broken == ({rule} if rule else set())
    assert is_possible(person_options(whole, who)) == (rule is None)
    if rule is not None:
        assert rule in conflict_of(whole, who).rules  # often with consent, which could give way as well


EIGHT_HOURS = timedelta(hours=8)
LONG_RUNS = ENGLAND_WALES_STAFF.replaced(RuleId.RUN, most_duties=28)  # leaves long runs to the rule on weekly rest


def daily_until(end: datetime, n_duties: int) -> tuple[tuple[datetime, datetime], ...]:
    """Duties of eight hours on consecutive days, the last one until ``end``: never a rest of a day."""
    ends = [end - timedelta(days=back) for back in range(n_duties)]
    return tuple((moment - EIGHT_HOURS, moment) for moment in sorted(ends))
