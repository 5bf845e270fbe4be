"""Months of the ledger: which there are and how far each has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db.models import Max, Min, Q

from accounts.working_days import working_days_after
from ledger import calendar
from ledger.interest import Rate
from ledger.models import CalendarDay, LateInterestRate, NetDebitCap, PeriodStep, Reminder, Step, Transfer
from ledger.months import month_of, next_month
from ledger.states import CLOSED, OPEN, State, state_after


def closed_through() -> date | None:
    """Return the last closed month, or None while none is."""
    month: date | None = PeriodStep.objects.filter(step=Step.CLOSED).aggregate(last=Max("month"))["last"]
    return month


def open_month(*, day: date) -> date:
    """Return the month that a row booked on ``day`` falls in: that day's, or the first one still open."""
    closed = closed_through()
    month = month_of(day)
    return month if closed is None or month > closed else next_month(closed)


def steps_of(month: date) -> set[str]:
    """Return the steps a month has taken; a month before a closed one is closed even if nothing happened in it."""
    rows = PeriodStep.objects.filter(Q(month=month) | Q(month__gt=month, step=Step.CLOSED))
    return set(rows.order_by().values_list("step", flat=True).distinct())


def steps_taken(month: date) -> list[PeriodStep]:
    """Return the steps a month has taken with the people who proposed and approved them, in order."""
    return list(PeriodStep.objects.filter(month=month).select_related("proposed_by", "approved_by").order_by("id"))


def state_of(month: date) -> State:
    return states_of([month])[month]


def states_of(months: Collection[date]) -> dict[date, State]:
    """Return how far each month has come."""
    taken: dict[date, set[str]] = defaultdict(set)
    for month, step in PeriodStep.objects.filter(month__in=months).values_list("month", "step"):
        taken[month].add(step)
    closed = closed_through()
    least = {month: CLOSED if closed and month <= closed else OPEN for month in months}
    return {month: state_after(taken[month]) if taken[month] else least[month] for month in months}


def known_months(*, today: date) -> list[date]:
    """Return every month from the first transfer to the present one, newest first."""
    span = Transfer.objects.aggregate(first=Min("period"), last=Max("period"))
    if span["first"] is None:
        return [month_of(today)]
    months, last = [span["first"]], max(span["last"], month_of(today))
    while months[-1] < last:
        months.append(next_month(months[-1]))
    return months[::-1]


def earlier_open_month_with_rows(month: date) -> date | None:
    """Return the first open month before ``month`` that holds transfers, if any."""
    rows = Transfer.objects.filter(period__lt=month)
    closed = closed_through()
    if closed is not None:
        rows = rows.filter(period__gt=closed)
    first: date | None = rows.aggregate(first=Min("period"))["first"]
    return first


def calendars(months: Collection[date]) -> dict[date, calendar.Days]:
    """Return each month's days: as they were reckoned when it opened, or as they would be now."""
    kept: dict[date, calendar.Days] = defaultdict(dict)
    for month, milestone, day in CalendarDay.objects.filter(month__in=months).values_list("month", "milestone", "day"):
        kept[month][milestone] = day
    return {month: kept[month] or calendar.days_of(month) for month in months}


def calendar_of(month: date) -> calendar.Days:
    return calendars([month])[month]


class Window(NamedTuple):
    """Until when the districts may object to a month, and from when it can be netted though some stay silent."""

    last_day: date
    netting_day: date


def objection_window(month: date) -> Window:
    """Return a month's objection window: statements that were issued late leave the districts as many days."""
    days, issued = calendar_of(month), PeriodStep.objects.filter(month=month, step=Step.STATED).first()
    last_day, netting_day = days[calendar.OBJECTION.code], days[calendar.NETTING.code]
    if issued is not None:
        last_day = max(last_day, working_days_after(issued.booked_on, calendar.OBJECTION.working_days))
        netting_day = max(netting_day, working_days_after(last_day, calendar.NETTING.working_days))
    return Window(last_day, netting_day)


def reminders_on(day: date) -> list[Reminder]:
    """Return what people are reminded of on ``day``, the oldest month first."""
    return list(Reminder.objects.filter(day=day).order_by("month", "id"))


def caps_on(day: date) -> dict[str, int | None]:
    """Return each authority's limit of what it may owe on net in a month, in fen; None where it was lifted."""
    rows = NetDebitCap.objects.filter(valid_from__lte=day).order_by("valid_from", "id")
    return dict(rows.values_list("authority_id", "fen"))


def late_interest_rates() -> list[Rate]:
    """Return the rates of interest on late payments; of two of one day, the one recorded last."""
    rows = LateInterestRate.objects.order_by("valid_from", "id").values_list("valid_from", "rate_ppm")
    return [Rate(day, ppm) for day, ppm in dict(rows).items()]
