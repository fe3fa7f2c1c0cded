"""Rules of recurrence in wall-clock time: the part of RFC 5545 that a dated event needs.

References
----------
.. [1] RFC 5545, Internet Calendaring and Scheduling (iCalendar), section 3.3.10, as ``dateutil.rrule`` reads it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile

from dateutil.rrule import rrulestr

from forecasting.errors import EventInvalid

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(T[0-9]{6}Z?)?")

# Range of the numbers of each part; a negative one counts from the end. BYEASTER, days after Easter Sunday, is
# dateutil's addition: RFC 5545 has no word for a movable feast.
_NUMBERS = {
    "INTERVAL": (1, 1000),
    "COUNT": (1, 10_000),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
    "BYEASTER": (-100, 250),
}
_SINGLE = ("INTERVAL", "COUNT")
_PARTS = ("FREQ", "UNTIL", "BYDAY", "WKST", *_NUMBERS)
_EXAMPLE = "an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=SA;UNTIL=20270531"


def recurrences(rule: str, first: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Starts of the occurrences in wall-clock time, ascending, possibly without end.

    Parameters
    ----------
    rule : RRULE of RFC 5545, FREQ daily or coarser, with or without ``RRULE:`` in front. UNTIL is wall-clock time, or
        UTC where it ends in Z; an UNTIL without time includes that whole day
    first : wall-clock start of the first occurrence, without time zone
    zone : the time zone of the wall clock

    Raises
    ------
    EventInvalid : the rule is not such a rule, or ``first`` is not its first occurrence
    """
    parts = _parts(rule)
    last = _last(rule, parts.pop("UNTIL", None), zone)
    starts = iter(rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first))
    found = next(starts, None)
    if found != first or (last is not None and first > last):
        instead = "it gives no day at all" if found is None else f"its first day from there is {found:%A %Y-%m-%d}"
        if last is not None and first > last:
            instead = f"it ends on {last:%Y-%m-%d}"
        raise EventInvalid(
            f"rule {rule!r} does not give the first occurrence, {first:%A %Y-%m-%d}: {instead}; expected the event to "
            "start on a day of its rule"
        )

    def all_of() -> Iterator[datetime]:
        yield first
        yield from takewhile(lambda start: last is None or start <= last, starts)

    return all_of()


def _parts(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for pair in rule.strip().upper().removeprefix("RRULE:").split(";"):
        name, _, value = pair.partition("=")
        if name not in _PARTS or name in parts:
            problem = "twice" if name in parts else "not among " + ", ".join(_PARTS)
            raise _refused(rule, f"part {name or pair!r} is {problem}")
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise _refused(rule, f"FREQ is {parts.get('FREQ')}, not one of {', '.join(_FREQUENCIES)}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise _refused(rule, "it has both COUNT and UNTIL")
    for name, value in parts.items():
        _check_value(rule, parts["FREQ"], name, value)
    _check_numbered_weekdays(rule, parts)
    return parts


def _check_value(rule: str, frequency: str, name: str, value: str) -> None:
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        texts = [value] if name in _SINGLE else value.split(",")
        # Zero is no month, no day and no position; it is Easter Sunday alone.
        if not all(re.fullmatch(r"[+-]?[0-9]{1,5}", t) and low <= int(t) <= high for t in texts) or (
            name != "BYEASTER" and any(int(t) == 0 for t in texts)
        ):
            raise _refused(rule, f"{name} is {value!r}, not whole numbers from {low} to {high}")
    elif name == "BYDAY":
        if not all(_WEEKDAY.fullmatch(text) for text in value.split(",")):
            raise _refused(rule, f"BYDAY is {value!r}, not weekdays such as MO,TU or 2SA")
    elif name == "WKST" and not re.fullmatch("MO|TU|WE|TH|FR|SA|SU", value):
        raise _refused(rule, f"WKST is {value!r}, not a weekday such as MO")
    # Counted day by day, such a rule may search the calendar to its end for a day that never comes.
    if frequency == "DAILY" and name.startswith("BY") and name not in ("BYDAY", "BYMONTH"):
        raise _refused(rule, f"{name} needs FREQ=MONTHLY or YEARLY")


def _check_numbered_weekdays(rule: str, parts: dict[str, str]) -> None:
    """A month has up to five of each weekday, a year 53: dateutil fails on a number beyond."""
    value = parts.get("BYDAY", "")
    numbers = [int(match[1]) for match in map(_WEEKDAY.fullmatch, value.split(",")) if match and match[1]]
    if numbers and parts["FREQ"] in ("DAILY", "WEEKLY"):
        raise _refused(rule, f"BYDAY is {value!r}: numbered weekdays need FREQ=MONTHLY or YEARLY")
    most = 5 if parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts else 53
    if not all(1 <= abs(number) <= most for number in numbers):
        raise _refused(rule, f"BYDAY is {value!r}, not numbered from 1 to {most} or -{most} to -1")


def _last(rule: str, until: str | None, zone: tzinfo) -> datetime | None:
    """Latest wall-clock start that the rule allows, None where it has no end."""
    if until is None:
        return None
    matched = _UNTIL.fullmatch(until)
    try:
        if matched is None:
            raise ValueError
        day = datetime.strptime(matched[1], "%Y%m%d")  # noqa: DTZ007 - wall-clock time
        if matched[2] is None:
            return day + timedelta(days=1) - datetime.resolution
        moment = datetime.strptime(until.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if until.endswith("Z") else moment
    except (ValueError, OverflowError) as error:
        raise _refused(rule, f"UNTIL is {until!r}, not a date such as 20270531 or 20270531T190000Z") from error


def _refused(rule: str, why: str) -> EventInvalid:
    return EventInvalid(f"rule is {rule!r}: {why}; expected {_EXAMPLE}")
