"""Why two sides can differ, as data: what each reason is called, what it means, and what to do about it.

Nothing closes a difference by itself but a rule of this module, and the page of the difference shows it.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BANK, CLAIM, BOOKS = "bank", "claim", "books"

KINDS: dict[str, Promise] = {
    BANK: _("Bank"),
    CLAIM: _("Claims of providers"),
    BOOKS: _("Books and vouchers"),
}


class Reason(NamedTuple):
    code: str
    kind: str
    label: str | Promise
    explanation: str | Promise
    what_to_do: str | Promise


class Rule(NamedTuple):
    """When the service closes a difference without a person."""

    code: str
    label: str | Promise


GONE_AT_NEXT_RUN = Rule(
    "gone_at_next_run",
    _("A later run over the same rows no longer finds it, and no correction waits for approval."),
)
CORRECTED = Rule("corrected", _("The correction that two people agreed to is booked."))

RULES = {rule.code: rule for rule in (GONE_AT_NEXT_RUN, CORRECTED)}

PART_PAYMENT = Reason(
    "part_payment",
    BANK,
    _("Part payment"),
    _("The bank booked less than was ordered."),
    _("Ask the payer for the rest. It is matched when it arrives."),
)
OVERPAID = Reason(
    "overpaid",
    BANK,
    _("Paid too much"),
    _("The bank booked more than was ordered."),
    _("Pay the excess back, or leave it until the next payment."),
)
PAID_TWICE = Reason(
    "paid_twice",
    BANK,
    _("Paid twice"),
    _("The bank booked the same payment a second time."),
    _("Ask the bank to return the second payment."),
)
PAYMENT_REVERSED = Reason(
    "payment_reversed",
    BANK,
    _("Payment reversed"),
    _("The bank took back a payment that had arrived."),
    _("Find out why, mostly a wrong account, and order it again."),
)
UNKNOWN_PAYMENT = Reason(
    "unknown_payment",
    BANK,
    _("Unknown payment"),
    _("Money came or went that nobody ordered."),
    _("Find out whose it is. Until then it stands as not identified."),
)
DATE_DIFFERS = Reason(
    "date_differs",
    BANK,
    _("Booked on another day"),
    _("Payment and amount agree, but the bank booked it before the day it was ordered for, or long after."),
    _("Check that it is the payment meant, and close it with a note."),
)
WRONG_ACCOUNT = Reason(
    "wrong_account",
    BANK,
    _("Wrong account"),
    _("The money came from, or went to, an account other than the one recorded."),
    _("Check the recorded account with its holder before anything more is paid."),
)
MISSING_AT_BANK = Reason(
    "missing_at_bank",
    BANK,
    _("Missing at the bank"),
    _("A payment was ordered and its day is over, but no statement shows it."),
    _("Ask the bank whether it received the order."),
)

MISSING_HERE = Reason(
    "missing_here",
    CLAIM,
    _("Missing here"),
    _("The provider claims it, but no redemption of this number stands in our books."),
    _("Ask the provider for the receipt. If the service was given, it can still be redeemed; else nothing is paid."),
)
MISSING_THERE = Reason(
    "missing_there",
    CLAIM,
    _("Missing at the provider"),
    _("A redemption stands in our books, but the provider does not claim it."),
    _("Ask the provider. What was redeemed by mistake is to be reversed; else the provider sends the month again."),
)
AMOUNT_DIFFERS = Reason(
    "amount_differs",
    CLAIM,
    _("Amount differs"),
    _("Both sides know it, with different amounts."),
    _("Compare the receipt. Let the provider correct the file, or propose a correction."),
)
DAY_DIFFERS = Reason(
    "day_differs",
    CLAIM,
    _("Day differs"),
    _("Both sides know it with the same amount, but on different days of service."),
    _("Compare the receipt. The day decides which month it belongs to and which district bears it."),
)
DUPLICATE = Reason(
    "duplicate",
    CLAIM,
    _("Claimed twice"),
    _("The same redemption stands in the file before."),
    _("Nothing is paid twice. Let the provider know."),
)
LATE = Reason(
    "late",
    CLAIM,
    _("Too late"),
    _("It was never redeemed, and the programme's deadline for late claims is over."),
    _("It can no longer be redeemed. Close it with a note, or propose a correction if the city was at fault."),
)
WRONG_PROGRAMME = Reason(
    "wrong_programme",
    CLAIM,
    _("Wrong programme"),
    _("It was redeemed under another programme, or the provider is not accredited for the one claimed."),
    _("Let the provider correct the file; check the accreditation."),
)
PROVIDER_SUSPENDED = Reason(
    "provider_suspended",
    CLAIM,
    _("Provider suspended"),
    _("On the day of service the provider's payments were suspended."),
    _("Nothing is paid for that day until somebody decides. Look into the suspension first."),
)
AFTER_DEATH = Reason(
    "after_death",
    CLAIM,
    _("After death"),
    _("The service is said to have been given on or after the day on which the holder died."),
    _("Check the recorded day of death. If it is right, reverse the redemption and ask the provider."),
)
LINES_AWAITED = Reason(
    "lines_awaited",
    CLAIM,
    _("Lines awaited"),
    _("The totals of this day differ, and the provider has not sent the lines yet."),
    _("Ask the provider for the lines of this day. The next run then finds out which of them differ."),
)

BOOKS_DIFFER = Reason(
    "books_differ",
    BOOKS,
    _("Books differ from what they are made of"),
    _("A figure that is kept is not what the transfers add up to."),
    _("Run manage.py verify_ledger, which names the row, and tell those who run the service. Change nothing by hand."),
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        PART_PAYMENT,
        OVERPAID,
        PAID_TWICE,
        PAYMENT_REVERSED,
        UNKNOWN_PAYMENT,
        DATE_DIFFERS,
        WRONG_ACCOUNT,
        MISSING_AT_BANK,
        MISSING_HERE,
        MISSING_THERE,
        AMOUNT_DIFFERS,
        DAY_DIFFERS,
        DUPLICATE,
        LATE,
        WRONG_PROGRAMME,
        PROVIDER_SUSPENDED,
        AFTER_DEATH,
        LINES_AWAITED,
        BOOKS_DIFFER,
    )
}

#: What stands in the evidence of a difference, on either side: ``{"ours": {…}, "theirs": {…}}``. A figure in fen ends
#: in ``_fen``, a day is written as 2026-10-05; ids of rows end in ``_id`` and become links, or are not shown.
EVIDENCE: dict[str, Promise] = {
    "provider": _("Provider"),
    "programme": _("Programme"),
    "day": _("Day of service"),
    "key": _("Number of the redemption"),
    "row": _("Row of the file"),
    "file": _("File"),
    "number": _("How many"),
    "amount_fen": _("Amount in yuan"),
    "account": _("Account"),
    "payment": _("Payment"),
    "ordered_for": _("Ordered for"),
    "booked_on": _("Booked on"),
    "counterparty": _("Other side"),
    "line": _("Line of the statement"),
    "statement": _("Statement"),
    "text": _("Text"),
    "problem": _("What was found"),
    "died_on": _("Day of death"),
    "suspended_from": _("Suspended from"),
    "deadline": _("Deadline for late claims"),
}
