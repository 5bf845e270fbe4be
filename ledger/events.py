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

#: What was decided on a dispute, and what paying late costs.
ADJUSTMENT = Event("adjustment", True, _("Adjustment after a dispute"))
LATE_INTEREST = Event("late_interest", True, _("Interest on a late payment"))
#: Money at the hub: what it received and paid, what nobody could name yet, what is held in advance.
HUB_RECEIPT = Event("hub_receipt", False, _("Received by the settlement hub"))
HUB_PAYMENT = Event("hub_payment", False, _("Paid by the settlement hub"))
UNIDENTIFIED = Event("unidentified", False, _("Received and not yet identified"))
IDENTIFIED = Event("identified", False, _("Identified after all"))
PREFUND_PAID = Event("prefund_paid", False, _("Prefund paid"))
PREFUND_RETURNED = Event("prefund_returned", False, _("Prefund returned"))
PROVIDER_PAYMENT = Event("provider_payment", False, _("Payment to a provider"))
CORRECTION = Event("correction", True, _("Correction of a difference"))

#: Of the rows of a payment, those whose amount says how much of it was paid.
TELLING = (PAYMENT, PREFUND_PAID, PREFUND_RETURNED, PROVIDER_PAYMENT)

EVENTS: dict[str, Event] = {
    event.code: event
    for event in (
        NETTING,
        PAYMENT,
        TAKEOVER,
        DUE_ENDED,
        DUE_TAKEN_OVER,
        INSIDE_PAYMENT,
        ADJUSTMENT,
        LATE_INTEREST,
        HUB_RECEIPT,
        HUB_PAYMENT,
        UNIDENTIFIED,
        IDENTIFIED,
        PREFUND_PAID,
        PREFUND_RETURNED,
        PROVIDER_PAYMENT,
        CORRECTION,
    )
}


def register(event: Event) -> Event:
    """Make an event of a room above known to the ledger."""
    EVENTS[event.code] = event
    return event


def events_left_out_of_netting() -> list[str]:
    return [event.code for event in EVENTS.values() if not event.nets]
