"""Where a pension is drawn, who keeps the relationship where it is, and what each pool bears of a shared benefit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from ledger.money import half_up
from vouchers.insurance.parameters import MONTHS_FOR_BENEFIT, TEMPORARY_FROM_AGE, Sex

#: Which character of an 18-digit id number tells the sex: odd for men (GB 11643-1999).
SEX_DIGIT = 17


class Years(NamedTuple):
    """Contribution time in whole years and the months beyond them."""

    years: int
    months: int


def sex_of(id_number: str) -> Sex:
    """Return what a valid 18-digit id number tells."""
    return Sex.MALE if int(id_number[SEX_DIGIT - 1]) % 2 else Sex.FEMALE


def years_of(months: int) -> Years:
    return Years(*divmod(months, 12))


def is_temporary(*, sex: Sex, born_on: date, day: date, to_pool: str, registered_pool: str, insured_in: str) -> bool:
    """Say whether contributions in ``to_pool`` go to a temporary account while the relationship stays.

    It stays for men from 50 and women from 40 on, unless they return to the place of their household register.
    """
    if to_pool in (registered_pool, insured_in):
        return False
    age = day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
    return age >= TEMPORARY_FROM_AGE[sex]


def benefit_place(*, registered: str, current: str, months_by_pool: Mapping[str, int]) -> str:
    """Return the pool in which the pension is drawn. ``months_by_pool`` in the order of last leaving them.

    The registered place if the relationship is there; else the current one with ten years of contributions; else the
    last earlier one with ten years; else the registered place [W].
    """
    if current == registered:
        return registered
    if months_by_pool.get(current, 0) >= MONTHS_FOR_BENEFIT:
        return current
    earlier = [pool for pool, months in months_by_pool.items() if months >= MONTHS_FOR_BENEFIT]
    return earlier[-1] if earlier else registered


def benefit_shares(fen: int, *, months_by_pool: Mapping[str, int]) -> dict[str, int]:
    """Return what each pool bears of a benefit by its contribution months, in fen; together exactly ``fen``.

    Each rounding is on the later pools' part; the remainder stays with the one before.
    """
    total = sum(months_by_pool.values())
    assert total > 0
    left, tails = total, [fen]
    for months in months_by_pool.values():
        left -= months
        tails.append(half_up(numerator=fen * left, denominator=total))
    return {pool: here - after for pool, (here, after) in zip(months_by_pool, pairwise(tails), strict=True)}
