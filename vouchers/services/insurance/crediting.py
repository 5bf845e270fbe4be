"""Crediting a year's interest to individual accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import among, insert_many
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.insurance.parameters import INTEREST_RATES
from vouchers.models import ContributionAccount, InterestCredit
from vouchers.services.insurance.booking import lock_insured, settle
from vouchers.services.planning import Cause


class NoRate(Refused):
    code = "no_rate"
    sentence = _("No interest rate is known for %(year)s. Give the amount.")


class YearNotOver(Refused):
    code = "year_not_over"
    sentence = _("The interest of %(year)s is credited once the year is over.")


class InterestCredited(Refused):
    code = "interest_credited"
    sentence = _("The interest of %(year)s was credited to account %(number)s already.")


def accounts_earning(*, scheme: str, year: int) -> QuerySet[ContributionAccount]:
    """Return the accounts that were open in a year and got no interest for it yet."""
    there = Q(passage=None) | Q(passage__day__gte=date(year, 1, 1))
    rows = ContributionAccount.objects.filter(there, scheme=scheme, opened_on__lte=date(year, 12, 31))
    return rows.exclude(interest_credits__year=year).order_by("pk")


@transaction.atomic
def credit_interest(
    *, accounts: Sequence[ContributionAccount], year: int, stamp: Stamp, fen: int | None = None
) -> list[InterestCredit]:
    """Credit a year's interest to each of these accounts: ``fen``, or by the year's rate.

    What comes late for that year or an earlier one changes the interest too. Raises NoRate, YearNotOver or
    InterestCredited; then nothing is credited.
    """
    if fen is None and year not in INTEREST_RATES:
        raise NoRate(year=year)
    if stamp.as_of <= date(year, 12, 31):
        raise YearNotOver(year=year)
    people = {account.resident_id for account in accounts}
    lock_insured(people)
    ids = [account.pk for account in accounts]
    earlier = InterestCredit.objects.filter(account_id__in=among(ids), year=year).select_related("account").first()
    if earlier is not None:
        raise InterestCredited(year=year, number=earlier.account.number)
    rows = [
        InterestCredit(account=account, year=year, fen=fen, booked_on=stamp.booked_on, recorded_by=stamp.by)
        for account in accounts
    ]
    insert_many(rows)
    causes = {row.account.resident_id: Cause(f"interest:{row.pk}", date(year, 12, 31)) for row in rows}
    settle(resident_ids=people, causes=causes, stamp=stamp)
    details = {f"interest:{row.pk}": {"account": row.account_id, "year": year} for row in rows}
    audit.record_many(stamp=stamp, verb="credit_interest", details=details)
    return rows
