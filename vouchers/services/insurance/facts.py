"""Reading what was recorded about the insured, as the pure rules want it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.bulk import among
from vouchers.insurance.parameters import SHARES, Share, in_force
from vouchers.insurance.reckoning import Account, Holding, Passage, reckon
from vouchers.models import (
    AccountKind,
    Contribution,
    ContributionAccount,
    InsurancePassage,
    InterestCredit,
    PooledShareDecision,
)

Wages = dict[date, int]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Contribution accounts with their facts, each list in the order in which it was recorded."""

    rows: Sequence[ContributionAccount]
    accounts: Sequence[Account]
    passages: Sequence[Passage]

    def holdings(self) -> dict[int, Holding]:
        """Return what each account holds, by id."""
        return reckon(accounts=self.accounts, passages=self.passages)

    def wages(self, account: ContributionAccount) -> Wages:
        return next(dict(one.wages) for one in self.accounts if one.id == account.pk)

    def months_by_pool(self) -> dict[str, int]:
        """Return the contribution months of one person in each pool, in the order of the last month there."""
        last: dict[str, date] = {}
        months: dict[str, int] = defaultdict(int)
        for account in self.accounts:
            paid = [month for month, fen in account.wages.items() if fen]
            months[account.pool] += len(paid)
            last[account.pool] = max([last.get(account.pool, date.min), *paid])
        return {pool: months[pool] for pool in sorted(last, key=lambda pool: last[pool]) if months[pool]}


def facts_of(resident_ids: Collection[int], *, scheme: str | None = None) -> Facts:
    """Return all that is recorded about these people, in one scheme or in all."""
    own = ContributionAccount.objects.filter(resident_id__in=among(resident_ids))
    if scheme is not None:
        own = own.filter(scheme=scheme)
    rows = list(own.select_related("pool", "district__authority", "passage").order_by("pk"))
    ids = [row.pk for row in rows]
    wages, interest = _wages(ids), _interest(ids)
    passed = InsurancePassage.objects.filter(origin_id__in=among(ids)).order_by("pk")
    return Facts(
        rows=rows,
        accounts=[Account(id=row.pk, pool=row.pool_id, wages=wages[row.pk], interest=interest[row.pk]) for row in rows],
        passages=[
            Passage(origin, destination, day, Share(share))
            for origin, destination, day, share in passed.values_list(
                "origin_id", "destination_id", "day", "case__share"
            )
        ],
    )


def relationship_of(rows: Sequence[ContributionAccount]) -> ContributionAccount | None:
    """Return where one person's relationship is: the last account that is neither passed on nor temporary."""
    there = [row for row in rows if row.passed_on is None and row.kind == AccountKind.RELATIONSHIP]
    return there[-1] if there else None


def share_on(day: date) -> Share:
    """Return what goes along out of a pool for whoever applies on ``day``: as decided, else by the rule."""
    decided = PooledShareDecision.objects.filter(valid_from__lte=day).order_by("valid_from", "pk").last()
    if decided is not None:
        return Share(decided.share)
    line = in_force(SHARES, day=day)
    return line.value if line is not None else Share.NONE


def _wages(ids: Sequence[int]) -> dict[int, Wages]:
    found: dict[int, Wages] = defaultdict(dict)
    rows = Contribution.objects.filter(account_id__in=among(ids)).order_by("account_id", "month", "revision")
    for account_id, month, fen in rows.values_list("account_id", "month", "wage_fen"):
        found[account_id][month] = fen
    return found


def _interest(ids: Sequence[int]) -> dict[int, dict[int, int | None]]:
    found: dict[int, dict[int, int | None]] = defaultdict(dict)
    rows = InterestCredit.objects.filter(account_id__in=among(ids)).order_by("account_id", "year")
    for account_id, year, fen in rows.values_list("account_id", "year", "fen"):
        found[account_id][year] = fen
    return found
