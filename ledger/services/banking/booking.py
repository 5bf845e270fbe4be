"""What a line of a bank statement books: so much for its payment, and at the hub the rest as not identified.

So the hub's cash in the books is what its bank says at any time, whatever people find out about the rest.
"""

from __future__ import annotations

from datetime import date

from accounts.stamps import Stamp
from ledger.banking.matching import Verdict
from ledger.events import EVENTS, UNIDENTIFIED
from ledger.models import BankEntry, Payment, PaymentBatch, Step, Transfer
from ledger.selectors import steps_of
from ledger.services import payments
from ledger.services.posting import Entry, post


def book(*, entry: BankEntry, verdict: Verdict | None, payment: Payment | None, of_hub: bool, stamp: Stamp) -> None:
    """Book a line; without a verdict it is one that could not be read, whose money came or went all the same."""
    day, booked_fen = entry.booked_on or entry.statement.to_day, 0
    if payment is not None and verdict is not None:
        towards = 1 if payment.way == Payment.Way.TO_HUB else -1
        booked_fen = towards * _for_payment(payment, verdict.counted_fen, day=day, source=source_of(entry), stamp=stamp)
    if of_hub and entry.fen != booked_fen:
        _keep_apart(entry.fen - booked_fen, day=day, source=source_of_rest(entry), stamp=stamp)


def source_of(entry: BankEntry) -> str:
    """Return what the keys of all rows of a line begin with."""
    return f"bank:{entry.pk}"


def source_of_rest(entry: BankEntry) -> str:
    """Return the same for what of a line is nobody's yet."""
    return f"{source_of(entry)}-rest"


def _for_payment(payment: Payment, counted_fen: int, *, day: date, source: str, stamp: Stamp) -> int:
    """Book what counts for the payment, below zero what was taken back; return how much of that was possible."""
    if counted_fen < 0:
        return counted_fen if _took_back(payment, -counted_fen, day=day, source=source, stamp=stamp) else 0
    fen = min(counted_fen, payment.fen - payments.paid_fen(payment))
    if fen:
        payments.arrived(payment=payment, fen=fen, day=day, source=source, stamp=stamp)
    return fen


def _took_back(payment: Payment, fen: int, *, day: date, source: str, stamp: Stamp) -> bool:
    """Reverse the rows of the latest arrival of just ``fen``; those of a settled month are final."""
    batch = payment.batch
    if batch.kind == PaymentBatch.Kind.SETTLEMENT and batch.month and Step.SETTLED in steps_of(batch.month):
        return False
    last = payments.arrivals_of(payment).filter(fen=fen).order_by("-id").first()
    if last is None:
        return False
    begins = last.key.rpartition(":")[0]
    rows = Transfer.objects.filter(key__in=[f"{begins}:{part}" for part in ("own", "hub", "late")])
    post(entries=[_back(row, day=day, source=source) for row in rows.select_related("debit", "credit")], stamp=stamp)
    return True


def _back(row: Transfer, *, day: date, source: str) -> Entry:
    return Entry(
        key=f"{source}:back-{row.key.rpartition(':')[2]}",
        event=EVENTS[row.event],
        act=row.act,
        day=day,
        debit=row.credit.name,
        credit=row.debit.name,
        fen=row.fen,
        reverses=row.pk,
        settles=row.settles,
    )


def _keep_apart(fen: int, *, day: date, source: str, stamp: Stamp) -> None:
    """Book at the hub what is nobody's yet: what came, or, below zero, what went and should not have."""
    if fen > 0:
        payments.hold_unidentified(fen=fen, day=day, source=source, stamp=stamp)
        return
    gone = Entry(
        key=f"{source}:gone",
        event=UNIDENTIFIED,
        act=source,
        day=day,
        debit=payments.UNIDENTIFIED,
        credit=payments.HUB_CASH,
        fen=-fen,
    )
    post(entries=[gone], stamp=stamp)
