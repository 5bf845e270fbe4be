"""The months' calendar at work: days are kept when a month opens, and people are reminded of what waits for them."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from ledger import calendar, selectors
from ledger.models import CalendarDay, Reminder
from ledger.months import month_of
from ledger.states import SETTLED


@transaction.atomic
def turn_to(*, day: date) -> list[Reminder]:
    """Keep the days of every month that has begun, and remind of what is due on ``day`` or overdue; return these.

    Doing it twice on one day changes nothing.
    """
    months = [month for month in selectors.known_months(today=day) if month <= month_of(day)]
    _keep_days(months)
    states = selectors.states_of(months)
    running = [month for month, state in states.items() if state is not SETTLED]
    given = {(reminder.month, reminder.milestone) for reminder in selectors.reminders_on(day)}
    due = [(month, code) for month in running for code in _due(month, day=day)]
    Reminder.objects.bulk_create(
        Reminder(month=month, milestone=code, day=day) for month, code in due if (month, code) not in given
    )
    return selectors.reminders_on(day)


def _keep_days(months: list[date]) -> None:
    kept = set(CalendarDay.objects.filter(month__in=months).values_list("month", flat=True))
    CalendarDay.objects.bulk_create(
        CalendarDay(month=month, milestone=code, day=day)
        for month in months
        if month not in kept
        for code, day in calendar.days_of(month).items()
    )


def _due(month: date, *, day: date) -> list[str]:
    """Return the milestones of a month whose day has come and whose step nobody has taken."""
    days, taken = selectors.calendar_of(month), selectors.steps_of(month)
    return [
        milestone.code
        for milestone in calendar.MILESTONES
        if milestone.step and milestone.step not in taken and days[milestone.code] <= day
    ]
