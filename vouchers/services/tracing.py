"""All that explains one voucher: its rows, each plan as it was made, what was known then, and the settlements.

Nothing of this is stored: the plans are made again from the facts that were recorded when their rows were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from accounts import selectors as places
from accounts.models import Residence, User
from accounts.selectors import Home
from ledger import kinds
from ledger.models import Transfer
from ledger.selectors.tracing import Contribution, contributions
from vouchers import events
from vouchers.explaining import Term, explain
from vouchers.models import EndReason, Move, Voucher
from vouchers.portability import Entitlement, Plan, Spell, Spend, window_end
from vouchers.selectors import rows_about
from vouchers.services.planning import funding_spells
from vouchers.stories import with_places

#: What takes or gives back value without another plan, unless more rows of the same act say so.
PLAIN = {events.REDEEM.code, events.REVERSE.code}
RETURNING = {events.EXPIRE.code: 1, events.REVOKE.code: 1, events.RESTORE.code: -1}


@dataclass(frozen=True, kw_only=True)
class MadePlan:
    """A plan and how it came about. ``last`` is the last row of the act that made it; None for today's facts.

    ``agrees`` says that the books, after that row, bear what the plan wants.
    """

    entitlement: Entitlement
    as_of: date
    terms: list[Term]
    last: Transfer | None
    agrees: bool

    @property
    def plan(self) -> Plan:
        return Plan(costs=_summed(self.terms), payer=self.terms[-1].authority)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """``plans`` come in the order they were made, today's last; ``residences`` with those believed no longer."""

    voucher: Voucher
    rows: list[Transfer]
    plans: list[MadePlan]
    residences: list[Residence]
    moves: list[Move]
    settlements: list[Contribution]


def trace(*, voucher: Voucher, user: User, as_of: date) -> Trace:
    """Return what explains ``voucher``, for one who may see it. Needs its programme and ending."""
    rows = rows_about(voucher)
    lived = Residence.objects.filter(resident=voucher.resident_id).select_related("district__authority")
    residences = list(lived.order_by("recorded_at", "start"))
    moves = with_places(Move.objects.filter(resident=voucher.resident_id))
    return Trace(
        voucher=voucher,
        rows=rows,
        plans=_Planner(voucher, rows, residences).plans(as_of=as_of),
        residences=residences,
        moves=list(
            moves.select_related("recorded_by").prefetch_related("steps__recorded_by").order_by("recorded_at", "pk")
        ),
        settlements=contributions(rows, user=user),
    )


class _Planner:
    """Makes the plans of one voucher again, as they were made."""

    def __init__(self, voucher: Voucher, rows: Sequence[Transfer], residences: Sequence[Residence]) -> None:
        self.voucher = voucher
        self.rows = rows
        self.residences = residences
        self.funders = places.funders()
        self.lifted = list(voucher.lifted_ends.all())

    def plans(self, *, as_of: date) -> list[MadePlan]:
        made, until = [], 0
        for _act, group in groupby(self.rows, key=lambda row: row.act):
            of_act = list(group)
            until += len(of_act)
            if {row.event for row in of_act} - PLAIN:
                made.append(self._plan(self.rows[:until], moment=of_act[-1].recorded_at, as_of=of_act[-1].booked_on))
        return [*made, self._plan(self.rows, moment=None, as_of=as_of)]

    def _plan(self, rows: Sequence[Transfer], *, moment: datetime | None, as_of: date) -> MadePlan:
        """Plan by the facts recorded until ``moment``, when ``rows`` were all there was; by all facts when None."""
        entitlement = self._entitlement(rows, moment=moment)
        terms = explain(
            entitlement=entitlement, spells=self._spells(moment=moment), spends=_not_reversed(rows), as_of=as_of
        )
        return MadePlan(
            entitlement=entitlement,
            as_of=as_of,
            terms=terms,
            last=rows[-1] if moment else None,
            agrees=_summed(terms) == _borne(rows),
        )

    def _entitlement(self, rows: Sequence[Transfer], *, moment: datetime | None) -> Entitlement:
        voucher = self.voucher
        cut_on = self._cut_on(moment)
        return Entitlement(
            start=voucher.valid_from,
            end=window_end(start=voucher.valid_from, end=voucher.valid_until, cut_on=cut_on),
            amount_fen=voucher.amount_fen,
            returned_fen=sum(RETURNING.get(row.event, 0) * row.fen for row in rows),
            cost_rule=voucher.programme.cost_rule,
            count_days=voucher.programme.count_days,
        )

    def _cut_on(self, moment: datetime | None) -> date | None:
        """Return the day on which the voucher ended before its time, as believed at ``moment``; now when None."""
        ending = getattr(self.voucher, "ending", None)
        if moment is None or (ending and ending.recorded_at <= moment):
            return self.voucher.cut_on
        believed = [end for end in self.lifted if end.ended_at <= moment < end.recorded_at]
        return next((end.day for end in believed if end.reason != EndReason.EXPIRED), None)

    def _spells(self, *, moment: datetime | None) -> list[Spell]:
        homes = sorted(
            Home(spell.start, spell.district_id, spell.confirmed)
            for spell in self.residences
            if _was_believed(spell, moment=moment)
        )
        return funding_spells(homes, programme=self.voucher.programme, funders=self.funders)


def _was_believed(spell: Residence, *, moment: datetime | None) -> bool:
    if moment is None:
        return spell.superseded_at is None
    return spell.recorded_at <= moment and (spell.superseded_at is None or spell.superseded_at > moment)


def _not_reversed(rows: Sequence[Transfer]) -> list[Spend]:
    reversed_ids = {row.reverses_id for row in rows}
    taken = [row for row in rows if row.event == events.REDEEM.code and row.pk not in reversed_ids]
    return [Spend(row.occurred_on, row.fen) for row in taken]


def _summed(terms: Sequence[Term]) -> dict[str, int]:
    costs: dict[str, int] = defaultdict(int)
    for term in terms:
        costs[term.authority] += term.fen
    return {code: fen for code, fen in costs.items() if fen}


def _borne(rows: Sequence[Transfer]) -> dict[str, int]:
    """Return the cost that each authority bears after ``rows``."""
    borne: dict[str, int] = defaultdict(int)
    for row in rows:
        for account, fen in ((row.debit, row.fen), (row.credit, -row.fen)):
            if account.kind == kinds.COST.code:
                borne[account.authority_id] += fen
    return {code: fen for code, fen in borne.items() if fen}
