"""What one ledger row did to a voucher, in a sentence for those who keep the books."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.words import in_words, yuan_in_figures
from ledger.models import Transfer
from vouchers import events
from vouchers.models import Provider

#: Debit and credit are the two authorities, provider the one a payable belongs to.
SENTENCES: dict[str, str | Promise] = {
    events.ISSUE.code: _("%(debit)s issued the voucher and promises %(yuan)s yuan."),
    events.REDEEM.code: _("%(yuan)s yuan were used at %(provider)s, %(credit)s. %(debit)s pays."),
    events.REVERSE.code: _("The use of %(yuan)s yuan at %(provider)s, %(debit)s, was reversed."),
    events.HANDOVER.code: _("%(debit)s handed what remained, %(yuan)s yuan, over to %(credit)s."),
    events.COST_SHARE.code: _("%(debit)s takes over %(yuan)s yuan of the cost from %(credit)s."),
    events.EXPIRE.code: _("%(yuan)s yuan were not used until the end and left the voucher."),
    events.REVOKE.code: _("The voucher ended before its time; %(yuan)s yuan left it."),
    events.RESTORE.code: _("%(yuan)s yuan that had left the voucher were put back on it."),
}


def teller(rows: Sequence[Transfer]) -> Callable[[Transfer], str]:
    """Return what puts each of these rows in words; their providers are read once."""
    codes = {account.party for row in rows for account in (row.debit, row.credit) if account.party}
    providers = Provider.objects.in_bulk(codes, field_name="code")
    return lambda row: _told(row, providers)


def _told(row: Transfer, providers: Mapping[str, Provider]) -> str:
    party = row.credit.party or row.debit.party
    details = {
        "debit": in_words(row.debit.authority),
        "credit": in_words(row.credit.authority),
        "provider": in_words(providers[party]) if party in providers else party,
        "yuan": yuan_in_figures(row.fen),
    }
    return str(SENTENCES[row.event]) % details
