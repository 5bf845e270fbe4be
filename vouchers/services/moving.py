"""People move. Residence changes, and every voucher of the resident is planned again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.bulk import among, insert_many
from accounts.models import Residence, Resident
from accounts.refusals import Refused
from accounts.services import residences
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from vouchers.models import Move, MoveAnnulment, Voucher
from vouchers.services.planning import Cause, replan


class NotAMember(Refused):
    code = "not_a_member"
    sentence = _("%(district)s is not a district that takes part.")


class SameDistrict(Refused):
    code = "same_district"
    sentence = _("%(resident)s lives in %(district)s on %(day)s already.")


class MoveOverlaps(Refused):
    code = "move_overlaps"
    sentence = _("The last known residence, in %(district)s, begins on %(start)s. A move has to be later than that.")


class NotTheLastMove(Refused):
    code = "not_the_last_move"
    sentence = _("Only the last move can be annulled, and none of %(resident)s is the last on %(day)s.")


@dataclass(frozen=True, kw_only=True)
class MoveOrder:
    """Somebody lives in the district ``to`` from ``effective_on`` on."""

    resident: Resident
    to: str
    effective_on: date


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What came of it, by resident id."""

    moves: Mapping[int, Move]
    refused: Mapping[int, Refused]


@transaction.atomic
def move(*, resident: Resident, to: str, effective_on: date, stamp: Stamp) -> Move:
    """Record one move. From ``effective_on`` on, the new district pays.

    Raises NotAMember, SameDistrict or MoveOverlaps.
    """
    outcome = move_many(orders=[MoveOrder(resident=resident, to=to, effective_on=effective_on)], stamp=stamp)
    for refusal in outcome.refused.values():
        raise refusal
    return outcome.moves[resident.pk]


@transaction.atomic
def move_many(*, orders: Sequence[MoveOrder], stamp: Stamp) -> Moved:
    """Record moves of different residents, each accepted or refused on its own, and plan their vouchers again."""
    lock_residents([order.resident.pk for order in orders])
    spells = places.spells_by_resident(order.resident.pk for order in orders)
    members = set(places.pool_by_district())
    refused = {
        order.resident.pk: refusal
        for order in orders
        if (refusal := refusal_of(order, spells=spells[order.resident.pk], members=members))
    }
    accepted = [order for order in orders if order.resident.pk not in refused]
    moves = _record(accepted, last={key: known[-1] for key, known in spells.items()}, stamp=stamp)
    replan_residents(
        resident_ids=[order.resident.pk for order in accepted],
        cause=lambda voucher: Cause(f"move:{moves[voucher.resident_id].pk}", moves[voucher.resident_id].effective_on),
        stamp=stamp,
    )
    return Moved(moves=moves, refused=refused)


@transaction.atomic
def annul_move(*, resident: Resident, effective_on: date, stamp: Stamp) -> MoveAnnulment:
    """Take back the last move, named by its effective day: it never happened. Raises NotTheLastMove."""
    lock_residents([resident.pk])
    last = Move.objects.standing().filter(resident=resident).order_by("effective_on").last()
    if last is None or last.effective_on != effective_on:
        raise NotTheLastMove(resident=resident.name, day=effective_on)
    spells = places.spells_by_resident([resident.pk])[resident.pk]
    residences.return_to_previous(previous=spells[-2], last=spells[-1], at=timezone.now())
    annulment = MoveAnnulment.objects.create(move=last, booked_on=stamp.booked_on, recorded_by=stamp.by)
    audit.record(stamp=stamp, verb="annul_move", subject=f"move:{last.pk}")
    cause = Cause(f"annul_move:{last.pk}", effective_on)
    replan_residents(resident_ids=[resident.pk], cause=lambda _: cause, stamp=stamp)
    return annulment


def refusal_of(order: MoveOrder, *, spells: Sequence[Residence], members: Collection[str]) -> Refused | None:
    """Return why a move cannot be recorded, or None. Days before the first residence belong to it."""
    if order.to not in members:
        return NotAMember(district=order.to)
    there = [spell for spell in spells if spell.start <= order.effective_on] or spells[:1]
    if there[-1].district_id == order.to:
        return SameDistrict(resident=order.resident.name, district=there[-1].district, day=order.effective_on)
    if order.effective_on <= spells[-1].start:
        return MoveOverlaps(district=spells[-1].district, start=spells[-1].start)
    return None


def replan_residents(*, resident_ids: Collection[int], cause: Callable[[Voucher], Cause], stamp: Stamp) -> None:
    """Plan every voucher of these residents again, ended ones included."""
    ids = Voucher.objects.filter(resident_id__in=among(resident_ids)).order_by("pk").values_list("pk", flat=True)
    replan(voucher_ids=list(ids), cause=cause, stamp=stamp)


def _record(orders: Sequence[MoveOrder], *, last: Mapping[int, Residence], stamp: Stamp) -> dict[int, Move]:
    residences.relocate(
        last=last,
        to={order.resident.pk: (order.to, order.effective_on) for order in orders},
        at=timezone.now(),
    )
    moves = [
        Move(
            resident=order.resident,
            origin_id=last[order.resident.pk].district_id,
            destination_id=order.to,
            effective_on=order.effective_on,
            booked_on=stamp.booked_on,
            recorded_by=stamp.by,
        )
        for order in orders
    ]
    insert_many(moves)
    details = {f"move:{row.pk}": {"resident": row.resident_id, "to": row.destination_id} for row in moves}
    audit.record_many(stamp=stamp, verb="move", details=details)
    return {row.resident_id: row for row in moves}
