"""School holidays of England by rule: an assumption for a force that has not given its own dates.

Each local authority or academy trust sets its own dates, so no rule is right everywhere; weeks differ by one either way
in some places and years. A force replaces the whole of it by giving events of the same name.

References
----------
.. [1] GOV.UK, School term and holiday dates, https://www.gov.uk/school-term-holiday-dates: dates by authority.
.. [2] Education (School Day and School Year) (England) Regulations 1999: 380 half-day sessions a year, which leave
       about thirteen weeks of holidays.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from forecasting.events import Event

SCHOOL_HOLIDAY = "school_holiday"

# First day of the first occurrence, days including both weekends, and the rule of the first day.
_HOLIDAYS = (
    # Half-terms: the weeks of the Monday nearest 15 February, of the spring bank holiday, of the Monday nearest
    # 26 October; each from the Saturday before.
    (date(2000, 2, 12), 9, "FREQ=YEARLY;BYMONTH=2;BYDAY=SA;BYMONTHDAY=10,11,12,13,14,15,16"),
    (date(2000, 5, 27), 9, "FREQ=YEARLY;BYMONTH=5;BYDAY=SA;BYMONTHDAY=23,24,25,26,27,28,29"),
    (date(2000, 10, 21), 9, "FREQ=YEARLY;BYMONTH=10;BYDAY=SA;BYMONTHDAY=21,22,23,24,25,26,27"),
    # The fortnight around Easter Sunday, from the Saturday of the week before it.
    (date(2000, 4, 15), 16, "FREQ=YEARLY;BYEASTER=-8"),
    # 22 July to 1 September.
    (date(2000, 7, 22), 42, "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=22"),
    # The fortnight from the Saturday that falls on 17 to 23 December.
    (date(2000, 12, 23), 16, "FREQ=YEARLY;BYMONTH=12;BYDAY=SA;BYMONTHDAY=17,18,19,20,21,22,23"),
)


@lru_cache(maxsize=8)
def school_holidays(timezone: str = "Europe/London") -> tuple[Event, ...]:
    """The usual school holidays of England from 2000 on, weekends at both ends included, as recurring events."""
    zone = ZoneInfo(timezone)
    return tuple(
        Event(
            SCHOOL_HOLIDAY,
            datetime.combine(first, time(), zone),
            datetime.combine(first + timedelta(days=days), time(), zone),
            rule,
        )
        for first, days, rule in _HOLIDAYS
    )
