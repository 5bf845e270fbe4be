"""An approved batch of payments as the file that its bank carries out."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts import audit
from accounts.models import Authority
from accounts.refusals import Refused
from accounts.stamps import SHANGHAI, Stamp
from accounts.words import month_in_words
from ledger import selectors
from ledger.banking import pain001
from ledger.models import BankAccount, Payment, PaymentBatch
from ledger.selectors import banking
from ledger.services.payments import ensure_hub

#: What receivers read in their statements, in Chinese whoever writes the file.
REMITTANCES = {
    PaymentBatch.Kind.SETTLEMENT: _("Net settlement of %(month)s"),
    PaymentBatch.Kind.PROVIDERS: _("Vouchers redeemed in %(month)s"),
    PaymentBatch.Kind.PREFUND: _("Prefund"),
}


class NoPayments(Refused):
    code = "no_payments"
    sentence = _("This batch has no payments, so there is no file for the bank.")


class NoBankAccount(Refused):
    code = "no_bank_account"
    sentence = _("No bank account of %(holder)s is on record for %(day)s. Record it, then write the file again.")


class OrderNotValid(Refused):
    code = "order_not_valid"
    sentence = _("No bank would take this file: %(reason)s. Put it right, then write the file again.")


class OrderFile(NamedTuple):
    name: str
    content: bytes
    sha256: str


@transaction.atomic
def write_order(*, batch: PaymentBatch, stamp: Stamp) -> OrderFile:
    """Return the pain.001 file of a batch and keep its hash. As long as no account changes, it is the same each time.

    Raises NoPayments, NoBankAccount or OrderNotValid.
    """
    payments = list(batch.payments.order_by("id"))
    if not payments:
        raise NoPayments()
    accounts = banking.bank_accounts_on(batch.pays_on)
    names = selectors.authorities_by_code()
    order = pain001.Order(
        message_id=f"TH-{batch.pk}",
        created_at=batch.at.astimezone(SHANGHAI),
        sender=ensure_hub().name_zh,
        lines=[_line(payment, batch=batch, accounts=accounts, names=names) for payment in payments],
    )
    try:
        content = pain001.write(order)
    except pain001.NotAnOrder as error:
        raise OrderNotValid(reason=str(error)) from error
    digest = sha256(content).hexdigest()
    audit.record(stamp=stamp, verb="write_payment_file", subject=f"payment_batch:{batch.pk}", sha256=digest)
    return OrderFile(f"pain001-{order.message_id}.xml", content, digest)


def _line(
    payment: Payment,
    *,
    batch: PaymentBatch,
    accounts: dict[banking.Holder, BankAccount],
    names: dict[str, Authority],
) -> pain001.Line:
    for side in banking.sides_of(payment):
        if side not in accounts:
            authority, party = side
            raise NoBankAccount(holder=party or names[authority], day=batch.pays_on)
    debtor, creditor = (_at_bank(accounts[side]) for side in banking.sides_of(payment))
    return pain001.Line(
        payment.end_to_end_id, payment.fen, debtor, creditor, batch.pays_on, _remittance(batch, payment)
    )


def _at_bank(account: BankAccount) -> pain001.BankAccount:
    return pain001.BankAccount(
        holder=account.holder,
        number=account.number,
        bank=account.bank_name or account.bank_code,
        bank_number=account.bank_code,
    )


def _remittance(batch: PaymentBatch, payment: Payment) -> str:
    with override("zh-hans"):
        month = month_in_words(batch.month) if batch.month else ""
        words = str(REMITTANCES[PaymentBatch.Kind(batch.kind)]) % {"month": month}
    return " ".join(filter(None, (words, payment.programme)))
