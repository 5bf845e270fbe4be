"""What became of payments and of the lines of bank statements, in words."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.banking import camt053, elements, matching
from ledger.break_reasons import REASONS
from ledger.models import Payment


class Said(NamedTuple):
    """Words, and the tone of the colour that repeats them."""

    words: str | Promise
    tone: str


OUTCOMES: dict[str, Said] = {
    "": Said(_("Not matched yet"), "wait"),
    matching.MATCHED: Said(_("Matched"), "good"),
    matching.PAID_AGAIN: Said(_("Paid again"), "good"),
    matching.OTHER_SIDE: Said(_("Told by the other side"), "calm"),
    camt053.NOT_BOOKED: Said(_("Announced only"), "calm"),
}
#: Why a line could not be used.
DEFECTS: dict[str, str | Promise] = {
    elements.BAD_VALUE: _("Something in it means nothing"),
    elements.MISSING_ELEMENT: _("Something in it is missing"),
    elements.OTHER_CURRENCY: _("A part of it is not in yuan"),
    camt053.DETAILS_DIFFER: _("Its payments do not make its sum"),
    camt053.AMOUNT_UNREADABLE: _("Its amount cannot be read: shown is what the balances leave for it"),
    camt053.NOT_BOOKED: _("The bank has not booked it yet"),
}

ARRIVED, IN_PART, UNDER_WAY = Said(_("Arrived"), "good"), Said(_("Arrived in part"), "wait"), Said(_("Ordered"), "info")


def outcome_in_words(code: str) -> Said:
    """Say what became of a line; ``code`` is empty for one that still waits."""
    return OUTCOMES[code] if code in OUTCOMES else Said(REASONS[code].label, "stop")


def payment_in_words(payment: Payment, *, paid_fen: int) -> Said:
    """Say what the bank says of a payment."""
    if paid_fen >= payment.fen:
        return ARRIVED
    return IN_PART if paid_fen > 0 else UNDER_WAY
