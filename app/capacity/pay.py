"""A dated pay table: its gaps and overlaps, and the pay of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from app.capacity.schemas import PayGap, PayRate
from app.errors import invalid

_DAY = timedelta(days=1)


def by_grade(rates: Sequence[PayRate]) -> dict[str, list[PayRate]]:
    """Rates of each grade in order of their dates."""
    found: dict[str, list[PayRate]] = defaultdict(list)
    for rate in sorted(rates, key=lambda one: (one.grade, one.first)):
        found[rate.grade].append(rate)
    return dict(found)


def require_apart(rates: Sequence[PayRate]) -> None:
    """Raise `Invalid` for two rates of one grade that share a date."""
    for grade, rows in by_grade(rates).items():
        for one, following in pairwise(rows):
            if one.last is None or following.first <= one.last:
                until = "until further notice" if one.last is None else f"to {one.last}"
                raise invalid(
                    f"rates of {grade}",
                    f"from {following.first}",
                    f"after the rate from {one.first} {until} has ended: one pay a date",
                )


def gaps(rates: Sequence[PayRate]) -> list[PayGap]:
    """Dates between a grade's rates that none of them covers."""
    return [
        PayGap(grade=grade, first=one.last + _DAY, last=following.first - _DAY)
        for grade, rows in by_grade(rates).items()
        for one, following in pairwise(rows)
        if one.last is not None and one.last + _DAY < following.first
    ]


def pay_between(rates: Sequence[PayRate], grade: str, first: date, last: date) -> tuple[float | None, str | None]:
    """Mean pay of an hour over the dates, both included; None, and why, where a date of them has no rate."""
    rows = by_grade(rates).get(grade)
    if rows is None:
        known = ", ".join(sorted(by_grade(rates)))
        return None, f"the pay table has no grade {grade!r}: it has {known}"
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    total = 0.0
    for day in days:
        rate = next((row for row in rows if row.first <= day and (row.last is None or day <= row.last)), None)
        if rate is None:
            return None, f"the pay table has no rate of {grade} on {day}"
        total += rate.pay_per_h
    return total / len(days), None
