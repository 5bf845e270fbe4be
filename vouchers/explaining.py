"""Why each authority bears what it bears: the plan, term by term, in figures that can be checked by hand.

Every part of E that is borne from a day on is ``E × part ÷ whole``, rounded half up; what the two count depends on the
rule. Words are for others. Values in, values out: no Django here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Literal, NamedTuple

from ledger.money import half_up
from vouchers.count_days import count_days_between
from vouchers.portability import Entitlement, Spell, Spend, counted_spells

Basis = Literal["whole", "days", "count_days", "first_payer", "use", "nothing"]


class Tail(NamedTuple):
    """What is borne from ``day`` on, of the ``borne_fen`` that the authorities bear between them.

    ``part`` of ``whole`` are days, count days or, with the basis "use", fen not used before ``day``.
    """

    day: date
    basis: Basis
    borne_fen: int
    part: int
    whole: int

    @property
    def fen(self) -> int:
        return half_up(numerator=self.borne_fen * self.part, denominator=self.whole)


class Term(NamedTuple):
    """``authority`` bears the difference of two tails, for the time from the day of the one to that of the other."""

    authority: str
    here: Tail
    after: Tail

    @property
    def fen(self) -> int:
        return self.here.fen - self.after.fen


def explain(*, entitlement: Entitlement, spells: Sequence[Spell], spends: Sequence[Spend], as_of: date) -> list[Term]:
    """Return the terms of ``portability.plan`` for the same facts, in order of time; they sum to its costs."""
    counted = counted_spells(spells, start=entitlement.start, end=entitlement.end, as_of=as_of)
    tails = [
        Tail(entitlement.start, "whole", entitlement.borne_fen, 1, 1),
        *(_tail(entitlement, spends, day=spell.start) for spell in counted[1:]),
        Tail(entitlement.end, "nothing", entitlement.borne_fen, 0, 1),
    ]
    return [Term(spell.authority, here, after) for spell, (here, after) in zip(counted, pairwise(tails), strict=True)]


def _tail(entitlement: Entitlement, spends: Sequence[Spend], *, day: date) -> Tail:
    """Return the tail at a day inside the window."""
    borne_fen = entitlement.borne_fen
    counts = count_days_between(entitlement.start, entitlement.end, entitlement.count_days)
    if entitlement.cost_rule == "origin":
        return Tail(day, "first_payer", borne_fen, 0, 1)
    if entitlement.cost_rule == "by_use":
        used_fen = sum(spend.fen for spend in spends if spend.day < day)
        return Tail(day, "use", borne_fen, borne_fen - used_fen, borne_fen or 1)
    if entitlement.cost_rule == "monthly" and counts:
        return Tail(day, "count_days", borne_fen, sum(count >= day for count in counts), len(counts))
    return Tail(day, "days", borne_fen, (entitlement.end - day).days, (entitlement.end - entitlement.start).days)
