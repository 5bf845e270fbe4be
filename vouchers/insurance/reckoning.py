"""What every contribution account holds, from facts alone: wages, interest and passages from account to account.

Posting is left to others: they compare this with the books and book what is missing. So a fact that comes late, also
after a transfer, changes only what it has to, and the order in which facts are recorded makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ledger.money import half_up
from ledger.months import month_of
from vouchers.insurance.parameters import INTEREST_RATES, TWELVE_RATE, WHOLE_RATE, Share, credited, part_of, pooled

MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Account:
    """One relationship with one place: wage bases by month and interest by year, in fen.

    ``interest`` gives an amount that was decided, or None for the year's own rate.
    """

    id: int
    pool: str
    wages: Mapping[date, int]
    interest: Mapping[int, int | None] = field(default_factory=dict)


class Passage(NamedTuple):
    """On that day the account ``origin`` was passed on to ``destination``, under the rule ``share``."""

    origin: int
    destination: int
    on: date
    share: Share


class Change(NamedTuple):
    """``fen`` more on an individual account from ``month`` on."""

    month: date
    fen: int


class Earned(NamedTuple):
    """A year's interest by rate, of this account and of those passed on to it: the products and what was credited."""

    products: int
    fen: int


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What an account took in and passed on, in fen, and what the next place has to know of its past."""

    contributed_fen: int
    interest_fen: int
    received_fen: int
    passed_on_fen: int
    pooled_fen: int
    pooled_received_fen: int
    pooled_passed_on_fen: int
    interest_by_year: Mapping[int, int]
    earned_by_year: Mapping[int, Earned]
    changes: Sequence[Change]
    #: Of this pool alone, places before in the same pool included.
    wages_by_year: Mapping[int, int]
    pooled_here_fen: int
    #: Pooled money that came from other pools.
    inherited_fen: int

    @property
    def individual_fen(self) -> int:
        """What the individual account holds now."""
        return self.contributed_fen + self.interest_fen + self.received_fen - self.passed_on_fen

    @property
    def in_pool_fen(self) -> int:
        """What the pool holds now from this account."""
        return self.pooled_fen + self.pooled_received_fen - self.pooled_passed_on_fen


class _Arrival(NamedTuple):
    """What came with one passage; ``same_pool`` when no money moved."""

    passage: Passage
    holding: Holding
    same_pool: bool


def reckon(*, accounts: Sequence[Account], passages: Sequence[Passage]) -> dict[int, Holding]:
    """Return what each account holds. ``passages`` in the order in which they were sent.

    Whoever passes an account on has received everything before, so each origin is known when its turn comes.
    """
    known = {account.id: account for account in accounts}
    found: dict[int, Holding] = {}
    arrivals: dict[int, list[_Arrival]] = {account.id: [] for account in accounts}
    for passage in passages:
        origin, destination = known[passage.origin], known[passage.destination]
        assert origin.id not in found and destination.id not in found, passage
        same_pool = origin.pool == destination.pool
        holding = _holding(origin, arrivals[origin.id], leaving=passage, same_pool=same_pool)
        found[origin.id] = holding
        arrivals[destination.id].append(_Arrival(passage, holding, same_pool))
    for account in accounts:
        if account.id not in found:
            found[account.id] = _holding(account, arrivals[account.id], leaving=None, same_pool=False)
    return found


def share_of(share: Share, *, wages_by_year: Mapping[int, int], pooled_here_fen: int, inherited_fen: int) -> int:
    """Return the pooled money that leaves the pool with somebody, in fen; what came from elsewhere goes on whole.

    TWELVE is rounded for each year of wages, and is never more than what the pool took in.
    """
    if share is Share.POOL:
        return 0
    if share is Share.WHOLE:
        return inherited_fen + pooled_here_fen
    if share is Share.TWELVE:
        twelve = sum(part_of(fen, rate=TWELVE_RATE) for fen in wages_by_year.values())
        return inherited_fen + min(twelve, pooled_here_fen)
    return inherited_fen


def products_of(changes: Sequence[Change], *, year: int, until: date | None) -> int:
    """Return the sum of what was held in each month of a year, in fen; a twelfth of the rate is earned on it.

    The month of ``until`` and later ones earn at the next place.
    """
    last = MONTHS if until is None or until.year > year else until.month - 1 if until.year == year else 0
    return sum(
        change.fen * max(0, last - (change.month.month if change.month.year == year else 1) + 1)
        for change in changes
        if change.month.year <= year
    )


def _holding(account: Account, arrivals: Sequence[_Arrival], *, leaving: Passage | None, same_pool: bool) -> Holding:
    moving = [arrival for arrival in arrivals if arrival.same_pool or arrival.passage.share is not Share.POOL]
    changes = [Change(month, credited(fen, month=month)) for month, fen in sorted(account.wages.items())]
    contributed = sum(change.fen for change in changes)
    for arrival in moving:
        begins = month_of(arrival.passage.on)
        changes += [Change(max(change.month, begins), change.fen) for change in arrival.holding.changes]
    stays = leaving is None or (leaving.share is Share.POOL and not same_pool)
    until = None if stays or leaving is None else leaving.on
    interest, earned = _interest_by_year(account, changes, moving, until=until)
    pooled_here = sum(pooled(fen, month=month) for month, fen in account.wages.items())
    received = sum(arrival.holding.passed_on_fen for arrival in moving)
    past = _past(account, moving, pooled_fen=pooled_here)
    pooled_received = sum(arrival.holding.pooled_passed_on_fen for arrival in moving)
    return Holding(
        contributed_fen=contributed,
        interest_fen=sum(interest.values()),
        received_fen=received,
        passed_on_fen=0 if stays else contributed + sum(interest.values()) + received,
        pooled_fen=pooled_here,
        pooled_received_fen=pooled_received,
        pooled_passed_on_fen=_passed_on(past, leaving=leaving, same_pool=same_pool),
        interest_by_year=interest,
        earned_by_year=earned,
        changes=changes,
        wages_by_year=past.wages_by_year,
        pooled_here_fen=past.pooled_here_fen,
        inherited_fen=past.inherited_fen,
    )


class _Past(NamedTuple):
    wages_by_year: Mapping[int, int]
    pooled_here_fen: int
    inherited_fen: int


def _past(account: Account, arrivals: Sequence[_Arrival], *, pooled_fen: int) -> _Past:
    """Tell what this pool took in itself from what came from others."""
    wages: Counter[int] = Counter()
    for month, fen in account.wages.items():
        wages[month.year] += fen
    inherited = 0
    for arrival in arrivals:
        if arrival.same_pool:
            wages.update(arrival.holding.wages_by_year)
            pooled_fen += arrival.holding.pooled_here_fen
            inherited += arrival.holding.inherited_fen
        else:
            inherited += arrival.holding.pooled_passed_on_fen
    return _Past(dict(sorted(wages.items())), pooled_fen, inherited)


def _passed_on(past: _Past, *, leaving: Passage | None, same_pool: bool) -> int:
    if leaving is None:
        return 0
    if same_pool:
        return past.pooled_here_fen + past.inherited_fen
    return share_of(leaving.share, **past._asdict())


def _interest_by_year(
    account: Account, changes: list[Change], arrivals: Sequence[_Arrival], *, until: date | None
) -> tuple[dict[int, int], dict[int, Earned]]:
    """Reckon year after year; each year's interest is added to ``changes`` and earns from the next January on.

    What is earned by rate is rounded once for a year, whatever places it was earned at: a transfer costs nobody a fen.
    """
    interest: dict[int, int] = {}
    earned: dict[int, Earned] = {}
    for year, given in sorted(account.interest.items()):
        if given is None:
            before = [arrival.holding.earned_by_year.get(year, Earned(0, 0)) for arrival in arrivals]
            products = sum(one.products for one in before) + products_of(changes, year=year, until=until)
            credited_before = sum(one.fen for one in before)
            total = half_up(numerator=products * INTEREST_RATES[year], denominator=MONTHS * WHOLE_RATE)
            interest[year] = max(0, total - credited_before)
            earned[year] = Earned(products, credited_before + interest[year])
        else:
            interest[year] = given
        changes.append(Change(date(year + 1, 1, 1), interest[year]))
    return interest, earned
