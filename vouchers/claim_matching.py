"""A provider's claims against the redemptions of our books: what became of each. Pure: values in, classes out.

Days are compared by their control totals first. Only where these differ is each claim looked at: it is paired with the
redemption of its number, and ends in exactly one class. Over any set of pairs, what the provider claims less what our
books hold is the sum of their differences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

MATCHED = "matched"
MISSING_HERE, MISSING_THERE = "missing_here", "missing_there"
AMOUNT_DIFFERS, DAY_DIFFERS, WRONG_PROGRAMME = "amount_differs", "day_differs", "wrong_programme"
DUPLICATE, LATE, PROVIDER_SUSPENDED, AFTER_DEATH = "duplicate", "late", "provider_suspended", "after_death"

#: Every class there is; each claim and each redemption ends in one.
CLASSES = (
    MATCHED,
    DUPLICATE,
    AFTER_DEATH,
    PROVIDER_SUSPENDED,
    WRONG_PROGRAMME,
    AMOUNT_DIFFERS,
    DAY_DIFFERS,
    LATE,
    MISSING_HERE,
    MISSING_THERE,
)


class Side(NamedTuple):
    """What one side says of a service: under which programme, on which day, for how many fen."""

    programme: str
    day: date
    fen: int


class Circumstances(NamedTuple):
    """What else decides: whether the file named it before, when its holder died, and what may be claimed until when."""

    repeats: bool = False
    died_on: date | None = None
    suspended_from: date | None = None
    is_accredited: bool = True
    deadline: date | None = None
    sent_on: date | None = None


class Pair(NamedTuple):
    """A claim and the redemption of its number, one of which may be missing."""

    theirs: Side | None
    ours: Side | None
    more: Circumstances

    @property
    def fen(self) -> int:
        """The difference: what is claimed less what our books hold."""
        return (self.theirs.fen if self.theirs else 0) - (self.ours.fen if self.ours else 0)


def class_of(pair: Pair) -> str:
    """Return the one class of a pair. What forbids paying at all comes before what is merely different."""
    theirs, ours, more = pair
    day = (ours or theirs).day  # type: ignore[union-attr] # one of the two is there
    if more.repeats:
        return DUPLICATE
    if more.died_on is not None and day >= more.died_on:
        return AFTER_DEATH
    if more.suspended_from is not None:
        return PROVIDER_SUSPENDED
    if theirs is None:
        return MISSING_THERE
    if ours is None:
        return _without_redemption(more)
    return _of_both(theirs, ours)


def _without_redemption(more: Circumstances) -> str:
    if not more.is_accredited:
        return WRONG_PROGRAMME
    if more.deadline is not None and more.sent_on is not None and more.sent_on > more.deadline:
        return LATE
    return MISSING_HERE


def _of_both(theirs: Side, ours: Side) -> str:
    if theirs.programme != ours.programme:
        return WRONG_PROGRAMME
    if theirs.fen != ours.fen:
        return AMOUNT_DIFFERS
    return MATCHED if theirs.day == ours.day else DAY_DIFFERS


class Named(NamedTuple):
    """A claim as it was sent, with its place."""

    row: int
    programme: str
    day: date
    key: str
    fen: int
    voucher: str = ""


class Total(NamedTuple):
    """A control total of one programme and day."""

    programme: str
    day: date
    number: int
    fen: int


def totals_of(claims: Iterable[Named]) -> list[Total]:
    """Return the control totals of claims, by day and programme."""
    sums: dict[tuple[date, str], list[int]] = {}
    for claim in claims:
        total = sums.setdefault((claim.day, claim.programme), [0, 0])
        total[0] += 1
        total[1] += claim.fen
    return [Total(programme, day, *sums[day, programme]) for day, programme in sorted(sums)]


def repeated(claims: Iterable[Named], *, known: Collection[str] = ()) -> set[int]:
    """Return the rows whose number stands in an earlier row, or is ``known`` from before."""
    seen, rows = set(known), set()
    for claim in claims:
        if claim.key in seen:
            rows.add(claim.row)
        seen.add(claim.key)
    return rows
