"""The events that move money. Each says whether its cross-authority rows enter the netting."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(NamedTuple):
    code: str
    nets: bool
    label: str | Promise


NETTING = Event("netting", False, _("Netting"))
PAYMENT = Event("payment", False, _("Payment"))

#: How a successor takes over a book. Rows of the two in the middle name in ``settles`` the month whose dues they
#: change: ``DUE_ENDED`` takes back what its credit side owed its debit side, ``DUE_TAKEN_OVER`` counts like its rows.
TAKEOVER = Event("takeover", True, _("Takeover of an account"))
DUE_ENDED = Event("due_ended", False, _("End of a due in the old name"))
DUE_TAKEN_OVER = Event("due_taken_over", False, _("Due taken over"))
INSIDE_PAYMENT = Event("inside_payment", False, _("Payment within a takeover"))

EVENTS: dict[str, Event] = {
    event.code: event for event in (NETTING, PAYMENT, TAKEOVER, DUE_ENDED, DUE_TAKEN_OVER, INSIDE_PAYMENT)
}


def register(event: Event) -> Event:
    """Make an event of a room above known to the ledger."""
    EVENTS[event.code] = event
    return event


def events_left_out_of_netting() -> list[str]:
    return [event.code for event in EVENTS.values() if not event.nets]
