"""A month's calendar as data: what has to happen by which working day, and who acts.

Each milestone is so many working days after the one before; the cut-off is the month's last day. A step of a month
that is late moves nothing: the next steps wait for it, and their days stay as they were reckoned.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.working_days import working_days_after
from ledger.months import next_month


class Milestone(NamedTuple):
    """``working_days`` after the milestone before; ``step`` is the step of the month that does it, if one does.

    Where none does, the milestone is over with its day, or at the latest once the month took the step ``over_with``.
    """

    code: str
    label: str | Promise
    actor: str | Promise
    working_days: int
    step: str
    over_with: str = ""


CUT_OFF = Milestone("cut_off", _("Cut-off"), _("Nobody: the month ends."), 0, "", "closed")
CLOSE = Milestone("close", _("Closing of the month"), _("Two city administrators"), 3, "closed")
STATEMENT = Milestone("statement", _("Statements"), _("The service itself"), 1, "stated")
OBJECTION = Milestone(
    "objection", _("End of the objection window"), _("The districts' finance officers"), 5, "", "netted"
)
NETTING = Milestone("netting", _("Netting"), _("Two city administrators"), 1, "netted")
PAYMENT = Milestone("payment", _("Payment"), _("The treasuries"), 2, "", "settled")
FINALITY = Milestone("finality", _("Finality"), _("The bank, by its statement"), 1, "settled")

#: In the order in which a month passes them.
MILESTONES = (CUT_OFF, CLOSE, STATEMENT, OBJECTION, NETTING, PAYMENT, FINALITY)

#: These pass with their day; every other one is done by somebody, or is late.
PASSING = (CUT_OFF, OBJECTION)

#: Working days within which a dispute is to be decided, from the day it was raised.
DECISION_WORKING_DAYS = 15
#: Working days within which a prefund is to be topped up, from the yearly true-up (facts: finance pays in ten).
TRUE_UP_WORKING_DAYS = 10

#: The day of each milestone, by code.
Days = dict[str, date]


def days_of(month: date) -> Days:
    """Return the day of each milestone of ``month``, as the holidays are known now."""
    day = next_month(month) - timedelta(days=1)
    days = {CUT_OFF.code: day}
    for milestone in MILESTONES[1:]:
        day = working_days_after(day, milestone.working_days)
        days[milestone.code] = day
    return days


class Standing(StrEnum):
    """How a milestone stands on a day. ``WAITING``: it cannot begin before something else was done."""

    DONE = "done"
    AHEAD = "ahead"
    DUE = "due"
    OVERDUE = "overdue"
    WAITING = "waiting"


def standing(milestone: Milestone, *, day: date, steps: Collection[str], today: date) -> Standing:
    """Return how ``milestone``, due on ``day``, stands in a month that has taken these steps."""
    if (milestone.step or milestone.over_with) in steps:
        return Standing.DONE
    if milestone is OBJECTION and STATEMENT.step not in steps:
        return Standing.WAITING
    if today > day:
        return Standing.DONE if milestone in PASSING else Standing.OVERDUE
    return Standing.DUE if today == day else Standing.AHEAD
