"""What a move would change, told before anybody decides. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Resident
from accounts.residence_history import Reported
from accounts.selectors import homes_of
from accounts.stamps import Stamp
from vouchers import portability
from vouchers.models import Voucher
from vouchers.portability import Plan
from vouchers.services.facts import Facts
from vouchers.services.moving import MoveOrder
from vouchers.services.planning import entitlement_of, funding_spells, spends_of


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What one authority bears of a voucher without and with the move, in fen."""

    authority: str
    before_fen: int
    after_fen: int

    @property
    def change_fen(self) -> int:
        return self.after_fen - self.before_fen


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """One voucher's plan without and with the move."""

    voucher: Voucher
    before: Plan
    after: Plan

    @property
    def changes(self) -> bool:
        return self.before != self.after

    @property
    def shifts(self) -> list[Shift]:
        """Every authority that bears something of it, in code order."""
        codes = sorted({*self.before.costs, *self.after.costs})
        rows = (
            Shift(authority=code, before_fen=self.before.costs.get(code, 0), after_fen=self.after.costs.get(code, 0))
            for code in codes
        )
        return [row for row in rows if row.before_fen or row.after_fen]


def foresee_move(*, order: MoveOrder, stamp: Stamp) -> list[Foreseen]:
    """Return the plans of the resident's vouchers as they are and as they would be once the move has begun.

    A move dated ahead is looked at on its first day, with what has been used until now. Ended vouchers appear only if
    their cost would shift. Raises what recording the move would raise.
    """
    resident = order.resident
    facts = Facts([resident.pk])
    facts.check(order, today=stamp.as_of)
    told = [facts.spells(resident.pk, *more) for more in ([], [Reported(order.effective_on, order.to, True)])]
    vouchers = _vouchers_of(resident)
    spends = spends_of(vouchers)
    found = []
    for voucher in vouchers:
        before, after = (
            portability.plan(
                entitlement=entitlement_of(voucher),
                spells=funding_spells(homes_of(spells), programme=voucher.programme, funders=facts.funders),
                spends=spends[voucher.pk],
                as_of=max(stamp.as_of, order.effective_on),
            )
            for spells in told
        )
        found.append(Foreseen(voucher=voucher, before=before, after=after))
    return [row for row in found if row.voucher.end_reason is None or row.changes]


def _vouchers_of(resident: Resident) -> list[Voucher]:
    rows = Voucher.objects.filter(resident=resident).select_related("programme", "holder", "ending")
    return list(rows.order_by("valid_from", "programme__code"))
