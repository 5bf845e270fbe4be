"""Signs that the service lives, and the record of what was done to keep it safe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ledger.models import Heartbeat, Part, Upkeep, UpkeepKind


def seen(*parts: Part, now: datetime) -> None:
    """Note that these parts of the service were alive just now."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(part=part, at=now) for part in parts],
        update_conflicts=True,
        unique_fields=["part"],
        update_fields=["at"],
    )


def record(*, kind: UpkeepKind, began_at: datetime, figures: Mapping[str, int | str], problem: str = "") -> Upkeep:
    """Keep how a backup, a drill or a verification went; without a problem it went well."""
    return Upkeep.objects.create(kind=kind, began_at=began_at, ok=not problem, problem=problem, figures=dict(figures))
