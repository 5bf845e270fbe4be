"""Reading what was recorded about the insured, as the pure rules want it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.bulk import among
from accounts.models import Resident
from accounts.refusals import Refused
from ledger.selectors import heirs
from vouchers.insurance.parameters import SHARES, Share, in_force
from vouchers.insurance.reckoning import Account, Holding, Passage, reckon
from vouchers.models import (
    AccountKind,
    Contribution,
    ContributionAccount,
    InsuranceCase,
    InsurancePassage,
    InterestCredit,
    PooledShareDecision,
)

Wages = dict[date, int]


class NotInsured(Refused):
    code = "not_insured"
    sentence = _("%(resident)s has no such account. Open one first.")


class NoRunningTransfer(Refused):
    code = "no_running_transfer"
    sentence = _("No transfer of %(resident)s is running. Apply for one first.")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything recorded about some people, each list in the order in which it was recorded.

    ``rows`` are the contribution accounts asked for; what they hold may come from others.
    """

    rows: Sequence[ContributionAccount]
    accounts: Sequence[Account]
    passages: Sequence[Passage]

    def holdings(self) -> dict[int, Holding]:
        """Return what each account holds, by id."""
        return reckon(accounts=self.accounts, passages=self.passages)

    def months_by_pool(self) -> dict[str, int]:
        """Return the contribution months of one person in each pool, in the order of the last month there."""
        asked_for = {row.pk for row in self.rows}
        last: dict[str, date] = {}
        months: dict[str, int] = defaultdict(int)
        for account in self.accounts:
            paid = [month for month, fen in account.wages.items() if fen and account.id in asked_for]
            months[account.pool] += len(paid)
            last[account.pool] = max([last.get(account.pool, date.min), *paid])
        return {pool: months[pool] for pool in sorted(last, key=lambda pool: last[pool]) if months[pool]}


def facts_of(resident_ids: Collection[int], *, scheme: str | None = None) -> Facts:
    """Return all that is recorded about these people, with the accounts of one scheme or of all.

    An account of a scheme that was merged into another belongs to that other one.
    """
    own = ContributionAccount.objects.filter(resident_id__in=among(resident_ids))
    rows = list(own.select_related("pool", "district__authority", "passage").order_by("pk"))
    stand_in_their_pools(rows)
    ids = [row.pk for row in rows]
    wages, interest = _wages(ids), _interest(ids)
    passed = InsurancePassage.objects.filter(origin_id__in=among(ids)).order_by("pk")
    passages = [
        Passage(origin, destination, day, Share(share))
        for origin, destination, day, share in passed.values_list("origin_id", "destination_id", "day", "case__share")
    ]
    return Facts(
        rows=rows if scheme is None else _of_scheme(scheme, rows=rows, passages=passages),
        accounts=[Account(id=row.pk, pool=row.pool_id, wages=wages[row.pk], interest=interest[row.pk]) for row in rows],
        passages=passages,
    )


def _of_scheme(
    scheme: str, *, rows: Sequence[ContributionAccount], passages: Sequence[Passage]
) -> list[ContributionAccount]:
    schemes = {row.pk: row.scheme for row in rows}
    for passage in reversed(passages):
        schemes[passage.origin] = schemes[passage.destination]
    return [row for row in rows if schemes[row.pk] == scheme]


def stand_in_their_pools(rows: Iterable[ContributionAccount]) -> None:
    """Have accounts with a pool that was taken over stand with its successor, by which all rules go."""
    successors = heirs()
    for row in rows:
        row.pool_id = successors.get(row.pool_id, row.pool_id)
        row.registered_pool_id = successors.get(row.registered_pool_id, row.registered_pool_id)


def relationship_of(rows: Sequence[ContributionAccount]) -> ContributionAccount | None:
    """Return where one person's relationship is: the last account that is neither passed on nor temporary."""
    there = [row for row in rows if row.passed_on is None and row.kind == AccountKind.RELATIONSHIP]
    return there[-1] if there else None


def account_of(resident: Resident, *, scheme: str, district: str = "") -> ContributionAccount:
    """Return a person's last account, of one district or of any, open ones first. Raises NotInsured."""
    rows = [row for row in facts_of([resident.pk], scheme=scheme).rows if district in ("", row.district_id)]
    if not rows:
        raise NotInsured(resident=resident.name)
    return max(rows, key=lambda row: (row.passed_on is None, row.pk))


def running_case(resident: Resident) -> InsuranceCase:
    """Return the person's last case that waits for a step. Raises NoRunningTransfer."""
    running = InsuranceCase.objects.running().filter(origin__resident=resident).order_by("pk").last()
    if running is None:
        raise NoRunningTransfer(resident=resident.name)
    return running


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
