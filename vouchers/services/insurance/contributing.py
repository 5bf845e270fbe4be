"""Contributions: one wage base for one month, many at once, idempotent by key, corrected by a further revision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import among, among_texts, insert_many
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.months import month_of, month_text
from vouchers.insurance.parameters import first_month
from vouchers.models import Contribution, ContributionAccount
from vouchers.services.insurance.booking import lock_insured, settle
from vouchers.services.planning import Cause


class ContributionKeyReused(Refused):
    code = "key_reused"
    sentence = _("This key was used for another contribution. Use a new key for a new contribution.")


class BeforeTheScheme(Refused):
    code = "before_the_scheme"
    sentence = _("Contributions are known from %(first)s on; %(month)s lies before it.")


class MonthAhead(Refused):
    code = "month_ahead"
    sentence = _("%(month)s has not begun. A contribution is recorded in its month or later.")


class BeforeOpening(Refused):
    code = "before_opening"
    sentence = _("Account %(number)s was opened on %(opened_on)s. %(month)s lies before it.")


class AccountPassedOn(Refused):
    code = "account_passed_on"
    sentence = _("Account %(number)s was passed on, on %(day)s. Use the account of the new place.")


class MonthTaken(Refused):
    code = "month_taken"
    sentence = _("A contribution for %(month)s stands on account %(number)s already. Correct that one.")


class NoContribution(Refused):
    code = "no_contribution"
    sentence = _("Account %(number)s has no contribution for %(month)s to correct.")


@dataclass(frozen=True, kw_only=True)
class ContributionOrder:
    """``wage_fen`` is the wage base of ``month``, its first day; ``key`` is the sender's, the same on every retry."""

    account: ContributionAccount
    month: date
    wage_fen: int
    key: str
    correction: bool = False

    @property
    def body(self) -> tuple[int, date, int]:
        return self.account.pk, self.month, self.wage_fen


@dataclass(frozen=True, kw_only=True)
class Contributed:
    """What came of many orders, by key: rows, also those of an earlier time with the same key, and refusals."""

    rows: Mapping[str, Contribution]
    refused: Mapping[str, Refused]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is recorded already: accounts, keys, the last revision of each account's month, and whose months are taken.

    A month that was corrected to nothing is free again.
    """

    accounts: Mapping[int, ContributionAccount]
    keys: Mapping[str, Contribution]
    revisions: dict[tuple[int, date], int] = field(default_factory=lambda: defaultdict(lambda: -1))
    taken: dict[tuple[int, str, date], ContributionAccount] = field(default_factory=dict)

    def remember(self, row: Contribution) -> None:
        """Let a row count for those that follow."""
        account = self.accounts[row.account_id]
        month = account.resident_id, account.scheme, row.month
        self.revisions[account.pk, row.month] = row.revision
        if row.wage_fen:
            self.taken[month] = account
        elif month in self.taken and self.taken[month].pk == account.pk:
            del self.taken[month]


def contribute(*, account: ContributionAccount, month: date, wage_fen: int, key: str, stamp: Stamp) -> Contribution:
    """Record one month's wage base and book both parts.

    Raises ContributionKeyReused, BeforeTheScheme, MonthAhead, BeforeOpening, AccountPassedOn or MonthTaken.
    """
    return _one(ContributionOrder(account=account, month=month, wage_fen=wage_fen, key=key), stamp=stamp)


def correct_contribution(
    *, account: ContributionAccount, month: date, wage_fen: int, key: str, stamp: Stamp
) -> Contribution:
    """Replace a month's wage base and book the difference, which follows the person through every transfer since.

    Raises ContributionKeyReused or NoContribution.
    """
    order = ContributionOrder(account=account, month=month, wage_fen=wage_fen, key=key, correction=True)
    return _one(order, stamp=stamp)


def _one(order: ContributionOrder, *, stamp: Stamp) -> Contribution:
    outcome = contribute_many(orders=[order], stamp=stamp)
    for refusal in outcome.refused.values():
        raise refusal
    return outcome.rows[order.key]


@transaction.atomic
def contribute_many(*, orders: Sequence[ContributionOrder], stamp: Stamp) -> Contributed:
    """Record contributions of many people, each accepted or refused on its own, and book them in one go."""
    people = {order.account.resident_id for order in orders}
    lock_insured(people)
    known = _known(orders)
    rows: dict[str, Contribution] = {}
    refused: dict[str, Refused] = {}
    fresh: list[Contribution] = []
    for order in orders:
        if earlier := rows.get(order.key) or known.keys.get(order.key):
            if (earlier.account_id, earlier.month, earlier.wage_fen) == order.body:
                rows[order.key] = earlier
            else:
                refused[order.key] = ContributionKeyReused()
        elif refusal := _refusal(order, known=known, stamp=stamp):
            refused[order.key] = refusal
        else:
            rows[order.key] = _row(order, known=known, stamp=stamp)
            fresh.append(rows[order.key])
    insert_many(fresh)
    _book(fresh, stamp=stamp)
    return Contributed(rows=rows, refused=refused)


def _refusal(order: ContributionOrder, *, known: _Known, stamp: Stamp) -> Refused | None:
    account, month = known.accounts[order.account.pk], order.month
    taken = known.taken.get((account.resident_id, account.scheme, month))
    if order.correction:
        same = taken is not None and taken.pk == account.pk
        return None if same else NoContribution(number=account.number, month=month_text(month))
    if month < first_month():
        return BeforeTheScheme(first=month_text(first_month()), month=month_text(month))
    if month > month_of(stamp.as_of):
        return MonthAhead(month=month_text(month))
    if month < month_of(account.opened_on):
        return BeforeOpening(number=account.number, opened_on=account.opened_on, month=month_text(month))
    if (left := account.passed_on) is not None and month > month_of(left):
        return AccountPassedOn(number=account.number, day=left)
    return MonthTaken(number=taken.number, month=month_text(month)) if taken is not None else None


def _row(order: ContributionOrder, *, known: _Known, stamp: Stamp) -> Contribution:
    account, month = known.accounts[order.account.pk], order.month
    row = Contribution(
        account=account,
        month=month,
        revision=known.revisions[account.pk, month] + 1,
        wage_fen=order.wage_fen,
        key=order.key,
        booked_on=stamp.booked_on,
        recorded_by=stamp.by,
    )
    known.remember(row)
    return row


def _known(orders: Sequence[ContributionOrder]) -> _Known:
    people = {order.account.resident_id for order in orders}
    keys = Contribution.objects.filter(key__in=among_texts({order.key for order in orders}))
    accounts = ContributionAccount.objects.filter(resident_id__in=among(people)).select_related("passage")
    known = _Known(accounts={row.pk: row for row in accounts}, keys={row.key: row for row in keys})
    rows = Contribution.objects.filter(
        account_id__in=among(known.accounts.keys()), month__in={order.month for order in orders}
    )
    for row in rows.order_by("account_id", "month", "revision"):
        known.remember(row)
    return known


def _book(rows: Sequence[Contribution], *, stamp: Stamp) -> None:
    causes = {row.account.resident_id: Cause(f"contribution:{row.pk}", row.month) for row in rows}
    settle(resident_ids=list(causes), causes=causes, stamp=stamp)
    details = {f"contribution:{row.pk}": {"account": row.account_id, "revision": row.revision} for row in rows}
    audit.record_many(stamp=stamp, verb="contribute", details=details)
