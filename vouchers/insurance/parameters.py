"""The figures of the insurance rules, dated, each with its source.

Rates are in ten-thousandths. Marks: [W] a figure from a weak mirror of a rule, usable but not to be cited;
[M] from memory and not confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from ledger.money import half_up

Value = TypeVar("Value")
#: What a rate is a part of.
WHOLE_RATE = 10_000


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class Share(StrEnum):
    """What of the pooled contributions goes along when somebody leaves a pool."""

    NONE = "none"
    TWELVE = "twelve"
    WHOLE = "whole"
    POOL = "pool"


class Step(StrEnum):
    """What can happen to a transfer case, in this order; a rejection ends it."""

    APPLIED = "applied"
    AGREED = "agreed"
    SENT = "sent"
    RECEIVED = "received"
    REJECTED = "rejected"


class Dated(NamedTuple, Generic[Value]):
    """``value`` holds from ``since`` on, until the next one."""

    since: date
    value: Value
    source: str


#: Part of the wage base that is credited to the person's own account.
ACCOUNT_RATES = (
    Dated(date(1998, 1, 1), 1_100, "11 % of the wage from 1998 to 2005 [W]"),
    Dated(date(2006, 1, 1), 800, "8 % of the wage from 2006 on [W]"),
)
#: Part of the wage base that the employer pays into the pool.
POOLED_RATES = (Dated(date(1998, 1, 1), 2_000, "20 % of the wage, the employer's usual rate [M]"),)
#: What goes along out of a pool when nobody has decided otherwise.
SHARES = (
    Dated(date(1998, 1, 1), Share.NONE, "before 2010 the individual account moves alone, as the paper complains"),
    Dated(date(2010, 1, 1), Share.TWELVE, "rule of 2009, in force on 1 January 2010: 12 % of the wage base [W]"),
)
#: Part of the wage base of every year since 1998 that goes along with TWELVE.
TWELVE_RATE = 1_200
#: Interest on individual accounts by year: the uniform national rates, announced since 2016 [M].
INTEREST_RATES = {
    2016: 831,
    2017: 712,
    2018: 829,
    2019: 761,
    2020: 604,
    2021: 669,
    2022: 612,
    2023: 397,
    2024: 262,
}
#: From this age in years on, whoever goes to another pool keeps the relationship where it is [W].
TEMPORARY_FROM_AGE = {Sex.MALE: 50, Sex.FEMALE: 40}
#: Contribution months in one pool that let the pension be drawn there: ten years [W].
MONTHS_FOR_BENEFIT = 120
#: Working days until the next step has to be taken: 15 + 15 + 15 [W].
DAYS_UNTIL_NEXT = {Step.APPLIED: 15, Step.AGREED: 15, Step.SENT: 15}
#: The step that may follow each, and whose turn it is: the place somebody comes from or goes to.
NEXT_STEPS: dict[Step, tuple[Step, ...]] = {
    Step.APPLIED: (Step.AGREED, Step.REJECTED),
    Step.AGREED: (Step.SENT, Step.REJECTED),
    Step.SENT: (Step.RECEIVED,),
    Step.RECEIVED: (),
    Step.REJECTED: (),
}


def in_force(table: Sequence[Dated[Value]], *, day: date) -> Dated[Value] | None:
    """Return the line of a dated table that holds on ``day``; None before its first."""
    return max((line for line in table if line.since <= day), key=lambda line: line.since, default=None)


def part_of(fen: int, *, rate: int) -> int:
    """Return ``rate`` ten-thousandths of ``fen``, in whole fen."""
    return half_up(numerator=fen * rate, denominator=WHOLE_RATE)


def credited(wage_fen: int, *, month: date) -> int:
    """Return what of a month's wage base goes to the person's own account, in fen."""
    return part_of(wage_fen, rate=_rate(ACCOUNT_RATES, month))


def pooled(wage_fen: int, *, month: date) -> int:
    """Return what of a month's wage base goes to the pool, in fen."""
    return part_of(wage_fen, rate=_rate(POOLED_RATES, month))


def first_month() -> date:
    """Return the first month whose rates are known."""
    return max(ACCOUNT_RATES[0].since, POOLED_RATES[0].since)


def _rate(table: Sequence[Dated[int]], month: date) -> int:
    line = in_force(table, day=month)
    assert line is not None, month
    return line.value
