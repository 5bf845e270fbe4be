"""What the calendar of months says to people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.clocks import Clock
from ledger.calendar import Standing
from ledger.selectors import Appointment

#: The colour that repeats how a milestone stands.
TONES = {
    Standing.DONE: "good",
    Standing.AHEAD: "calm",
    Standing.DUE: "todo",
    Standing.OVERDUE: "stop",
    Standing.WAITING: "calm",
}


def standing_in_words(found: Appointment) -> str:
    """Say how a milestone stands: "3 working days left, until 5 February 2026"."""
    if found.standing is Standing.DONE:
        return _("Done")
    if found.standing is Standing.WAITING:
        return _("Begins with the statements")
    return str(Clock(found.day, found.today))


def appointment_in_words(found: Appointment) -> str:
    """Say in one line what a month waits for: "Closing of the month: 3 working days left, until 5 February 2026"."""
    return _("%(milestone)s: %(standing)s") % {
        "milestone": found.milestone.label,
        "standing": standing_in_words(found),
    }
