"""Which line of a bank statement answers which payment. Pure: payments and entries in, verdicts out.

A payment is matched by its end-to-end id **and** its amount **and** its day; whatever differs gets a reason. Money is
split the same way for all reasons: of what arrived for a payment, all up to its amount counts, the rest is extra.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from accounts.working_days import working_days_after

MATCHED, DATE_DIFFERS, PART_PAYMENT, OVERPAID = "matched", "date_differs", "part_payment", "overpaid"
PAID_TWICE, PAYMENT_REVERSED, PAID_AGAIN = "paid_twice", "payment_reversed", "paid_again"
WRONG_ACCOUNT, UNKNOWN_PAYMENT, MISSING_AT_BANK = "wrong_account", "unknown_payment", "missing_at_bank"
#: The other side's bank shows the same payment: no difference, and no second arrival.
OTHER_SIDE = "other_side"

#: An entry ends in exactly one of these; a payment that no entry answered may be missing at the bank.
CLASSES = (
    MATCHED,
    DATE_DIFFERS,
    PART_PAYMENT,
    OVERPAID,
    PAID_TWICE,
    PAYMENT_REVERSED,
    PAID_AGAIN,
    WRONG_ACCOUNT,
    UNKNOWN_PAYMENT,
    OTHER_SIDE,
)


class Expected(NamedTuple):
    """A payment of ``fen`` that ``account`` has to show on ``due_on`` or some working days later.

    ``credit`` says that it arrives there. ``arrived_fen`` is what earlier statements showed of it, less what went
    back; ``was_matched`` says that one line was the whole of it. ``counterparty_account`` is the other side's number,
    empty where any will do.
    """

    end_to_end_id: str
    account: str
    credit: bool
    fen: int
    due_on: date
    counterparty_account: str = ""
    arrived_fen: int = 0
    was_matched: bool = False

    @property
    def counted_fen(self) -> int:
        return min(max(self.arrived_fen, 0), self.fen)

    def with_more(self, verdict: Verdict) -> Expected:
        """Return what is expected once this verdict's money is there; that of another account is not."""
        if verdict.reason == WRONG_ACCOUNT:
            return self
        return self._replace(
            arrived_fen=self.arrived_fen + verdict.counted_fen + verdict.extra_fen,
            was_matched=self.was_matched or verdict.reason == MATCHED,
        )


class Seen(NamedTuple):
    """A payment as a statement shows it; ``key`` names the line to whoever asks."""

    key: int
    account: str
    end_to_end_id: str
    credit: bool
    fen: int
    booked_on: date
    counterparty_account: str = ""
    reversal: bool = False


class Verdict(NamedTuple):
    """What became of an entry. ``counted_fen`` goes towards the payment, below zero when it is taken back;
    ``extra_fen`` belongs to nobody yet. Together they are what the entry moved, in the payment's direction.
    """

    entry: Seen
    reason: str
    counted_fen: int
    extra_fen: int


class Outcome(NamedTuple):
    """``after`` are the payments with what arrived by now; of ``missing`` ones no statement shows anything."""

    verdicts: list[Verdict]
    after: list[Expected]
    missing: list[Expected]


def match(payments: Iterable[Expected], entries: Iterable[Seen], *, within: int, shown_through: date) -> Outcome:
    """Give each entry its class. A payment may be booked up to ``within`` working days after it is due; then it is
    missing if the statements of its account go on to ``shown_through``.
    """
    after = {payment.end_to_end_id: payment for payment in payments}
    verdicts = []
    for entry in sorted(entries, key=attrgetter("booked_on", "key")):
        payment = after.get(entry.end_to_end_id)
        verdict = _verdict(entry, payment, within=within) if payment else Verdict(entry, UNKNOWN_PAYMENT, 0, entry.fen)
        verdicts.append(verdict)
        if payment:
            after[payment.end_to_end_id] = payment.with_more(verdict)
    answered = {verdict.entry.end_to_end_id for verdict in verdicts}
    missing = [
        payment
        for payment in after.values()
        if not payment.counted_fen
        and payment.end_to_end_id not in answered
        and _last_day(payment.due_on, within) <= shown_through
    ]
    return Outcome(verdicts, list(after.values()), missing)


def _verdict(entry: Seen, payment: Expected, *, within: int) -> Verdict:
    if _is_told_by_the_other_side(entry, payment):
        return Verdict(entry, OTHER_SIDE, 0, 0)
    if entry.account != payment.account or not _names_the_other_side(entry, payment):
        return Verdict(entry, WRONG_ACCOUNT, 0, entry.fen)
    back = entry.reversal or entry.credit != payment.credit
    moved_fen = -entry.fen if back else entry.fen
    now = payment._replace(arrived_fen=payment.arrived_fen + moved_fen)
    counted_fen = now.counted_fen - payment.counted_fen
    reason = PAYMENT_REVERSED if back else _reason(entry, payment, within=within)
    return Verdict(entry, reason, counted_fen, moved_fen - counted_fen)


def _is_told_by_the_other_side(entry: Seen, payment: Expected) -> bool:
    forth = entry.credit != payment.credit
    return entry.account == payment.counterparty_account and forth != entry.reversal


def _names_the_other_side(entry: Seen, payment: Expected) -> bool:
    """Some banks name nobody, some the account itself: neither contradicts the payment."""
    either_will_do = ("", entry.account, payment.counterparty_account)
    return not payment.counterparty_account or entry.counterparty_account in either_will_do


def _reason(entry: Seen, payment: Expected, *, within: int) -> str:
    """Name what differs, the amount before the day."""
    outstanding_fen = payment.fen - payment.counted_fen
    if not outstanding_fen:
        return PAID_TWICE
    if entry.fen > outstanding_fen:
        return OVERPAID
    if entry.fen < payment.fen:
        return PART_PAYMENT
    if payment.was_matched:
        return PAID_AGAIN
    return MATCHED if payment.due_on <= entry.booked_on <= _last_day(payment.due_on, within) else DATE_DIFFERS


@cache
def _last_day(due_on: date, within: int) -> date:
    return working_days_after(due_on, within)
