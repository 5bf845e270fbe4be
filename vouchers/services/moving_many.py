"""Many cases at once, each accepted or refused on its own: an annual school intake."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction

from accounts.bulk import among
from accounts.refusals import Refused
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from vouchers.models import Move
from vouchers.services.cases import CaseOpen, first_step
from vouchers.services.facts import Facts
from vouchers.services.histories import retell
from vouchers.services.moving import Moved, MoveOrder, record
from vouchers.services.planning import Cause


@transaction.atomic
def request_many(*, orders: Sequence[MoveOrder], confirmed_in: Collection[str], stamp: Stamp) -> Moved:
    """Open a case for each order of different residents; those into ``confirmed_in`` are confirmed at once."""
    ids = [order.resident.pk for order in orders]
    lock_residents(ids)
    facts = Facts(ids)
    refused = refusals(orders, facts=facts, today=stamp.booked_on)
    accepted = [order for order in orders if order.resident.pk not in refused]
    origins = {order.resident.pk: facts.home(order) for order in accepted}
    moves: dict[int, Move] = {}
    for confirmed in (True, False):
        part = [order for order in accepted if (order.to in confirmed_in) is confirmed]
        if part:
            moves |= record(part, origins=origins, step=first_step(confirmed=confirmed), stamp=stamp)
    causes = {key: Cause(f"move:{row.pk}", row.effective_on) for key, row in moves.items()}
    retell(resident_ids=list(moves), cause=lambda voucher: causes[voucher.resident_id], stamp=stamp)
    return Moved(moves=moves, refused=refused)


def refusals(orders: Sequence[MoveOrder], *, facts: Facts, today: date) -> dict[int, Refused]:
    """Return what stands in the way of these moves, by resident."""
    open_cases = _open_cases([order.resident.pk for order in orders])
    found: dict[int, Refused] = {}
    for order in orders:
        if other := open_cases.get(order.resident.pk):
            found[order.resident.pk] = CaseOpen.about(other)
            continue
        try:
            facts.check(order, today=today)
        except Refused as refusal:
            found[order.resident.pk] = refusal
    return found


def _open_cases(resident_ids: Collection[int]) -> dict[int, Move]:
    rows = Move.objects.open().filter(resident_id__in=among(resident_ids))
    return {row.resident_id: row for row in rows.select_related("resident", "destination__authority")}
