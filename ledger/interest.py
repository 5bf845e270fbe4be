"""Interest on what is paid late. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ledger.money import half_up

#: Parts per million of a year of 365 days.
YEAR = 365 * 1_000_000


class Rate(NamedTuple):
    """``ppm`` a year, in parts per million, from ``valid_from`` until the next rate's day."""

    valid_from: date
    ppm: int


def late_interest(*, fen: int, due: date, paid: date, rates: Sequence[Rate]) -> int:
    """Return the interest, in fen, on ``fen`` due on one day and paid on a later one; simple, day by day, rounded once.

    A day before the first rate bears none, and so does what is paid in time.
    """
    days = [(max(rate.valid_from, due), rate.ppm) for rate in sorted(rates) if rate.valid_from < paid]
    ends = [*(start for start, _ppm in days[1:]), *([paid] if days else [])]
    weighted = sum(
        ppm * max(0, (end - start).days) for (start, ppm), end in zip(days, ends, strict=True) if start < end
    )
    return half_up(numerator=fen * weighted, denominator=YEAR)
