"""The reference: each day has one payer; sum the days up. Nothing here comes from the code under test.

Amounts are whole fen, windows half-open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAY = timedelta(days=1)
SUSPENSE = "suspense"


@dataclass(frozen=True)
class Rule:
    """A programme as the model sees it; ``count_days`` gives a day of the month for each month, 1 to 12."""

    code: str
    cost_rule: str
    pooled: bool
    fen: int
    count_days: tuple[int, ...] = (10, 10, 10, 10, 10, 10, 10, 10, 15, 10, 10, 10)


@dataclass
class Claim:
    """That a person lives in ``to`` from ``day`` on. ``state`` is requested, disputed, agreed or over."""

    day: date
    to: str
    state: str = "agreed"

    @property
    def is_open(self) -> bool:
        return self.state in {"requested", "disputed"}


@dataclass
class Person:
    """``home`` is where the first residence is; ``claims`` are all that were ever made, those over included."""

    home: str
    since: date
    claims: list[Claim] = field(default_factory=list)

    @property
    def standing(self) -> list[Claim]:
        """Return the claims that count, by the day from which they do."""
        return sorted((claim for claim in self.claims if claim.state != "over"), key=lambda claim: claim.day)

    @property
    def last_start(self) -> date:
        return max([self.since, *(claim.day for claim in self.standing)])

    def latest(self, day: date, *, as_of: date) -> Claim | None:
        """Return the claim in force on ``day``, of those that have begun on ``as_of``."""
        return next((claim for claim in reversed(self.standing) if claim.day <= min(day, as_of)), None)

    def lives_in(self, day: date, *, as_of: date) -> str:
        claim = self.latest(day, as_of=as_of)
        return claim.to if claim else self.home

    def bearer(self, day: date, *, as_of: date, authority_of: Callable[[str], str]) -> str:
        """Return who bears ``day``: the authority lived under, but the city where that one has yet to agree."""
        claim = self.latest(day, as_of=as_of)
        if claim is None or claim.state == "agreed":
            return authority_of(self.lives_in(day, as_of=as_of))
        eve = claim.day - DAY
        if authority_of(claim.to) == authority_of(self.lives_in(eve, as_of=as_of)):
            return self.bearer(eve, as_of=as_of, authority_of=authority_of)
        return SUSPENSE


@dataclass
class Use:
    key: str
    day: date
    fen: int
    provider: str
    is_reversed: bool = False


@dataclass
class Paper:
    """A voucher as a sheet of paper: what it is worth, what was used, how it ended."""

    owner: str
    rule: Rule
    start: date
    end: date
    fen: int
    uses: list[Use] = field(default_factory=list)
    status: str = "active"
    revoked_on: date | None = None

    @property
    def spent(self) -> int:
        return sum(use.fen for use in self.uses if not use.is_reversed)

    @property
    def borne(self) -> int:
        """What the authorities bear between them: all of it, or what was used once it has ended."""
        return self.fen if self.status == "active" else self.spent

    @property
    def remaining(self) -> int:
        return self.borne - self.spent

    def covers(self, day: date) -> bool:
        return self.start <= day < self.end

    def days(self) -> list[date]:
        """Return the days that count: until validity ends or the day of revocation, but one at least."""
        end = self.end if self.revoked_on is None else min(self.end, max(self.revoked_on, self.start + DAY))
        return [self.start + DAY * number for number in range((end - self.start).days)]

    def overlaps(self, start: date, end: date) -> bool:
        return self.start < end and start <= self.days()[-1]


@dataclass(frozen=True)
class Reckoning:
    """Who pays now, and what each authority bears, zeros left out."""

    payer: str
    costs: dict[str, int]


def reckon(paper: Paper, person: Person, *, pool_of: dict[str, str], as_of: date) -> Reckoning:
    """Give every day's share to the authority of the district lived in on that day."""

    def authority_of(district: str) -> str:
        return pool_of[district] if paper.rule.pooled else district

    def authority(day: date) -> str:
        return person.bearer(day, as_of=as_of, authority_of=authority_of)

    last = paper.days()[-1]
    costs: Counter[str] = Counter()
    for day, fen in shares(paper):
        costs[authority(min(day, last))] += fen
    return Reckoning(payer=authority(last), costs={code: fen for code, fen in costs.items() if fen})


def shares(paper: Paper) -> Iterator[tuple[date, int]]:
    """Yield each day's share of what is borne; the shares sum to it."""
    days = paper.days()
    if paper.rule.cost_rule == "origin":
        yield days[0], paper.borne
    elif paper.rule.cost_rule == "by_use":
        yield from ((use.day, use.fen) for use in paper.uses if not use.is_reversed)
        yield days[-1], paper.remaining
    elif paper.rule.cost_rule == "monthly":
        yield from evenly(paper.borne, [day for day in days if is_count_day(day, paper.rule)] or days)
    else:
        yield from evenly(paper.borne, days)


def is_count_day(day: date, rule: Rule) -> bool:
    """Return whether pupils are counted on ``day``; a count day beyond the month's end is the month's last day."""
    wanted = rule.count_days[day.month - 1]
    return day.day == wanted or (day.day < wanted and (day + DAY).month != day.month)


def evenly(fen: int, days: list[date]) -> Iterator[tuple[date, int]]:
    """Split ``fen`` over ``days``, rounding half up what is left after each."""
    left = fen
    for number, day in enumerate(days, start=1):
        after = int((Decimal(fen) * (len(days) - number) / len(days)).quantize(Decimal(1), ROUND_HALF_UP))
        yield day, left - after
        left = after
