"""Head-count days: the days on which a school's pupils are counted for its money. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

#: The 10th of a month, and in September, when the school year begins, the 15th.
USUAL_COUNT_DAYS: Mapping[str, int] = {"default": 10, "9": 15}
DEFAULT_DAY = 10


def count_days_between(start: date, end: date, count_days: Mapping[str, int]) -> list[date]:
    """Return the count days in ``[start, end)``. ``count_days`` maps "default" or a month ("9") to a day of the month;
    empty means the usual ones. A day beyond the month's end is its last day."""
    days = count_days or USUAL_COUNT_DAYS
    found = []
    for months in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        year, month = months // 12, months % 12 + 1
        wanted = days.get(str(month), days.get("default", DEFAULT_DAY))
        day = date(year, month, min(wanted, monthrange(year, month)[1]))
        if start <= day < end:
            found.append(day)
    return found
