"""Authorities and districts: found once, with the code that names them for ever."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from accounts import audit
from accounts.locks import Lock, share, take
from accounts.models import Authority, District, DistrictMerger, User
from accounts.stamps import Stamp


@transaction.atomic
def found_authority(*, code: str, name_zh: str, name_en: str) -> Authority:
    """Return the authority of this code, made or renamed as given."""
    authority, _ = Authority.objects.update_or_create(code=code, defaults={"name_zh": name_zh, "name_en": name_en})
    return authority


@transaction.atomic
def found_district(*, code: str, name_zh: str, name_en: str, pool: str = "", census_residents: int = 0) -> District:
    """Return the district of this code, with its own authority; ``pool`` is an authority's code, itself if empty."""
    authority = found_authority(code=code, name_zh=name_zh, name_en=name_en)
    district, _ = District.objects.update_or_create(
        authority=authority, defaults={"pool_id": pool or code, "census_residents": census_residents}
    )
    return district


def share_districts() -> None:
    """Keep mergers of districts waiting until this transaction ends. Take it before any other lock."""
    share(Lock.DISTRICTS)


def stop_moving() -> None:
    """Wait until nobody tells where people live, and keep others waiting until this transaction ends."""
    take(Lock.DISTRICTS)


@transaction.atomic
def join_districts(*, predecessor: District, successor: District, day: date, stamp: Stamp) -> DistrictMerger:
    """Record that from ``day`` on a district is part of another.

    Who acts for one of them acts for both from now on: past and future are in the hands of the same people. Where the
    predecessor was the pool of other districts, its successor is.
    """
    merger = DistrictMerger.objects.create(
        predecessor=predecessor, successor=successor, day=day, booked_on=stamp.booked_on, recorded_by=stamp.by
    )
    for user in User.objects.filter(districts__in=[predecessor, successor]).distinct():
        user.districts.add(predecessor, successor)
    District.objects.filter(pool=predecessor.authority_id).exclude(pk=predecessor.pk).update(
        pool=successor.authority_id
    )
    audit.record(
        stamp=stamp, verb="merge_districts", subject=f"district:{predecessor.pk}", into=successor.pk, day=f"{day}"
    )
    return merger
