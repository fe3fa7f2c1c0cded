"""Columns of files of people by kind, and what reads each: a text in, a value out. Knows no database."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.forces.staffing import WEEKDAYS

YEARS = (1990, 2100)
MOST_HOURS = 20_000  # a balance or a week; more is a slip
_HOURS = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,4})?")
_CLOCK = re.compile(r"(-?)([0-9]{1,5}):([0-5][0-9])(?::00)?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "YYYY-MM-DD": "%Y-%m-%d",
        "DD/MM/YYYY": "%d/%m/%Y",
        "DD/MM/YY": "%d/%m/%y",
        "DD-MM-YYYY": "%d-%m-%Y",
        "DD.MM.YYYY": "%d.%m.%Y",
        "DD-MMM-YYYY": "%d-%b-%Y",
        "MM/DD/YYYY": "%m/%d/%Y",
    }
)
_YES, _NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})


class Kind(StrEnum):
    """What the rows of a file say."""

    PEOPLE = "people"
    SKILLS = "skills"
    LEAVE = "leave"
    CONSENTS = "consents"
    AGREEMENTS = "agreements"
    HOURS = "hours"
    BALANCES = "balances"


Reader = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Column:
    """What reads a column (None: it holds dates), and whether a file must have it and each row fill it."""

    read: Reader | None = None
    obligatory: bool = False


def _text(text: str) -> str:
    return text


def read_date(text: str, dates: str) -> date:
    """By the mapping's format; the international one is always understood, since it can't be mistaken."""
    written = _FORMATS["YYYY-MM-DD"] if _ISO.fullmatch(text) else _FORMATS[dates]
    try:
        day = datetime.strptime(text, written).replace(tzinfo=UTC).date()
    except ValueError:
        raise ValueError(f"expected a date as {dates}") from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError(f"expected a date in the years {YEARS[0]} to {YEARS[1]}")
    return day


def _hours(text: str) -> int:
    """Decimal hours or h:mm [min]."""
    if match := _CLOCK.fullmatch(text):
        minutes = (int(match[2]) * 60 + int(match[3])) * (-1 if match[1] else 1)
    elif _HOURS.fullmatch(text):
        minutes = math.floor(float(text) * 60 + 0.5)
    else:
        raise ValueError("expected hours such as 37, 37.5 or 37:30")
    if abs(minutes) > MOST_HOURS * 60:
        raise ValueError(f"expected at most {MOST_HOURS} hours")
    return minutes


def _no_less(read: Reader) -> Reader:
    def checked(text: str) -> object:
        minutes = read(text)
        if isinstance(minutes, int) and minutes < 0:
            raise ValueError("expected 0 hours or more")
        return minutes

    return checked


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise ValueError("expected a whole number, 0 or more")
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError("expected yes or no")


def _one_of(*names: str) -> Reader:
    def read(text: str) -> str:
        if text.lower() not in names:
            raise ValueError(f"expected {' or '.join(names)}")
        return text.lower()

    return read


def _skills(text: str) -> tuple[str, ...]:
    """Skills of one cell, apart by spaces, commas or plus signs."""
    found = tuple(part for part in re.split(r"[ ,;+/]+", text) if part)
    if not found or not set(found) <= {"999", "101"}:
        raise ValueError("expected skills such as 999 101")
    return tuple(dict.fromkeys(found))


def _skill(text: str) -> str:
    """999 or 101, or the name of a role."""
    if not re.fullmatch(r"999|101|[a-z][a-z0-9 _-]{0,39}", text.lower()):
        raise ValueError("expected 999, 101 or a role such as supervisor")
    return text.lower()


def _weekdays(text: str) -> tuple[str, ...]:
    parts = [part for part in re.split(r"[ ,;+/]+", text.lower()) if part]
    found = [day for part in parts for day in WEEKDAYS if len(part) >= 3 and day.lower().startswith(part)]
    if not parts or len(found) != len(parts):
        raise ValueError("expected weekdays such as Monday or Mon Tue")
    return tuple(dict.fromkeys(found))


def _clock(text: str) -> time:
    try:
        clock = time.fromisoformat(text if len(text) > 4 else f"0{text}")
    except ValueError:
        raise ValueError("expected a local time such as 07:00") from None
    if clock.tzinfo is not None or clock.minute % 15 or clock.second:
        raise ValueError("expected a local time on the quarter-hour such as 07:00")
    return clock


_REF = Column(_text, obligatory=True)
_DATE, _DATED, _FLAG, _COUNT = Column(), Column(obligatory=True), Column(_flag), Column(_count)
COLUMNS: Final[Mapping[Kind, Mapping[str, Column]]] = MappingProxyType(
    {
        Kind.PEOPLE: {
            "ref": _REF,
            "team": Column(_text),
            "pattern": Column(_text),
            "position": _COUNT,
            "anchor": _DATE,
            "contracted_h": Column(_no_less(_hours)),
            "cycle_weeks": _COUNT,
            "meals_paid": _FLAG,
            "annualised": _FLAG,
            "clock_change": Column(_one_of("elapsed", "nominal")),
            "contract_first": _DATE,
            "contract_last": _DATE,
            "skills": Column(_skills),
            "night_worker": _FLAG,
            "opted_out_48h": _FLAG,
        },
        Kind.SKILLS: {"ref": _REF, "skill": Column(_skill, obligatory=True), "first": _DATE, "last": _DATE},
        Kind.LEAVE: {"ref": _REF, "first": _DATED, "last": _DATE, "credited": _FLAG},
        Kind.CONSENTS: {
            "ref": _REF,
            "start_earlier_min": _COUNT,
            "start_later_min": _COUNT,
            "finish_earlier_min": _COUNT,
            "finish_later_min": _COUNT,
            "first": _DATE,
            "last": _DATE,
        },
        Kind.AGREEMENTS: {
            "ref": _REF,
            "weekdays": Column(_weekdays, obligatory=True),
            "off": _FLAG,
            "earliest": Column(_clock),
            "latest": Column(_clock),
        },
        Kind.HOURS: {
            "ref": _REF,
            "week_start": _DATED,
            "planned_h": Column(_no_less(_hours)),
            "actual_h": Column(_no_less(_hours)),
        },
        Kind.BALANCES: {
            "ref": _REF,
            "balance": Column(_one_of("leave", "toil"), obligatory=True),
            "as_of": _DATED,
            "hours": Column(_hours, obligatory=True),
        },
    }
)

# What a header may not say, in any language of an export: who somebody is beyond a reference, or why they are away.
_PERSONAL: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "a name": re.compile(
            r"(sur|fore|full|first|last|middle|maiden|given|family|employee|staff|officer|handler|person|preferred|display"
            r"|known)? ?names?|initials|known as|signature"
        ),
        "a telephone number or address": re.compile(r".*\b(phone|telephone|tel|mobile|e ?mail|address|post ?code)\b.*"),
        "an identity": re.compile(
            r".*\b(birth|dob|age|gender|sex|ethnic\w*|religio\w*|nationality|marital|ni no|ni number|nino"
            r"|national insurance|photo)\b.*"
        ),
        "health": re.compile(
            r".*\b(health|sick\w*|medical|ill|illness|diagnos\w*|disab\w*|injur\w*|pregnan\w*|maternity|fit note"
            r"|condition|bereave\w*)\b.*"
        ),
        "a reason": re.compile(
            r".*\b(reasons?|comments?|notes?|remarks?|details|narrative|absence (type|code|category)|leave (type|code"
            r"|category))\b.*"
        ),
    }
)


def personal_header(header: str) -> str | None:
    """What a header says that may not be uploaded, None where it says nothing of the kind."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    words = " ".join(re.findall(r"[a-z0-9]+", spaced.lower()))
    return next((what for what, pattern in _PERSONAL.items() if pattern.fullmatch(words)), None)
