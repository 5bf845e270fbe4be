"""The plain verbs of moving: a move that needs nobody's agreement, and its annulment. Those that do are cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.bulk import insert_many
from accounts.models import Residence, Resident
from accounts.refusals import Refused
from accounts.residence_history import Merger, Reported
from accounts.selectors import Funders
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from vouchers import cases
from vouchers.models import Move, MoveChannel, MoveStep
from vouchers.services.histories import reported_moves, retell
from vouchers.services.lives import Lives
from vouchers.services.planning import Cause


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
    """Somebody lives in the district ``to`` from ``effective_on`` on. ``note`` is the evidence."""

    resident: Resident
    to: str
    effective_on: date
    channel: str = MoveChannel.COUNTER
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What came of it, by resident id."""

    moves: Mapping[int, Move]
    refused: Mapping[int, Refused]


@transaction.atomic
def move(*, resident: Resident, to: str, effective_on: date, stamp: Stamp) -> Move:
    """Record one move. From ``effective_on`` on, the new district pays.

    Raises NotAMember, SameDistrict or MoveOverlaps; MergedPerson or Died.
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
    reported = reported_moves([order.resident.pk for order in orders])
    lives = Lives([order.resident.pk for order in orders])
    funders = places.funders()
    refused = {
        order.resident.pk: refusal
        for order in orders
        if (
            refusal := lives.refusal(order.resident, day=order.effective_on)
            or refusal_of(order, spells=spells[order.resident.pk], moves=reported[order.resident.pk], funders=funders)
        )
    }
    accepted = [order for order in orders if order.resident.pk not in refused]
    away = {key for key, known in reported.items() if known and not max(known).district}
    origins = {
        key: None if key in away else last_reported(known, funders=funders).district_id for key, known in spells.items()
    }
    moves = record(accepted, origins=origins, step=cases.Step.CONFIRMED, stamp=stamp)
    retell(
        resident_ids=list(moves),
        cause=lambda voucher: Cause(f"move:{moves[voucher.resident_id].pk}", moves[voucher.resident_id].effective_on),
        stamp=stamp,
    )
    return Moved(moves=moves, refused=refused)


@transaction.atomic
def annul_move(*, resident: Resident, effective_on: date, stamp: Stamp) -> Move:
    """Take back the last move, named by its effective day: it never happened. Raises NotTheLastMove."""
    lock_residents([resident.pk])
    last = Move.objects.standing().filter(resident=resident).order_by("effective_on").last()
    if last is None or last.effective_on != effective_on:
        raise NotTheLastMove(resident=resident.name, day=effective_on)
    take(cases.Step.ANNULLED, moves=[last], stamp=stamp)
    return last


def take(step: cases.Step, *, moves: Sequence[Move], stamp: Stamp, note: str = "") -> None:
    """Append ``step`` to cases whose people are locked, and post what follows from it."""
    add_steps(step, moves=moves, note=note, stamp=stamp)
    verb = VERB_OF_STEP[step]
    causes = {row.resident_id: Cause(f"{verb}:{row.pk}", row.effective_on) for row in moves}
    audit.record_many(stamp=stamp, verb=verb, details={f"move:{row.pk}": {} for row in moves})
    retell(resident_ids=list(causes), cause=lambda voucher: causes[voucher.resident_id], stamp=stamp)


VERB_OF_STEP = {
    cases.Step.CONFIRMED: "confirm_move",
    cases.Step.TIMED_OUT: "time_out_move",
    cases.Step.DISPUTED: "dispute_move",
    cases.Step.WITHDRAWN: "withdraw_move",
    cases.Step.REJECTED: "reject_move",
    cases.Step.ANNULLED: "annul_move",
    cases.Step.CORRECTED: "correct_move",
}


def refusal_of(
    order: MoveOrder, *, spells: Sequence[Residence], moves: Sequence[Reported], funders: Funders
) -> Refused | None:
    """Return why a move cannot be recorded, or None. Days before the first residence belong to it."""
    if not funders.is_member(order.to, day=order.effective_on):
        return NotAMember(district=order.to)
    there = [spell for spell in spells if spell.start <= order.effective_on] or spells[:1]
    lives_there = there[-1].end is None or order.effective_on < there[-1].end
    if there[-1].district_id == order.to and lives_there:
        return SameDistrict(resident=order.resident.name, district=there[-1].district, day=order.effective_on)
    last = last_reported(spells, funders=funders)
    since = max([last.start, *(known.day for known in moves)])
    if order.effective_on <= since:
        return MoveOverlaps(district=last.district, start=since)
    return None


def last_reported(spells: Sequence[Residence], *, funders: Funders) -> Residence:
    """Return the last spell that began with a move or the first residence, not with a merger of districts."""
    *earlier, last = spells
    if earlier and funders.mergers.get(earlier[-1].district_id) == Merger(last.district_id, last.start):
        return last_reported(earlier, funders=funders)
    return last


def record(
    orders: Sequence[MoveOrder],
    *,
    origins: Mapping[int, str | None],
    step: cases.Step,
    stamp: Stamp,
    corrects: Mapping[int, Move] | None = None,
    household: bool = False,
) -> dict[int, Move]:
    """Store moves with their first step, by resident id; of a household they are one case, led by the first."""
    moves = [
        Move(
            resident=order.resident,
            origin_id=origins[order.resident.pk],
            destination_id=order.to or None,
            effective_on=order.effective_on,
            booked_on=stamp.booked_on,
            channel=order.channel,
            note=order.note,
            corrects=(corrects or {}).get(order.resident.pk),
            recorded_by=stamp.by,
        )
        for order in orders
    ]
    leaders = moves[:1] if household else moves
    insert_many(leaders)
    companions = moves[len(leaders) :]
    for row in companions:
        row.together_with = leaders[0]
    insert_many(companions)
    add_steps(step, moves=moves, stamp=stamp)
    details = {f"move:{row.pk}": {"resident": row.resident_id, "to": row.destination_id} for row in moves}
    audit.record_many(stamp=stamp, verb="move", details=details)
    return {row.resident_id: row for row in moves}


def add_steps(step: cases.Step, *, moves: Sequence[Move], stamp: Stamp, note: str = "") -> None:
    due_on = cases.due_on(step, day=stamp.booked_on)
    insert_many(
        [
            MoveStep(
                move_id=row.pk,
                step=step,
                note=note,
                due_on=due_on,
                booked_on=stamp.booked_on,
                recorded_by=stamp.by,
            )
            for row in moves
        ]
    )
