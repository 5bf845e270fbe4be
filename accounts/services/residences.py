"""Where people live: spells are closed and opened, never edited. Money is not this room's business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils import timezone

from accounts import selectors
from accounts.bulk import among, insert_values
from accounts.models import Residence
from accounts.residence_history import Reported, Spell, history
from accounts.stamps import Stamp

#: The columns of a spell, between whose it is and when it was booked.
COLUMNS = ("resident_id", "start", "end", "district_id", "confirmed", "known_from", "recorded_at")


def settle_in(*, resident_id: int, district_code: str, since: date, stamp: Stamp) -> None:
    """Record a first residence, open-ended; where the district was merged, it goes on in the successor."""
    first = Reported(since, district_code, confirmed=True)
    spells = history(first=first, moves=(), mergers=selectors.funders().mergers)
    rows = [(resident_id, *spell, stamp.booked_on, timezone.now()) for spell in spells]
    insert_values(Residence, columns=COLUMNS, rows=rows)


def believe(*, spells: Mapping[int, Sequence[Spell]], stamp: Stamp) -> None:
    """Make these each resident's spells: what differs is superseded and recorded anew, the rest stays as it is."""
    at = timezone.now()
    known = selectors.spells_by_resident(spells)
    gone, new = [], []
    for resident_id, wanted in spells.items():
        believed = {spell_of(row): row.pk for row in known[resident_id]}
        gone += [key for spell, key in believed.items() if spell not in wanted]
        new += [(resident_id, *spell, stamp.booked_on, at) for spell in wanted if spell not in believed]
    Residence.objects.filter(pk__in=among(gone)).update(superseded_at=at, known_until=stamp.booked_on)
    insert_values(Residence, columns=COLUMNS, rows=new)


def spell_of(row: Residence) -> Spell:
    return Spell(row.start, row.end, row.district_id, row.confirmed)
