"""Where months stand in their calendar: what is done and by whom, what is due, and what is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.working_days import working_days_after, working_days_left
from ledger import calendar
from ledger.calendar import Milestone, Standing
from ledger.models import PeriodStep, Step
from ledger.selectors.periods import calendars, closed_through, reminders_on


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """One milestone of a month: its day, how it stands, and the step that was taken for it, if one was."""

    month: date
    milestone: Milestone
    day: date
    standing: Standing
    step: PeriodStep | None
    today: date

    @property
    def working_days_left(self) -> int:
        return working_days_left(today=self.today, due=self.day)


def agenda(months: Collection[date], *, today: date) -> dict[date, list[Appointment]]:
    """Return each month's milestones in order, as they stand on ``today``."""
    days, closed = calendars(months), closed_through()
    taken: dict[date, dict[str, PeriodStep]] = defaultdict(dict)
    for step in PeriodStep.objects.filter(month__in=months).select_related("proposed_by", "approved_by").order_by("id"):
        taken[step.month][step.step] = step
    return {
        month: [
            _appointment(
                milestone,
                month=month,
                days=days[month],
                taken=taken[month],
                is_closed=closed is not None and month <= closed,
                today=today,
            )
            for milestone in calendar.MILESTONES
        ]
        for month in months
    }


def _appointment(
    milestone: Milestone,
    *,
    month: date,
    days: calendar.Days,
    taken: Mapping[str, PeriodStep],
    is_closed: bool,
    today: date,
) -> Appointment:
    day = _day_of(milestone, days=days, stated=taken.get(Step.STATED))
    steps = {*taken, Step.CLOSED} if is_closed else set(taken)
    return Appointment(
        month=month,
        milestone=milestone,
        day=day,
        standing=calendar.standing(milestone, day=day, steps=steps, today=today),
        step=taken.get(milestone.step),
        today=today,
    )


def _day_of(milestone: Milestone, *, days: calendar.Days, stated: PeriodStep | None) -> date:
    """Return the day of a milestone; statements that were issued late leave the districts as many days to object."""
    day = days[milestone.code]
    if milestone is calendar.OBJECTION and stated is not None:
        return max(day, working_days_after(stated.booked_on, milestone.working_days))
    return day


def reminded_on(day: date) -> list[Appointment]:
    """Return what people are reminded of on ``day`` and have not done: the first of each month, the oldest on top."""
    first: dict[date, str] = {}
    for reminder in reminders_on(day):
        first.setdefault(reminder.month, reminder.milestone)
    found = agenda(first, today=day) if first else {}
    return [
        appointment
        for month, code in first.items()
        for appointment in found[month]
        if appointment.milestone.code == code and appointment.standing is not Standing.DONE
    ]


def next_appointment(appointments: Iterable[Appointment]) -> Appointment | None:
    """Return what a month waits for: its first milestone that is not done."""
    return next((found for found in appointments if found.standing is not Standing.DONE), None)


def late_appointments(agenda: Mapping[date, Iterable[Appointment]]) -> list[Appointment]:
    """Return what each month that is behind waits for, the oldest month first: no later one can overtake it."""
    waiting = (next_appointment(agenda[month]) for month in sorted(agenda))
    return [found for found in waiting if found is not None and found.standing is Standing.OVERDUE]
