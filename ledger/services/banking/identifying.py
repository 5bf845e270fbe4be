"""Money that nobody could name, named after all: so much of a line of a bank statement belongs to a payment."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.stamps import Stamp
from ledger.models import BankEntry, Payment
from ledger.services import payments
from ledger.services.banking.booking import source_of_rest


def unidentified_fen(entry: BankEntry) -> int:
    """Return how much of a line the hub still holds for nobody, in fen."""
    return payments.unidentified_fen(source_of_rest(entry))


@transaction.atomic
def identify(*, entry: BankEntry, payment: Payment, fen: int, stamp: Stamp) -> None:
    """Take so much of what a line brought for a part of ``payment``. Raises NotSoMuchUnidentified or TooMuchPaid."""
    payments.identify(source=source_of_rest(entry), payment=payment, fen=fen, stamp=stamp)
    audit.record(
        stamp=stamp, verb="identify_money", subject=f"bank_entry:{entry.pk}", payment=payment.end_to_end_id, fen=fen
    )
