"""Use elsewhere: what a visitor's filing has to be, and what a visit may draw. Pure: values in, values out.

A visit is a use at a provider whose district funds the programme from another purse than the resident's own. The host's
catalogue says what of a bill is in scope, the home's terms say what share of that is paid.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Protocol

from ledger.money import half_up

LONG_TERM, REFERRED, EMERGENCY, UNREFERRED = "long_term", "referred", "emergency", "unreferred"

#: A temporary filing lasts that many months at least, and may be used again and again.
LEAST_MONTHS = 6


class Terms(NamedTuple):
    """What a programme pays of a bill elsewhere: ``percent`` of what is in scope above ``deductible_fen``.

    Long-term residents elsewhere get the whole percentage; others so many points less.
    """

    percent: int
    deductible_fen: int
    points_off_referred: int
    points_off_unreferred: int


class Bill(NamedTuple):
    """What a provider charges in all, and what of it the host's catalogue has in scope."""

    total_fen: int
    in_scope_fen: int


class Visit(NamedTuple):
    """A use away from ``home`` in ``host``, both districts' codes. ``visitor`` is how the person filed, if at all.

    ``may_file`` says whether a filing helps. Without ``terms`` a visit may draw whatever the voucher holds.
    """

    may_file: bool
    home: str
    host: str
    visitor: str | None
    terms: Terms | None


def percent_for(visitor: str, *, terms: Terms) -> int:
    """Return the percentage paid to this class of visitors, 0 at least."""
    points_off = {
        LONG_TERM: 0,
        REFERRED: terms.points_off_referred,
        EMERGENCY: terms.points_off_referred,
        UNREFERRED: terms.points_off_unreferred,
    }
    return max(0, terms.percent - points_off[visitor])


def most_fen(bill: Bill, *, visitor: str, terms: Terms) -> int:
    """Return what a visit may draw from the voucher for this bill, in fen; the person pays the rest."""
    shared_fen = max(0, bill.in_scope_fen - terms.deductible_fen)
    return half_up(numerator=shared_fen * percent_for(visitor, terms=terms), denominator=100)


def earliest_end(start: date) -> date:
    """Return the first day on which a temporary filing from ``start`` may no longer hold."""
    months = start.year * 12 + start.month - 1 + LEAST_MONTHS
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


class Home(Protocol):
    @property
    def start(self) -> date: ...
    @property
    def district(self) -> str: ...


def home_on(day: date, *, homes: Iterable[Home]) -> str:
    """Return the district lived in on ``day``; ``homes`` are in order, and days before the first belong to it."""
    first, *later = homes
    return [first, *(home for home in later if home.start <= day)][-1].district
