"""What can go wrong in a forecast; every message names the thing, its value and what was expected."""


class ForecastingError(ValueError):
    """Base of every error that this library raises on purpose."""


class SeriesInvalid(ForecastingError):
    """A series is off its grid, has a naive start, or holds values that no count of calls can take."""


class CalendarInvalid(ForecastingError):
    """The time zone, country or subdivision of a calendar is unknown."""


class HistoryTooShort(ForecastingError):
    """There are not two whole weeks of calls to learn from."""


class HistoriesDisagree(ForecastingError):
    """The queues' histories end at different instants or have different intervals."""


class HorizonInvalid(ForecastingError):
    """The horizon, the number of paths or a window of a forecast is out of range."""


class EventInvalid(ForecastingError):
    """An event ends before it starts, its rule is none of RFC 5545, or a value of it is out of range."""


class CovariateInvalid(ForecastingError):
    """A partner's feed holds a value that is not finite, or two values of one date and issue."""
