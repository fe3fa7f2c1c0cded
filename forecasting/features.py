"""Regressors of the daily level: what is known beforehand of each local date besides its weekday and kind."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar
from forecasting.covariates import Covariate
from forecasting.days import DayFeatures
from forecasting.errors import CovariateInvalid
from forecasting.events import Occurrence

# An occurrence longer than this is a season: a regressor of the daily level. A shorter one has its hours to itself.
LONGEST_EVENT = timedelta(days=3)

_AFTER_HOLIDAY = (("first_working_day_after_holiday", 1, 0.25), ("second_working_day_after_holiday", 2, 0.15))
_SD_SEASON, _SD_COVARIATE = 0.15, 0.05
_MIN_COVARIATE_DAYS = 28
_MOST_DEVIATIONS = 4.0


def day_features(
    dates: NDArray[np.datetime64],
    calendar: Calendar,
    known_by: datetime,
    seasons: Sequence[Occurrence] = (),
    covariates: Sequence[Covariate] = (),
    first_ahead: np.datetime64 | None = None,
) -> tuple[DayFeatures, list[str]]:
    """Kinds and regressors of consecutive local ``dates`` (days,), as known by ``known_by``, and notes on what is not.

    Days ahead begin at ``first_ahead``, or where it is absent or later on the day of ``known_by``.

    Regressors are the first two working days after a public holiday, the share of the date inside each season, and
    each covariate in standard deviations from its past mean, 0 where no value is known. A feed of which no day ahead
    is known is left out, as if it did not exist.

    Raises
    ------
    CovariateInvalid : two covariates have one name
    """
    feeds = [covariate.name for covariate in covariates]
    if len(set(feeds)) < len(feeds):
        raise CovariateInvalid(f"covariates are named {', '.join(sorted(feeds))}: expected each name once")
    after = calendar.working_days_after_holiday(dates)
    columns = [(name, (after == which).astype(float), sd, False) for name, which, sd in _AFTER_HOLIDAY]
    for name in sorted({season.event.name for season in seasons}):
        share = share_inside([season for season in seasons if season.event.name == name], dates, calendar)
        columns.append((season_regressor(name), share, _SD_SEASON, True))
    notes = []
    for covariate in sorted(covariates, key=lambda feed: feed.name):
        values, note = _standardised(covariate, dates, calendar, known_by, first_ahead)
        if values is not None:
            columns.append((f"covariate {covariate.name}", values, _SD_COVARIATE, False))
        notes += [note] if note else []
    names, values_, prior_sd, is_slow = zip(*columns, strict=True)
    features = DayFeatures(
        dates,
        tuple(calendar.kinds(dates)),
        names,
        np.column_stack(values_),
        np.array(prior_sd),
        np.array(is_slow, dtype=np.bool_),
    )
    return features, notes


def season_regressor(name: str) -> str:
    """Name of the regressor of the season ``name``, which no other regressor can have."""
    return f"season {name}"


def share_inside(
    seasons: Sequence[Occurrence], dates: NDArray[np.datetime64], calendar: Calendar
) -> NDArray[np.float64]:
    """Share of each local date (days,) that lies inside the occurrences."""
    days: list[date] = dates.astype("datetime64[D]").tolist()
    edges = np.array([calendar.midnight(day).timestamp() for day in [*days, days[-1] + timedelta(days=1)]])
    inside = np.zeros(dates.size)
    for season in seasons:
        first, last = season.start.timestamp(), season.end.timestamp()
        inside += np.maximum(np.minimum(edges[1:], last) - np.maximum(edges[:-1], first), 0.0)
    return np.minimum(inside / np.diff(edges), 1.0)


def _standardised(
    covariate: Covariate,
    dates: NDArray[np.datetime64],
    calendar: Calendar,
    known_by: datetime,
    first_ahead: np.datetime64 | None,
) -> tuple[NDArray[np.float64] | None, str | None]:
    """Values (days,) in standard deviations from the past mean, 0 where none is known, and a note on what is absent;
    no values where too little of the past or nothing of the days ahead is known."""
    known_dates, known = covariate.known_at(known_by)
    values = np.zeros(dates.size)
    today = np.datetime64(calendar.local_date(known_by), "D")
    past = known[(known_dates < today) & (known_dates >= dates[0])]
    if past.size < _MIN_COVARIATE_DAYS or np.ptp(past) == 0:
        return None, (
            f"covariate {covariate.name}: {past.size} days of it were known that vary, before {today}: expected at "
            f"least {_MIN_COVARIATE_DAYS}; the forecast does without it"
        )
    inside = (known_dates >= dates[0]) & (known_dates <= dates[-1])
    at = (known_dates[inside] - dates[0]).astype(np.int64)
    standard = (known[inside] - past.mean()) / past.std()
    values[at] = np.clip(standard, -_MOST_DEVIATIONS, _MOST_DEVIATIONS)
    ahead = dates[dates >= (today if first_ahead is None else min(today, first_ahead))]
    unknown = ~np.isin(ahead, known_dates)
    if not unknown.any():
        return values, None
    first = ahead[unknown][0]
    return None if unknown.all() else values, (
        f"covariate {covariate.name} is late: no value from {first} on was known at {known_by.isoformat()}; "
        f"{int(unknown.sum())} of {unknown.size} days ahead are forecast without it"
    )
