"""Who a programme is for. Pure; the household register is never asked."""

from __future__ import annotations

from datetime import date


def age_on(day: date, *, born_on: date) -> int:
    """Return completed years of age. Somebody born on 29 February has a birthday on 1 March in other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def is_of_age(*, born_on: date | None, day: date, min_age: int | None, max_age: int | None) -> bool:
    """Return whether somebody is within the ages on ``day``; an unknown day of birth fits only where no age counts."""
    if min_age is None and max_age is None:
        return True
    if born_on is None:
        return False
    age = age_on(day, born_on=born_on)
    return (min_age is None or age >= min_age) and (max_age is None or age <= max_age)


def birthdays(*, day: date, min_age: int | None, max_age: int | None) -> tuple[date | None, date | None]:
    """Return the earliest and the latest day of birth that fit on ``day``, for a query over many people."""
    earliest = None if max_age is None else _years_before(day, max_age + 1, after=True)
    latest = None if min_age is None else _years_before(day, min_age, after=False)
    return earliest, latest


def _years_before(day: date, years: int, *, after: bool) -> date:
    """Return the same day so many years before, or the next one (``after``): the first of those who are younger."""
    year = day.year - years
    if (day.month, day.day) == (2, 29) and not _is_leap(year):
        return date(year, 3, 1) if after else date(year, 2, 28)
    same = day.replace(year=year)
    return date.fromordinal(same.toordinal() + 1) if after else same


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
