"""Questions about people and places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Prefetch, Q

from accounts import identity
from accounts.bulk import among, among_texts
from accounts.models import SUSPENSE, Authority, Death, District, Residence, Resident, ResidentMerge, User
from accounts.models.life import DoubleRegistration, MergeQuerySet
from accounts.models.people import ResidentQuerySet
from accounts.models.places import DistrictQuerySet
from accounts.residence_history import Merger, Spell


def spells_by_resident(resident_ids: Iterable[int]) -> dict[int, list[Residence]]:
    """Return each resident's current spells, earliest first."""
    found: dict[int, list[Residence]] = defaultdict(list)
    rows = Residence.objects.current().filter(resident_id__in=among(list(resident_ids)))
    for spell in rows.order_by("resident_id", "start"):
        found[spell.resident_id].append(spell)
    return found


class Home(NamedTuple):
    """Living in ``district`` from ``start`` on, confirmed by it or not."""

    start: date
    district: str
    confirmed: bool = True


def homes_by_resident(resident_ids: Collection[int], *, known_on: date | None = None) -> dict[int, list[Home]]:
    """Return the homes of each resident, earliest first, as believed now or at the end of the day ``known_on``."""
    found: dict[int, list[Home]] = defaultdict(list)
    believed = Residence.objects.known_on(known_on) if known_on else Residence.objects.current()
    rows = believed.filter(resident_id__in=among(resident_ids))
    columns = ("resident_id", "start", "district_id", "confirmed")
    for resident_id, start, district, confirmed in rows.order_by("resident_id", "start").values_list(*columns):
        found[resident_id].append(Home(start, district, confirmed))
    return found


def homes_of(spells: Iterable[Spell]) -> list[Home]:
    """Return spells as homes: what a plan needs of them."""
    return [Home(spell.start, spell.district, spell.confirmed) for spell in spells]


@dataclass(frozen=True, kw_only=True)
class Funders:
    """Which authority funds for a district: itself or its pool; its successor where it was merged."""

    pools: Mapping[str, str]
    mergers: Mapping[str, Merger]

    def heir(self, district: str) -> str:
        """Return the district, or the one that it is part of by now."""
        while merger := self.mergers.get(district):
            district = merger.successor
        return district

    def of(self, district: str, *, pooled: bool) -> str:
        heir = self.heir(district)
        return self.pools[heir] if pooled else heir

    def is_member(self, district: str, *, day: date) -> bool:
        """Return whether people can live in ``district`` on ``day``."""
        merger = self.mergers.get(district)
        return district in self.pools and (merger is None or day < merger.day)


def funders() -> Funders:
    """Return every district's pool and, where it was merged, its successor."""
    rows = list(District.objects.values_list("authority_id", "pool_id", "merger__successor", "merger__day"))
    return Funders(
        pools={code: pool for code, pool, _successor, _day in rows},
        mergers={code: Merger(successor, day) for code, _pool, successor, day in rows if successor},
    )


def find_exactly(text: str) -> Resident | None:
    """Return the resident with this whole resident number or whole id number, wherever the person lives.

    The number of an entry that was merged into another leads to that one. Nobody can be found by guessing: both numbers
    carry a check digit, and names are not searched.
    """
    text = text.strip().upper()
    by_id = identity.is_id_number(text)
    people = Resident.objects.with_id_number(text) if by_id else Resident.objects.filter(number=text)
    found = people.with_merge().first()
    return kept_entry(found) if found and found.is_merged else found


def kept_entry(resident: Resident) -> Resident:
    """Return the entry that stands for the person: the one that this was merged into, if it was."""
    merges = ResidentMerge.objects.standing().select_related("kept")
    while merge := merges.filter(dropped=resident).first():
        resident = merge.kept
    return resident


def death_of(resident: Resident) -> Death | None:
    """Return the death of ``resident`` that stands."""
    return Death.objects.standing().filter(resident=resident).first()


def merge_of(resident: Resident) -> ResidentMerge | None:
    """Return how ``resident`` was merged into another entry, if that stands."""
    return ResidentMerge.objects.standing().filter(dropped=resident).select_related("kept").first()


def merged_into(resident: Resident) -> MergeQuerySet:
    """Return the merges of other entries into this one."""
    return ResidentMerge.objects.standing().filter(kept=resident).select_related("dropped")


def people_of_doubles(rows: Iterable[DoubleRegistration]) -> dict[str, Resident]:
    """Return the entry that stands for the person of each id number, by its keyed hash."""
    hashes = {row.id_number_hash for row in rows}
    people = Resident.objects.filter(id_number_hash__in=among_texts(hashes)).with_merge()
    return {person.id_number_hash or "": kept_entry(person) if person.is_merged else person for person in people}


def ends_of_lives(resident_ids: Collection[int]) -> dict[int, date]:
    """Return the day from which on an entry stands for nobody who lives anywhere: by death, or merged into another."""
    days: dict[int, date] = {}
    for resident_id, day in (
        *Death.objects.standing().of(resident_ids).values_list("resident_id", "day"),
        *ResidentMerge.objects.standing().of(resident_ids).values_list("dropped_id", "day"),
    ):
        days[resident_id] = min(day, days.get(resident_id, day))
    return days


def family_of(resident: Resident) -> ResidentQuerySet:
    """Return the wards and the guardians of somebody: who may move along."""
    guarded = Q(guardianships__guardian=resident) | Q(wards__ward=resident)
    return Resident.objects.filter(pk__in=Resident.objects.filter(guarded).values("pk")).order_by("pk")


def suspense() -> Authority:
    """Return the city's suspense authority, stored or not: it bears what no district has agreed to yet."""
    return Authority(code=SUSPENSE, name_zh="市级待定账户", name_en="City suspense account")


def all_districts() -> DistrictQuerySet:
    """Return every district with its names; where people can live is no secret."""
    return District.objects.select_related("authority", "merger")


def districts_administered_by(user: User) -> DistrictQuerySet:
    """Return the districts this user acts for, with their names."""
    return all_districts().administered_by(user)


def with_present_district(people: ResidentQuerySet, *, day: date) -> ResidentQuerySet:
    """Have each resident carry ``here``: the residence on ``day``, none or one, with its district's names."""
    here = Residence.objects.current().on(day).select_related("district__authority")
    return people.prefetch_related(Prefetch("residences", queryset=here, to_attr="here"))
