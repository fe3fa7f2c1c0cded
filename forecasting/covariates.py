"""Dated feeds of partners, such as weather or visitor numbers, with the time that each value became known.

Light on purpose: numpy only, so that a process that merely keeps feeds can load it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import CovariateInvalid


@dataclass(frozen=True, slots=True, eq=False)
class Covariate:
    """A daily quantity, each value as issued at some instant: a forecast until the day is over, then a measurement.

    Parameters
    ----------
    name : of the feed
    dates : (n,), local date that each value is about, as datetime64[D]
    values : (n,), finite; any unit, one throughout the feed
    issued_s : (n,), when each value became known [s since 1970, UTC]; one value per date and issue

    Arrays are kept as read-only copies, by date and issue.

    Raises
    ------
    CovariateInvalid : the name is blank, lengths disagree, a value is not finite, or a date has two values of one issue
    """

    name: str
    dates: NDArray[np.datetime64]
    values: NDArray[np.float64]
    issued_s: NDArray[np.int64]

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise CovariateInvalid(f"a covariate's name is {self.name!r}: expected words such as 'rainfall_mm'")
        dates = np.array(self.dates, dtype="datetime64[D]")
        values = np.array(self.values, dtype=np.float64)
        issued_s = np.array(self.issued_s, dtype=np.int64)
        if dates.ndim != 1 or not dates.shape == values.shape == issued_s.shape:
            raise CovariateInvalid(
                f"covariate {self.name!r}: dates {dates.shape}, values {values.shape} and issued_s {issued_s.shape} "
                "disagree: expected one row of each, equally long"
            )
        if np.isnat(dates).any():
            raise CovariateInvalid(f"covariate {self.name!r}: date {int(np.isnat(dates).argmax())} is missing")
        if not np.isfinite(values).all():
            at = int(np.argmin(np.isfinite(values)))
            raise CovariateInvalid(
                f"covariate {self.name!r}: value of {dates[at]} is {values[at]}: expected a finite number"
            )
        order = np.lexsort((issued_s, dates))
        dates, values, issued_s = dates[order], values[order], issued_s[order]
        twice = (dates[1:] == dates[:-1]) & (issued_s[1:] == issued_s[:-1])
        if twice.any():
            at = int(twice.argmax())
            issue = np.datetime64(int(issued_s[at]), "s")
            raise CovariateInvalid(
                f"covariate {self.name!r}: {dates[at]} has two values issued at {issue} UTC, {values[at]} and "
                f"{values[at + 1]}: expected one value per date and issue"
            )
        for name, array in (("dates", dates), ("values", values), ("issued_s", issued_s)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def known_at(self, origin: datetime) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
        """Dates (dates,), ascending and each once, and the values (dates,) that were known at ``origin``.

        The value of a date is that of its latest issue at or before ``origin``; none issued later is ever seen.

        Raises
        ------
        CovariateInvalid : ``origin`` has no time zone
        """
        if origin.utcoffset() is None:
            raise CovariateInvalid(f"origin {origin.isoformat()} has no time zone: expected one")
        known = self.issued_s <= origin.timestamp()
        dates, values = self.dates[known], self.values[known]
        # Sorted by date, then issue: the last of each date is its latest.
        is_latest = np.append(dates[1:] != dates[:-1], True)[: dates.size]
        return dates[is_latest], values[is_latest]


def covariate(name: str, rows: Sequence[tuple[date, float, datetime]]) -> Covariate:
    """A feed from rows of date, value and time of issue (with time zone), in any order.

    Raises
    ------
    CovariateInvalid : as `Covariate`, and where a time of issue has no time zone
    """
    for day, _, issued in rows:
        if issued.utcoffset() is None:
            raise CovariateInvalid(
                f"covariate {name!r}: the issue {issued.isoformat()} of {day} has no time zone: expected one"
            )
    return Covariate(
        name,
        np.array([day for day, _, _ in rows], dtype="datetime64[D]"),
        np.array([value for _, value, _ in rows], dtype=np.float64),
        # Rounded up: a value must not be known a fraction of a second before its issue.
        np.array([ceil(issued.timestamp()) for _, _, issued in rows], dtype=np.int64),
    )
