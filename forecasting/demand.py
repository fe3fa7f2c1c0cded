"""Forecast the offered calls of all queues: history and calendar in, `Forecast` out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from forecasting import dispersion, sampling
from forecasting.calendar import Calendar
from forecasting.cold_start import follow
from forecasting.covariates import Covariate
from forecasting.ensemble import Setting
from forecasting.errors import ForecastingError, HistoriesDisagree, HistoryTooShort, HorizonInvalid, SeriesInvalid
from forecasting.events import Event, occurrences
from forecasting.forecast import Forecast
from forecasting.learn import learn_queue
from forecasting.series import IntervalSeries

Progress = Callable[[float, str], None]
MAX_WEEKS = 13
_MOST_CALLS = 10_000_000  # an interval: paths are kept in 32 bits


def forecast(
    history: Mapping[str, IntervalSeries],
    calendar: Calendar,
    *,
    weeks: int,
    n_paths: int = 500,
    seed: int,
    events: Sequence[Event] = (),
    covariates: Sequence[Covariate] = (),
    cleaning: bool = True,
    boosting: bool = False,
    known_by: datetime | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast every queue for the ``weeks`` after the end of its history.

    Parameters
    ----------
    history : offered calls of each queue; same interval and same end, starts may differ
    calendar : local time and special days
    weeks : horizon [weeks of the local calendar: an hour longer or shorter over a clock change], 1..13
    n_paths : number of sample paths, >= 1
    seed : of all chance; same inputs and seed give the same forecast, whatever the order of the queues
    events : the place's own events, past and ahead: learned from, with planners' own values, or tagged as excluded
    covariates : partners' daily feeds; only what was issued by ``known_by`` is looked at
    cleaning : whether outages and extreme days are looked for; tagged events are left out either way
    boosting : whether boosted trees take part from sixteen weeks of history on (the extra ``boosting``)
    known_by : when the forecast is made, with time zone, not before the end of the history; by default that end, as
        in a backtest
    progress : told the share done, 0..1, and the step in words

    Raises
    ------
    HistoryTooShort : a queue has less than two whole weeks of calls, and no other queue that it could follow: see
        `cold_start.follow`
    HistoriesDisagree : queues end at different instants or have different intervals
    HorizonInvalid : ``weeks``, ``n_paths`` or ``seed`` is out of range, or ``known_by`` before the end of the history
    CovariateInvalid : two covariates have one name
    SeriesInvalid : a history holds parts of calls, or more than ten million calls an interval
    """
    _check(history, weeks, n_paths, seed)
    tell = progress or (lambda _share, _step: None)
    queues = tuple(sorted(history))
    first = history[queues[0]]
    if known_by is not None and (known_by.utcoffset() is None or known_by < first.end):
        raise HorizonInvalid(
            f"known_by is {known_by.isoformat()}: expected a time with time zone, not before the end of the history, "
            f"{first.end.isoformat()}"
        )
    length_s = (calendar.weeks_later(first.end, weeks) - first.end).total_seconds()
    # Rounded, since a clock change within them leaves wide intervals no whole number.
    ahead = calendar.grid(first.end, first.interval_s, round(length_s / first.interval_s))
    since = min(series.start for series in history.values())
    end = datetime.fromtimestamp(int(ahead.utc_s[-1]) + first.interval_s, UTC)
    found = occurrences(events, since, end, calendar.timezone)
    setting = Setting(calendar, known_by or first.end, ahead, tuple(covariates), seed, cleaning, boosting)
    its_own = {q: [occurrence for occurrence in found if q in (occurrence.event.queues or queues)] for q in queues}
    learned, too_short = {}, {}
    for done, queue in enumerate(queues):
        tell(0.9 * done / len(queues), f"learning queue {queue}")
        try:
            learned[queue] = learn_queue(queue, history[queue], its_own[queue], setting)
        except HistoryTooShort as error:
            too_short[queue] = error
    followed = {
        queue: follow(queue, history, learned, its_own[queue], ahead, error) for queue, error in too_short.items()
    }
    parts = [(learned | followed)[queue] for queue in queues]
    tell(0.9, "drawing sample paths")
    spread = sampling.Spread(
        factors=tuple(part.factor for part in parts),
        correlation=dispersion.correlations([p.residuals for p in parts], [p.factor for p in parts]),
        interval_variance=np.array([part.interval_variance for part in parts]),
    )
    mean = np.array([part.mean for part in parts])
    day = (ahead.dates - ahead.dates[0]).astype(np.int64)
    result = Forecast(
        origin=first.end,
        start=first.end,
        interval_s=first.interval_s,
        timezone=calendar.timezone,
        queues=queues,
        mean=mean,
        rate_cv=sampling.rate_cv(day, spread),
        day_cv=np.sqrt([part.factor.variance[day] for part in parts]),
        intraday_strength=np.array([part.intraday_strength for part in parts]),
        carry_over=np.array([part.carry_over for part in parts]),
        paths=sampling.sample_paths(mean, day, spread, n_paths=n_paths, seed=seed),
        notes=tuple(note for part in parts for note in part.notes),
        cleaning=tuple(note for part in parts for note in part.cleaning),
        effects=tuple(effect for part in parts for effect in part.effects),
    )
    tell(1.0, "forecast ready")
    return result


def _check(history: Mapping[str, IntervalSeries], weeks: int, n_paths: int, seed: int) -> None:
    if not history:
        raise ForecastingError("history holds no queue: expected at least one")
    if not 1 <= weeks <= MAX_WEEKS or weeks % 1:
        raise HorizonInvalid(f"weeks is {weeks}: expected 1 to {MAX_WEEKS}, whole ones")
    if n_paths < 1:
        raise HorizonInvalid(f"n_paths is {n_paths}: expected at least 1")
    if seed < 0:
        raise HorizonInvalid(f"seed is {seed}: expected a whole number from 0 on")
    ends = {queue: series.end.isoformat() for queue, series in history.items()}
    if len(set(ends.values())) > 1:
        raise HistoriesDisagree(f"histories end at {ends}: expected one common end")
    widths = {queue: series.interval_s for queue, series in history.items()}
    if len(set(widths.values())) > 1:
        raise HistoriesDisagree(f"interval_s is {widths}: expected one common width")
    for queue, series in history.items():
        calls = np.nan_to_num(series.values)
        impossible = np.flatnonzero((calls % 1 > 0) | (calls > _MOST_CALLS))
        if impossible.size:
            when = series.start + timedelta(seconds=int(impossible[0]) * series.interval_s)
            raise SeriesInvalid(
                f"queue {queue} holds {series.values[impossible[0]]} calls at {when.isoformat()}: expected whole "
                f"calls, at most {_MOST_CALLS} an interval"
            )
