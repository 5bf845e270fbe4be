"""Prefunds: what each authority should hold with the hub, what it holds, and how much of it is in use."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from accounts.models import HUB, Authority, User
from accounts.stamps import LAST_DAY
from ledger import kinds
from ledger.models import LedgerAccount, ObligationRecord
from ledger.payloads import payload_hash
from ledger.prefunds import Level, level, target_fen
from ledger.selectors.balances import DUE, books_through
from ledger.selectors.books import authority_codes_seen_by
from ledger.selectors.successions import heirs


@dataclass(frozen=True, kw_only=True)
class Prefund:
    """One authority's prefund, in fen. ``used_fen`` is what it owes the others on net and has not paid yet."""

    authority: Authority
    spent_fen: int
    target_fen: int
    held_fen: int
    used_fen: int

    @property
    def missing_fen(self) -> int:
        """What it has to pay in; below zero what it gets back."""
        return self.target_fen - self.held_fen

    @property
    def level(self) -> Level:
        return level(used_fen=self.used_fen, prefund_fen=self.held_fen)

    @property
    def used_percent(self) -> int | None:
        return self.used_fen * 100 // self.held_fen if self.held_fen else None


def prefunds(*, year: int) -> list[Prefund]:
    """Return every authority that owed another last year, or holds a prefund: as it stands, by the target of ``year``.

    What was spent is what it, or one it took over, owed others, gross, in the netted months of the year before.
    """
    spent = _owed_in(year - 1)
    through_now = books_through(LAST_DAY)
    balances = {code: fen for lines in through_now.values() for code, fen in lines.items()}
    held = {code.partition("/")[0]: fen for code, fen in balances.items() if code.endswith(f"/{kinds.PREFUND.code}")}
    authorities = Authority.objects.filter(pk__in={*spent, *held} - {HUB}).order_by("pk")
    return [
        Prefund(
            authority=authority,
            spent_fen=spent.get(authority.pk, 0),
            target_fen=target_fen(last_year_fen=spent.get(authority.pk, 0)),
            held_fen=held.get(authority.pk, 0),
            used_fen=max(0, -_net_with_others(authority.pk, balances)),
        )
        for authority in authorities
    ]


def prefunds_seen_by(user: User, *, year: int) -> list[Prefund]:
    """Return the prefunds that this user may see: a district those of its own."""
    codes = authority_codes_seen_by(user)
    return [prefund for prefund in prefunds(year=year) if codes is None or prefund.authority.pk in codes]


def highest_use(now: datetime) -> float | None:
    """Return how much of its prefund the authority that uses most of it has in use, in percent; None without any."""
    if not LedgerAccount.objects.filter(kind=kinds.PREFUND.code).exists():
        return None
    return max((one.used_percent or 0 for one in prefunds(year=now.year) if one.held_fen), default=None)


def true_up_payload(*, year: int) -> str:
    """Return the hash of what is approved when the prefunds of ``year`` are set."""
    missing = {prefund.authority.pk: prefund.missing_fen for prefund in prefunds(year=year)}
    return payload_hash({"year": year, "missing": missing})


def _owed_in(year: int) -> dict[str, int]:
    rows = ObligationRecord.objects.filter(month__gte=date(year, 1, 1), month__lt=date(year + 1, 1, 1)).order_by()
    successors, owed = heirs(), Counter[str]()
    for debtor, fen in rows.values_list("debtor_id").annotate(total=Sum("fen")):
        owed[successors.get(debtor, debtor)] += int(fen)
    return owed


def _net_with_others(authority: str, balances: dict[str, int]) -> int:
    """Return what the others owe an authority on net, settled through the hub or not; below zero it owes them."""
    due, clearing = f"{authority}/{DUE}/", f"{authority}/{kinds.CLEARING.code}"
    return sum(fen for code, fen in balances.items() if code.startswith(due) or code == clearing)
