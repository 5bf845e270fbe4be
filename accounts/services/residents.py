"""Registering people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from stdnum.cn import ric

from accounts import audit, identity
from accounts.bulk import among
from accounts.models import District, Guardianship, Resident
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


class BornLater(Refused):
    code = "born_later"
    sentence = _("Nobody can live somewhere before the day of birth, %(born_on)s.")


@transaction.atomic
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

    Raises InvalidIdNumber, AlreadyRegistered or BornLater.
    """
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
