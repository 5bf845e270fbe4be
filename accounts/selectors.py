"""Questions about people and places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Prefetch

from accounts import identity
from accounts.bulk import among
from accounts.models import District, Residence, Resident, User
from accounts.models.people import ResidentQuerySet
from accounts.models.places import DistrictQuerySet


def spells_by_resident(resident_ids: Iterable[int]) -> dict[int, list[Residence]]:
    """Return each resident's current spells, earliest first."""
    found: dict[int, list[Residence]] = defaultdict(list)
    rows = Residence.objects.current().filter(resident_id__in=among(list(resident_ids)))
    for spell in rows.order_by("resident_id", "start"):
        found[spell.resident_id].append(spell)
    return found


def homes_by_resident(resident_ids: Collection[int]) -> dict[int, list[tuple[date, str]]]:
    """Return the first day and the district of each resident's current spells, earliest first."""
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = Residence.objects.current().filter(resident_id__in=among(resident_ids))
    for resident_id, start, district in rows.order_by("resident_id", "start").values_list(
        "resident_id", "start", "district_id"
    ):
        found[resident_id].append((start, district))
    return found


def pool_by_district() -> dict[str, str]:
    """Return the code of the pool that each district belongs to."""
    return dict(District.objects.values_list("authority_id", "pool_id"))


def find_exactly(text: str) -> Resident | None:
    """Return the resident with this whole resident number or whole id number, wherever the person lives.

    Nobody can be found by guessing: both numbers carry a check digit, and names are not searched.
    """
    text = text.strip().upper()
    if identity.is_id_number(text):
        return Resident.objects.with_id_number(text).first()
    return Resident.objects.filter(number=text).first()


def all_districts() -> DistrictQuerySet:
    """Return every district with its names; where people can live is no secret."""
    return District.objects.select_related("authority")


def districts_administered_by(user: User) -> DistrictQuerySet:
    """Return the districts this user acts for, with their names."""
    return all_districts().administered_by(user)


def with_present_district(people: ResidentQuerySet, *, day: date) -> ResidentQuerySet:
    """Have each resident carry ``here``: the residence on ``day``, none or one, with its district's names."""
    here = Residence.objects.current().on(day).select_related("district__authority")
    return people.prefetch_related(Prefetch("residences", queryset=here, to_attr="here"))
