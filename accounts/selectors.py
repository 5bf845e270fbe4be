"""Questions about people and places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from accounts.models import District, Residence


def spells_by_resident(resident_ids: Iterable[int]) -> dict[int, list[Residence]]:
    """Return each resident's current spells, earliest first."""
    found: dict[int, list[Residence]] = defaultdict(list)
    rows = Residence.objects.current().filter(resident_id__in=list(resident_ids))
    for spell in rows.order_by("resident_id", "start"):
        found[spell.resident_id].append(spell)
    return found


def pool_by_district() -> dict[str, str]:
    """Return the code of the pool that each district belongs to."""
    return dict(District.objects.values_list("authority_id", "pool_id"))
