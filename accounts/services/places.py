"""Authorities and districts: found once, with the code that names them for ever."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Authority, District


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
