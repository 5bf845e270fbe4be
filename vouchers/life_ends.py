"""When a voucher ends because of what became of its holder. Pure: facts in, one end out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

#: Of two things on one day, the first of these names the end.
RANK = ("revoked", "expired", "died", "merged", "left")


class Cut(NamedTuple):
    """From ``day`` on, and before ``until`` if that is known, nothing can be used; ``act`` is its name in the books."""

    day: date
    reason: str
    act: str
    until: date | None = None


def end_of(*, valid_from: date, valid_until: date, cuts: Iterable[Cut], as_of: date) -> Cut | None:
    """Return what ends a voucher of ``[valid_from, valid_until)`` first, by the facts that count on ``as_of``.

    Who is back before a window begins loses nothing of it.
    """
    meant = (
        cut
        for cut in cuts
        if cut.day <= as_of and cut.day < valid_until and (cut.until is None or cut.until > valid_from)
    )
    return earliest(meant)


def earliest(cuts: Iterable[Cut]) -> Cut | None:
    return min(cuts, key=lambda cut: (cut.day, RANK.index(cut.reason)), default=None)
