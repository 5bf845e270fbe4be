"""What a provider took in a day, as the clerk at the counter sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from accounts.words import name_masked
from ledger.models import Transfer
from vouchers.models import Voucher


@dataclass(frozen=True, kw_only=True)
class Taking:
    """One redemption and the voucher it was taken from."""

    row: Transfer
    voucher: Voucher

    @property
    def holder(self) -> str:
        return name_masked(self.voucher.resident.name)

    @property
    def is_reversed(self) -> bool:
        return hasattr(self.row, "reversed_by")


@dataclass(frozen=True)
class Total:
    """How many redemptions stand, and their sum in fen."""

    number: int
    fen: int


def takings(rows: Iterable[Transfer]) -> list[Taking]:
    """Put each redemption together with its voucher."""
    rows = list(rows)
    known = Voucher.objects.select_related("programme", "resident")
    vouchers = known.in_bulk([row.subject for row in rows if row.subject])
    return [Taking(row=row, voucher=vouchers[row.subject or 0]) for row in rows]


def total_of(rows: QuerySet[Transfer]) -> Total:
    """Sum the redemptions that were not taken back."""
    standing = Q(reversed_by=None)
    sums = rows.aggregate(number=Count("pk", filter=standing), fen=Sum("fen", filter=standing))
    return Total(number=sums["number"], fen=int(sums["fen"] or 0))
