"""What an act would change in money, as the pages show it before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from accounts.models import SUSPENSE, Authority
from accounts.selectors import suspense
from ledger.selectors import authorities_by_code
from vouchers.services.foreseeing import Foreseen, Shift


class MoneyLine(NamedTuple):
    """One voucher as things stand and afterwards, its authorities by name."""

    foreseen: Foreseen
    payer_before: Authority
    payer_after: Authority
    shifts: list[tuple[Authority, Shift]]


def money_lines(foreseen: Sequence[Foreseen]) -> list[MoneyLine]:
    names = {SUSPENSE: suspense(), **authorities_by_code()}
    return [
        MoneyLine(
            foreseen=row,
            payer_before=names[row.before.payer],
            payer_after=names[row.after.payer],
            shifts=[(names[shift.authority], shift) for shift in row.shifts],
        )
        for row in foreseen
    ]
