"""What administrators record of the lives of their residents. Pages and API go through here; stories do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.bulk import among
from accounts.models import Death, Resident, ResidentMerge, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.models import Move, Voucher
from vouchers.services import births, deaths, leaving, merging
from vouchers.services.births import Born
from vouchers.services.cases import refuse_open
from vouchers.services.facts import Facts
from vouchers.services.merging import Fate
from vouchers.services.planning import spends_of


class NotYourResident(Refused):
    code = "not_your_resident"
    sentence = _("%(resident)s last lived in a district you do not act for. Ask that district, or the city.")


class Ending(NamedTuple):
    """What an end does to one voucher: what goes back, and what was used on its day or later, in fen."""

    voucher: Voucher
    returned_fen: int
    used_after_fen: int


@transaction.atomic
def record_birth(*, guardian: Resident, name: str, day: date, stamp: Stamp, id_number: str = "") -> Born:
    """Raises NotYourResident, and what ``births.record_birth`` raises."""
    refuse_strangers(guardian, user=stamp.by)
    return births.record_birth(guardian=guardian, name=name, day=day, id_number=id_number, stamp=stamp)


@transaction.atomic
def record_death(*, resident: Resident, day: date, stamp: Stamp, note: str = "") -> Death:
    """Raises NotYourResident, and what ``deaths.record_death`` raises."""
    refuse_strangers(resident, user=stamp.by)
    return deaths.record_death(resident=resident, day=day, note=note, stamp=stamp)


@transaction.atomic
def take_back_death(*, resident: Resident, stamp: Stamp, note: str = "") -> Death:
    """Raises NotYourResident or NoDeath."""
    refuse_strangers(resident, user=stamp.by)
    return deaths.take_back_death(resident=resident, note=note, stamp=stamp)


@transaction.atomic
def leave_area(*, residents: Sequence[Resident], day: date, stamp: Stamp, note: str = "") -> Move:
    """Raises NotYourResident, and what ``leaving.leave_area`` raises."""
    refuse_strangers(*residents, user=stamp.by)
    return leaving.leave_area(residents=residents, day=day, note=note, stamp=stamp)


@transaction.atomic
def merge_residents(*, dropped: Resident, kept: Resident, stamp: Stamp, note: str = "") -> ResidentMerge:
    """Raises NotYourResident, and what ``merging.merge_residents`` raises."""
    refuse_strangers(dropped, user=stamp.by)
    return merging.merge_residents(dropped=dropped, kept=kept, note=note, stamp=stamp)


@transaction.atomic
def take_back_merge(*, dropped: Resident, stamp: Stamp, note: str = "") -> ResidentMerge:
    """Raises NotYourResident or NoMerge."""
    refuse_strangers(dropped, user=stamp.by)
    return merging.take_back_merge(dropped=dropped, note=note, stamp=stamp)


def foresee_death(*, resident: Resident, day: date, stamp: Stamp) -> list[Ending]:
    """Return what recording a death would do to each voucher in use, or raise what it would raise."""
    refuse_strangers(resident, user=stamp.by)
    deaths.check_death(resident=resident, day=day, stamp=stamp)
    return _endings([resident], day=day)


def foresee_leaving(*, residents: Sequence[Resident], day: date, stamp: Stamp) -> list[Ending]:
    """Return what leaving would do to each voucher in use, or raise what recording it would raise."""
    refuse_strangers(*residents, user=stamp.by)
    refuse_open([person.pk for person in residents])
    facts = Facts([person.pk for person in residents])
    for order in leaving.orders_of(residents=residents, day=day):
        facts.check(order, today=stamp.booked_on)
    return _endings(residents, day=day)


def foresee_merge(*, dropped: Resident, kept: Resident, stamp: Stamp) -> list[Fate]:
    """Return what becomes of each voucher in use of ``dropped``, or raise what merging would raise."""
    refuse_strangers(dropped, user=stamp.by)
    return merging.foresee_merge(dropped=dropped, kept=kept, stamp=stamp)


def speaks_for(user: User, *, resident: Resident) -> bool:
    """Say whether ``user`` acts for the district where somebody lives, or last lived."""
    last = places.spells_by_resident([resident.pk])[resident.pk][-1]
    return places.districts_administered_by(user).filter(pk=last.district_id).exists()


def refuse_strangers(*people: Resident, user: User | None) -> None:
    """Raise NotYourResident for the first of these whom ``user`` does not act for."""
    assert user is not None
    for person in people:
        if not speaks_for(user, resident=person):
            raise NotYourResident(resident=person.name)


def _endings(people: Sequence[Resident], *, day: date) -> list[Ending]:
    active = Voucher.objects.active().filter(resident__in=among([person.pk for person in people]), valid_until__gt=day)
    vouchers = list(active.select_related("programme", "resident").order_by("resident_id", "valid_from", "pk"))
    spends = spends_of(vouchers)
    return [
        Ending(row, row.remaining_fen, sum(spend.fen for spend in spends[row.pk] if spend.day >= day))
        for row in vouchers
    ]
