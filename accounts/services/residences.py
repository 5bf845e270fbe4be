"""Where people live: spells are closed and opened, never edited. Money is not this room's business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from accounts.bulk import among, insert_many
from accounts.models import Residence


def settle_in(*, resident_id: int, district_code: str, since: date, at: datetime) -> Residence:
    """Record a first residence, open-ended."""
    return Residence.objects.create(resident_id=resident_id, district_id=district_code, start=since, recorded_at=at)


def relocate(*, last: Mapping[int, Residence], to: Mapping[int, tuple[str, date]], at: datetime) -> None:
    """End each resident's last spell and open one elsewhere: ``to`` gives district and first day by resident id."""
    replace(
        spells=[last[resident_id] for resident_id in to],
        by=[
            spell
            for resident_id, (district_code, day) in to.items()
            for spell in (
                _copy(last[resident_id], end=day, at=at),
                Residence(resident_id=resident_id, district_id=district_code, start=day, recorded_at=at),
            )
        ],
        at=at,
    )


def return_to_previous(*, previous: Residence, last: Residence, at: datetime) -> None:
    """Take back the last spell: the one before it goes on as if nothing had happened."""
    replace(spells=[previous, last], by=[_copy(previous, end=last.end, at=at)], at=at)


def replace(*, spells: Sequence[Residence], by: Sequence[Residence], at: datetime) -> None:
    """Mark ``spells`` superseded and record what is believed now."""
    Residence.objects.filter(pk__in=among([spell.pk for spell in spells])).update(superseded_at=at)
    insert_many(by)


def _copy(spell: Residence, *, end: date | None, at: datetime) -> Residence:
    return Residence(
        resident_id=spell.resident_id, district_id=spell.district_id, start=spell.start, end=end, recorded_at=at
    )
