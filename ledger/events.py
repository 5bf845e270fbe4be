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

EVENTS: dict[str, Event] = {event.code: event for event in (NETTING, PAYMENT)}


def register(event: Event) -> Event:
    """Make an event of a room above known to the ledger."""
    EVENTS[event.code] = event
    return event


def events_left_out_of_netting() -> list[str]:
    return [event.code for event in EVENTS.values() if not event.nets]
