"""The portability plan: from facts to what each authority bears, and from books to what is missing.

Two sentences are the whole of it. A move never changes what a resident may still spend; what each district
finally bears is a pure function of where people lived and what they used. Values in, values out: no Django here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from ledger.money import half_up
from vouchers.count_days import count_days_between


class Spell(NamedTuple):
    """From ``start`` on, ``authority`` funds the resident's entitlement, until the next spell starts."""

    start: date
    authority: str


class Spend(NamedTuple):
    """Value used on a day and not reversed, in fen."""

    day: date
    fen: int


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """What the plan needs of a voucher. ``end`` is exclusive; ``returned_fen`` went back at expiry or revocation."""

    start: date
    end: date
    amount_fen: int
    returned_fen: int
    cost_rule: str
    count_days: Mapping[str, int] = field(default_factory=dict)

    @property
    def borne_fen(self) -> int:
        """E: what the authorities bear between them."""
        return self.amount_fen - self.returned_fen


class Plan(NamedTuple):
    """``costs`` in fen by authority, summing to E; ``payer`` holds all that remains."""

    costs: dict[str, int]
    payer: str


class Posting(NamedTuple):
    """A row that is missing: the authority debited and the one credited, in fen."""

    event: Literal["handover", "cost_share"]
    debit: str
    credit: str
    fen: int


def plan(*, entitlement: Entitlement, spells: Sequence[Spell], spends: Sequence[Spend], as_of: date) -> Plan:
    """Return what each authority bears and who pays from now on, by the facts that count on ``as_of``.

    ``spells`` are the resident's residences in order of their start, each under its funding authority.
    """
    counted = counted_spells(spells, start=entitlement.start, end=entitlement.end, as_of=as_of)
    tail = COST_RULES[entitlement.cost_rule]
    tails = [
        entitlement.borne_fen,
        *(tail(entitlement, spends, spell.start) for spell in counted[1:]),
        0,
    ]
    costs: dict[str, int] = {}
    for spell, (here, after) in zip(counted, pairwise(tails), strict=True):
        costs[spell.authority] = costs.get(spell.authority, 0) + here - after
    assert sum(costs.values()) == entitlement.borne_fen
    return Plan(costs=costs, payer=counted[-1].authority)


def counted_spells(spells: Sequence[Spell], *, start: date, end: date, as_of: date) -> list[Spell]:
    """Return the spells that count within ``[start, end)``: clipped, the last of a day, neighbours merged.

    The first residence always counts, and days before it belong to it.
    """
    first, *rest = spells
    by_day = {start: first.authority}
    for spell in rest:
        if spell.start <= as_of and spell.start < end:
            by_day[max(spell.start, start)] = spell.authority
    merged: list[Spell] = []
    for day, authority in sorted(by_day.items()):
        if not merged or merged[-1].authority != authority:
            merged.append(Spell(day, authority))
    return merged


def tail_daily(entitlement: Entitlement, spends: Sequence[Spend], day: date) -> int:
    """Money follows the person by days."""
    return half_up(
        numerator=entitlement.borne_fen * (entitlement.end - day).days,
        denominator=(entitlement.end - entitlement.start).days,
    )


def tail_monthly(entitlement: Entitlement, spends: Sequence[Spend], day: date) -> int:
    """School funding by head count; a window without a count day falls back to days."""
    counts = count_days_between(entitlement.start, entitlement.end, entitlement.count_days)
    if not counts:
        return tail_daily(entitlement, spends, day)
    later = sum(count >= day for count in counts)
    return half_up(numerator=entitlement.borne_fen * later, denominator=len(counts))


def tail_origin(entitlement: Entitlement, spends: Sequence[Spend], day: date) -> int:
    """The first payer bears it all; the money goes with the person."""
    return 0


def tail_by_use(entitlement: Entitlement, spends: Sequence[Spend], day: date) -> int:
    """Each authority bears what its residents used while living there; the last also what is left."""
    return entitlement.borne_fen - sum(spend.fen for spend in spends if spend.day < day)


#: ``tail(day)`` is the part of E, in fen, borne from ``day`` on, for a day inside the window.
COST_RULES: dict[str, Callable[[Entitlement, Sequence[Spend], date], int]] = {
    "daily": tail_daily,
    "monthly": tail_monthly,
    "origin": tail_origin,
    "by_use": tail_by_use,
}


def difference(*, target: Plan, held: Mapping[str, int], borne: Mapping[str, int]) -> list[Posting]:
    """Return the rows between the books and the target, in the order in which they are posted.

    ``held`` is the entitlement each authority holds of this voucher and ``borne`` its cost so far, both in fen.
    """
    handovers = [
        Posting("handover", authority, target.payer, fen)
        for authority, fen in sorted(held.items())
        if fen > 0 and authority != target.payer
    ]
    return handovers + cost_shares(target=target.costs, borne=borne)


def cost_shares(*, target: Mapping[str, int], borne: Mapping[str, int]) -> list[Posting]:
    """Match authorities above their target with those below it, both in code order, greedily."""
    excess = {code: borne.get(code, 0) - target.get(code, 0) for code in sorted({*borne, *target})}
    assert sum(excess.values()) == 0, excess
    givers = [code for code, fen in excess.items() if fen > 0]
    rows = []
    for taker in (code for code, fen in excess.items() if fen < 0):
        while excess[taker]:
            giver = givers[0]
            fen = min(excess[giver], -excess[taker])
            rows.append(Posting("cost_share", taker, giver, fen))
            excess[giver] -= fen
            excess[taker] += fen
            if not excess[giver]:
                givers.pop(0)
    return rows


def window_end(*, start: date, end: date, cut_on: date | None) -> date:
    """Return where the plan's window ends: with validity, or on the day it was cut, but after one day at least."""
    if cut_on is None:
        return end
    return min(end, max(cut_on, start + timedelta(days=1)))
