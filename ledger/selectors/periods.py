"""Months of the ledger: which there are and how far each has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Max, Min, Q

from ledger.models import PeriodStep, Step, Transfer
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
