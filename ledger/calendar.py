"""A month's calendar as data: what has to happen by which working day, and who acts.

Each milestone is so many working days after the one before; the cut-off is the month's last day. A step of a month
that is late moves nothing: the next steps wait for it, and their days stay as they were reckoned.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.working_days import working_days_after
from ledger.months import next_month


class Milestone(NamedTuple):
    """``working_days`` after the milestone before; ``step`` is the step of the month that does it, if one does."""

    code: str
    label: str | Promise
    actor: str | Promise
    working_days: int
    step: str


CUT_OFF = Milestone("cut_off", _("Cut-off"), _("Nobody: the month ends."), 0, "")
CLOSE = Milestone("close", _("Closing"), _("Two city administrators"), 3, "closed")
STATEMENT = Milestone("statement", _("Statements"), _("The service itself"), 1, "stated")
OBJECTION = Milestone("objection", _("End of the objection window"), _("The districts' finance officers"), 5, "")
NETTING = Milestone("netting", _("Netting"), _("Two city administrators"), 1, "netted")
PAYMENT = Milestone("payment", _("Payment"), _("The treasuries"), 2, "")
FINALITY = Milestone("finality", _("Finality"), _("The bank, by its statement"), 1, "settled")

#: In the order in which a month passes them.
MILESTONES = (CUT_OFF, CLOSE, STATEMENT, OBJECTION, NETTING, PAYMENT, FINALITY)

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
