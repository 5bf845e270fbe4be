"""Which account at which bank belongs to whom, from which day on."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Authority
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.models import BankAccount


class AccountOfAnother(Refused):
    code = "account_of_another"
    sentence = _("The account %(number)s is recorded for %(holder)s already. One account has one holder.")


@transaction.atomic
def record_bank_account(
    *,
    authority: Authority,
    holder: str,
    number: str,
    bank_code: str,
    bank_name: str,
    valid_from: date,
    stamp: Stamp,
    party: str = "",
) -> BankAccount:
    """Record the account that payments of ``authority``, or of its provider ``party``, use from a day on.

    Earlier ones stay on record. Raises AccountOfAnother.
    """
    others = BankAccount.objects.filter(number=number).exclude(authority=authority, party=party)
    if other := others.first():
        raise AccountOfAnother(number=number, holder=other.holder)
    account = BankAccount.objects.create(
        authority=authority,
        party=party,
        holder=holder,
        number=number,
        bank_code=bank_code,
        bank_name=bank_name,
        valid_from=valid_from,
        recorded_by=stamp.by,
    )
    audit.record(
        stamp=stamp,
        verb="record_bank_account",
        subject=f"bank_account:{account.pk}",
        authority=authority.pk,
        party=party,
    )
    return account
