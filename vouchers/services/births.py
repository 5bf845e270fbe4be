"""A birth: the child lives where the guardian did on that day, moved along since, and gets vouchers by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit, identity
from accounts import selectors as places
from accounts.bulk import insert_many
from accounts.models import District, Guardianship, Resident
from accounts.refusals import Refused
from accounts.services.residents import lock_residents, register
from accounts.stamps import Stamp
from vouchers.models import Move, MoveStep, Programme, Voucher
from vouchers.refusals import MergedPerson
from vouchers.services.deaths import NotYet
from vouchers.services.histories import retell
from vouchers.services.issuing import Offer, issue
from vouchers.services.planning import Cause


class GuardianElsewhere(Refused):
    code = "guardian_elsewhere"
    sentence = _("%(guardian)s did not live in the participating area on %(day)s. Register the child by hand.")


class AlreadyBorn(Refused):
    code = "already_born"
    sentence = _("The birth of %(name)s on %(day)s is recorded already, as resident %(number)s.")


class BirthdayDiffers(Refused):
    code = "birthday_differs"
    sentence = _("The id number says another day of birth than %(day)s. Check both.")


@dataclass(frozen=True, kw_only=True)
class Born:
    """A child and what it was given."""

    resident: Resident
    vouchers: Sequence[Voucher]


@transaction.atomic
def record_birth(*, guardian: Resident, name: str, day: date, stamp: Stamp, id_number: str = "") -> Born:
    """Register a child of ``guardian`` who was born on ``day`` and issue what is given at birth, whole.

    Raises MergedPerson, NotYet, GuardianElsewhere, AlreadyBorn, BirthdayDiffers, InvalidIdNumber or AlreadyRegistered.
    """
    lock_residents([guardian.pk])
    home = check_birth(guardian=guardian, name=name, day=day, stamp=stamp, id_number=id_number)
    child = register(
        name=name, district=home, since=day, born_on=day, id_number=id_number, guardian=guardian, stamp=stamp
    )
    audit.record(stamp=stamp, verb="record_birth", subject=f"resident:{child.pk}", guardian=guardian.pk)
    _move_along(child, with_=guardian, stamp=stamp)
    vouchers = [
        issue(resident=child, programme=offer.programme, stamp=stamp, valid_from=day)
        for offer in given_at_birth(day=day, stamp=stamp)
    ]
    return Born(resident=child, vouchers=vouchers)


def check_birth(*, guardian: Resident, name: str, day: date, stamp: Stamp, id_number: str = "") -> District:
    """Return the district that the child would live in first, or raise what stands in the way."""
    kept = places.kept_entry(guardian)
    if kept != guardian:
        raise MergedPerson(number=guardian.number, kept=kept.number)
    if day > stamp.booked_on:
        raise NotYet(day=day)
    if id_number and identity.is_id_number(id_number) and identity.born_on(id_number) != day:
        raise BirthdayDiffers(day=day)
    twin = Guardianship.objects.filter(guardian=guardian, ward__name=name, ward__born_on=day).first()
    if twin is not None:
        raise AlreadyBorn(name=name, day=day, number=twin.ward.number)
    here = guardian.residences.current().on(day).select_related("district__authority").first()
    if here is None:
        raise GuardianElsewhere(guardian=guardian.name, day=day)
    return here.district


def given_at_birth(*, day: date, stamp: Stamp) -> list[Offer]:
    """Return what a child born on ``day`` is given: each programme in force, whole, from that day on."""
    programmes = Programme.objects.filter(at_birth=True, valid_from__lte=day, valid_until__gt=stamp.booked_on)
    offers = [Offer.of(programme, valid_from=day) for programme in programmes.order_by("code")]
    return [offer for offer in offers if offer.fits(Resident(born_on=day))]


def _move_along(child: Resident, *, with_: Resident, stamp: Stamp) -> None:
    """Let the child have moved with the guardian since: as companion of the same cases, in the same state."""
    later = Move.objects.standing().filter(resident=with_, effective_on__gt=child.born_on).order_by("effective_on")
    known = list(later.with_steps())
    if not known:
        return
    moves = [
        Move(
            resident=child,
            origin_id=row.origin_id,
            destination_id=row.destination_id,
            effective_on=row.effective_on,
            booked_on=stamp.booked_on,
            channel=row.channel,
            together_with_id=row.leader_id,
            recorded_by=stamp.by,
        )
        for row in known
    ]
    insert_many(moves)
    insert_many([_step_of(row, like=step.last_step, stamp=stamp) for row, step in zip(moves, known, strict=True)])
    cause = Cause(f"move:{moves[0].pk}", moves[0].effective_on)
    retell(resident_ids=[child.pk], cause=lambda _voucher: cause, stamp=stamp)


def _step_of(move: Move, *, like: MoveStep, stamp: Stamp) -> MoveStep:
    """Return the state of the guardian's case, its clock included."""
    return MoveStep(move=move, step=like.step, due_on=like.due_on, booked_on=stamp.booked_on, recorded_by=stamp.by)
