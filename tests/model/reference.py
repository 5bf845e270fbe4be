"""The reference: each day has one payer; sum the days up. Nothing here comes from the code under test.

Amounts are whole fen, windows half-open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """A programme as the model sees it; ``count_days`` gives a day of the month for each month, 1 to 12."""

    code: str
    cost_rule: str
    pooled: bool
    fen: int
    count_days: tuple[int, ...] = (10, 10, 10, 10, 10, 10, 10, 10, 15, 10, 10, 10)


@dataclass
class Person:
    """``home`` is where the first residence is; ``moves`` are day and district, those annulled taken out."""

    home: str
    since: date
    moves: list[tuple[date, str]] = field(default_factory=list)

    def lives_in(self, day: date, *, as_of: date) -> str:
        """Return the district on ``day``, by the moves that have begun on ``as_of``."""
        return [self.home, *(to for start, to in self.moves if start <= min(day, as_of))][-1]

    @property
    def last_start(self) -> date:
        return self.moves[-1][0] if self.moves else self.since


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

    def authority(day: date) -> str:
        district = person.lives_in(day, as_of=as_of)
        return pool_of[district] if paper.rule.pooled else district

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
