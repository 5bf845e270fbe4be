"""Working days of mainland China, for the clocks of cases: weekends, public holidays and make-up days are told apart.

The calendar is a library's. Of years whose holidays are not proclaimed yet it knows the holidays themselves, but not
the make-up days, so a due day far ahead may still shift: a clock is reckoned when it starts and then kept.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from holidays import country_holidays
from holidays.holiday_base import HolidayBase


def is_working_day(day: date) -> bool:
    return bool(_calendar().is_working_day(day))


def working_days_after(day: date, number: int) -> date:
    """Return the ``number``-th working day after ``day``; the day itself does not count."""
    assert number >= 1, number
    found = _calendar().get_nth_working_day(day, number)
    return date(found.year, found.month, found.day)


def working_days_left(*, today: date, due: date) -> int:
    """Return how many working days remain after ``today``, the due day included; 0 when it has come."""
    return sum(is_working_day(today + timedelta(days=ahead)) for ahead in range(1, (due - today).days + 1))


@cache
def _calendar() -> HolidayBase:
    return country_holidays("CN")
