"""Registering people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from stdnum.cn import ric

from accounts import audit, identity
from accounts.bulk import among
from accounts.models import (
    District,
    DoubleRegistration,
    DoubleRegistrationAnswer,
    Guardianship,
    Residence,
    Resident,
)
from accounts.refusals import Refused
from accounts.services import residences
from accounts.services.places import share_districts
from accounts.stamps import Stamp

RESIDENT_NUMBER_LENGTH = 9


class InvalidIdNumber(Refused):
    code = "invalid_id_number"
    sentence = _("This is not a valid 18-digit identity number. Check each digit; the last one is a check digit.")


class AlreadyRegistered(Refused):
    code = "already_registered"
    sentence = _("A person with this identity number is registered already, as resident %(number)s.")


class AlreadyAnswered(Refused):
    code = "already_answered"
    sentence = _("Somebody has looked into this double registration already. Nothing was changed.")


class BornLater(Refused):
    code = "born_later"
    sentence = _("Nobody can live somewhere before the day of birth, %(born_on)s.")


def register(
    *,
    name: str,
    district: District,
    since: date,
    stamp: Stamp,
    born_on: date | None = None,
    id_number: str = "",
    registered_in: str = "",
    guardian: Resident | None = None,
) -> Resident:
    """Register a person who lives in ``district`` since a day. The day of birth is read from the id number if given.

    Raises InvalidIdNumber, AlreadyRegistered or BornLater. That an id number is known from another district is noted
    before it is refused.
    """
    try:
        return _register(
            name=name,
            district=district,
            since=since,
            stamp=stamp,
            born_on=born_on,
            id_number=id_number,
            registered_in=registered_in,
            guardian=guardian,
        )
    except AlreadyRegistered:
        note_double_registration(id_number=id_number, district=district, stamp=stamp)
        raise


@transaction.atomic
def _register(
    *,
    name: str,
    district: District,
    since: date,
    stamp: Stamp,
    born_on: date | None,
    id_number: str,
    registered_in: str,
    guardian: Resident | None,
) -> Resident:
    share_districts()
    number = identity.public_number(prefix="R", length=RESIDENT_NUMBER_LENGTH)
    resident = Resident(number=number, name=name, born_on=born_on, registered_in=registered_in)
    if id_number:
        _identify(resident, id_number=id_number)
    if resident.born_on and since < resident.born_on:
        raise BornLater(born_on=resident.born_on)
    _store(resident)
    residences.settle_in(resident_id=resident.pk, district_code=district.code, since=since, stamp=stamp)
    if guardian is not None:
        Guardianship.objects.create(guardian=guardian, ward=resident)
    audit.record(stamp=stamp, verb="register", subject=f"resident:{resident.pk}", district=district.code)
    return resident


@transaction.atomic
def note_double_registration(*, id_number: str, district: District, stamp: Stamp) -> None:
    """Keep that somebody wanted to register in ``district`` who lives elsewhere; once while nobody looked into it."""
    hashed = identity.id_number_hash(id_number)
    known = Resident.objects.get(id_number_hash=hashed)
    home = Residence.objects.current().on(stamp.booked_on).filter(resident=known).first()
    waiting = DoubleRegistration.objects.waiting().filter(id_number_hash=hashed, district=district)
    if (home and home.district_id == district.code) or waiting.exists():
        return
    found = DoubleRegistration.objects.create(
        id_number_hash=hashed,
        district=district,
        known_in_id=home.district_id if home else None,
        booked_on=stamp.booked_on,
        recorded_by=stamp.by,
    )
    audit.record(stamp=stamp, verb="find_double", subject=f"double:{found.pk}", district=district.code)


@transaction.atomic
def answer_double_registration(*, registration: DoubleRegistration, finding: str, stamp: Stamp, note: str = "") -> None:
    """Say what came of looking into a double registration. Raises AlreadyAnswered."""
    lock_residents(
        list(Resident.objects.filter(id_number_hash=registration.id_number_hash).values_list("pk", flat=True))
    )
    if DoubleRegistrationAnswer.objects.filter(registration=registration).exists():
        raise AlreadyAnswered
    DoubleRegistrationAnswer.objects.create(
        registration=registration, finding=finding, note=note, booked_on=stamp.booked_on, recorded_by=stamp.by
    )
    audit.record(stamp=stamp, verb="answer_double", subject=f"double:{registration.pk}", finding=finding)


def lock_residents(resident_ids: Collection[int]) -> None:
    """Lock people in id order until the transaction ends: no move, no issue, no merger comes between."""
    share_districts()
    people = Resident.objects.filter(pk__in=among(resident_ids)).order_by("pk").select_for_update(no_key=True)
    list(people.values_list("pk", flat=True))


def _store(resident: Resident) -> None:
    """Insert the row. Raises AlreadyRegistered when somebody else registers the same id number at this moment."""
    try:
        with transaction.atomic():
            resident.save(force_insert=True)
    except IntegrityError:
        _refuse_known(resident.id_number_hash)
        raise


def _refuse_known(id_number_hash: str | None) -> None:
    if id_number_hash and (other := Resident.objects.filter(id_number_hash=id_number_hash).first()):
        raise AlreadyRegistered(number=other.number)


def _identify(resident: Resident, *, id_number: str) -> None:
    if not identity.is_id_number(id_number):
        raise InvalidIdNumber()
    hashed = identity.id_number_hash(id_number)
    _refuse_known(hashed)
    resident.id_number_hash = hashed
    resident.id_number_masked = identity.mask_id_number(ric.compact(id_number))
    resident.id_number_encrypted = identity.encrypt_id_number(id_number, resident_number=resident.number)
    resident.born_on = identity.born_on(id_number)
