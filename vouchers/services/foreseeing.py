"""What a move, a step in its case or a correction would change, told before anybody decides. It writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.bulk import among
from accounts.residence_history import Reported, Spell
from accounts.selectors import Funders, homes_of
from accounts.stamps import Stamp
from vouchers import portability
from vouchers.cases import OPEN, OVER, Party, Step
from vouchers.models import Move, Voucher
from vouchers.portability import Plan
from vouchers.services.cases import members_of, refuse_open, refuse_step, replacing
from vouchers.services.facts import Facts
from vouchers.services.moving import MoveOrder
from vouchers.services.planning import entitlement_of, funding_spells, spends_of


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What one authority bears of a voucher as things stand and afterwards, in fen."""

    authority: str
    before_fen: int
    after_fen: int

    @property
    def change_fen(self) -> int:
        return self.after_fen - self.before_fen


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """One voucher's plan as things stand and afterwards; ``begins`` is the first day on which they may differ."""

    voucher: Voucher
    begins: date
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


def foresee_move(*, orders: Sequence[MoveOrder], confirmed: bool, stamp: Stamp) -> list[Foreseen]:
    """Return what the move of a household would change, ``confirmed`` by reporting it or not yet.

    Raises what ``cases.request`` raises.
    """
    people = [order.resident.pk for order in orders]
    refuse_open(people)
    facts = _checked(orders, without=(), stamp=stamp)
    more = {order.resident.pk: Reported(order.effective_on, order.to, confirmed) for order in orders}
    return _foreseen(people, now=facts, then=facts, more=more, begins=orders[0].effective_on, stamp=stamp)


def foresee_step(*, move: Move, step: Step, parties: Collection[Party], stamp: Stamp) -> list[Foreseen]:
    """Return what a step would change for the people of a case: whether the move counts, and as confirmed or not.

    Raises what ``cases.act`` raises.
    """
    members = members_of(move)
    for row in members:
        refuse_step(row, step, parties=parties)
    people = [row.resident_id for row in members]
    then = Facts(people, without=[row.pk for row in members])
    stays = {
        row.resident_id: Reported(row.effective_on, row.destination_id or "", step not in OPEN)
        for row in members
        if step not in OVER
    }
    return _foreseen(people, now=Facts(people), then=then, more=stays, begins=move.effective_on, stamp=stamp)


def foresee_correction(
    *,
    move: Move,
    to: str | None,
    effective_on: date | None,
    confirmed: bool,
    parties: Collection[Party],
    stamp: Stamp,
) -> list[Foreseen]:
    """Return what another move in the place of this one would change. Raises what ``cases.correct`` raises."""
    members = members_of(move)
    for row in members:
        refuse_step(row, Step.CORRECTED, parties=parties)
    orders = replacing(members, to=to, effective_on=effective_on)
    people = [row.resident_id for row in members]
    if not confirmed:
        refuse_open(people, but=[row.pk for row in members])
    then = _checked(orders, without=[row.pk for row in members], stamp=stamp)
    more = {order.resident.pk: Reported(order.effective_on, order.to, confirmed) for order in orders}
    begins = min(move.effective_on, orders[0].effective_on)
    return _foreseen(people, now=Facts(people), then=then, more=more, begins=begins, stamp=stamp)


def _checked(orders: Sequence[MoveOrder], *, without: Collection[int], stamp: Stamp) -> Facts:
    facts = Facts([order.resident.pk for order in orders], without=without)
    for order in orders:
        facts.check(order, today=stamp.as_of)
    return facts


def _foreseen(
    people: Sequence[int],
    *,
    now: Facts,
    then: Facts,
    more: Mapping[int, Reported],
    begins: date,
    stamp: Stamp,
) -> list[Foreseen]:
    """Compare each voucher's plan by two sets of facts; ``more`` are moves that only the latter have.

    What is dated ahead is looked at on its first day, with what has been used until now. Ended vouchers appear only if
    their cost would shift.
    """
    vouchers = _vouchers_of(people)
    spends = spends_of(vouchers)
    as_of = max([stamp.as_of, begins, *(reported.day for reported in more.values())])

    def planned(voucher: Voucher, spells: Sequence[Spell], *, funders: Funders) -> Plan:
        return portability.plan(
            entitlement=entitlement_of(voucher),
            spells=funding_spells(homes_of(spells), programme=voucher.programme, funders=funders),
            spends=spends[voucher.pk],
            as_of=as_of,
        )

    found = []
    for voucher in vouchers:
        key = voucher.resident_id
        added = [more[key]] if key in more else []
        row = Foreseen(
            voucher=voucher,
            begins=max(begins, voucher.valid_from),
            before=planned(voucher, now.spells(key), funders=now.funders),
            after=planned(voucher, then.spells(key, *added), funders=then.funders),
        )
        found.append(row)
    return [row for row in found if row.voucher.end_reason is None or row.changes]


def _vouchers_of(people: Sequence[int]) -> list[Voucher]:
    rows = Voucher.objects.filter(resident_id__in=among(people))
    rows = rows.select_related("programme", "holder", "ending", "resident")
    return list(rows.order_by("resident_id", "valid_from", "programme__code"))
