"""The months and windows of the demonstration, all relative to today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledger.money import half_up
from ledger.months import month_of, next_month, previous_month

MONTHS_OF_HISTORY = 12
JULY = 7


class Window(NamedTuple):
    """The days ``[start, end)`` that vouchers are valid; both are firsts of a month."""

    start: date
    end: date

    @property
    def months(self) -> int:
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def share(self, annual_fen: int) -> int:
        """Return the part of a year's amount that these months get, in fen."""
        return half_up(numerator=annual_fen * self.months, denominator=12)


@dataclass(frozen=True)
class Timeline:
    """A year of history and the present month.

    The benefit year begins on 1 January or on 1 July, whichever lies six to eleven months back, so that it is well
    under way on whatever day the demonstration is made. The months before it get vouchers of their own, long expired.
    """

    today: date

    @property
    def start(self) -> date:
        """The first day of the pilot."""
        return self.day(ago=MONTHS_OF_HISTORY, day=1)

    @property
    def year(self) -> Window:
        """The present benefit year."""
        year, half = (self.today.year, 1) if self.today.month >= JULY else (self.today.year - 1, JULY)
        return Window(date(year, half, 1), date(year + 1, half, 1))

    @property
    def windows(self) -> tuple[Window, Window]:
        """The rest of the benefit year in which the pilot began, and the present one."""
        return Window(self.start, self.year.start), self.year

    @property
    def past_months(self) -> list[date]:
        """The months before the present one, oldest first."""
        months = [self.start]
        while next_month(months[-1]) < month_of(self.today):
            months.append(next_month(months[-1]))
        return months

    def day(self, *, ago: int, day: int) -> date:
        """Return a day of the month that lies ``ago`` months before the present one."""
        month = month_of(self.today)
        for _ in range(ago):
            month = previous_month(month)
        return month.replace(day=day)
