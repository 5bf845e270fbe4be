"""What becomes of people in a story: births, deaths, leaving the area, and entries that turn out to be one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Death, ResidentMerge
from accounts.stamps import Stamp
from config.scenarios.arguments import Arguments, EventLine, a_resident, a_text, residents
from config.scenarios.stage import Act, Stage
from vouchers.services.births import record_birth
from vouchers.services.deaths import record_death, take_back_death
from vouchers.services.leaving import leave_area
from vouchers.services.merging import merge_residents, take_back_merge

VERBS: dict[str, Arguments] = {
    "birth": ({"birth": a_text, "to": a_resident}, {}),
    "die": ({"die": a_resident}, {}),
    "take_back_death": ({"take_back_death": a_resident}, {}),
    "leave": ({"leave": a_resident}, {"with": residents}),
    "merge_persons": ({"merge_persons": a_resident, "into": a_resident}, {}),
    "take_back_merge": ({"take_back_merge": a_resident}, {}),
}


def birth(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Register a child, whom the story names from here on."""
    name = event.values["birth"]
    born = record_birth(guardian=stage.residents[event.values["to"]], name=name, day=event.day, stamp=stamp)
    stage.residents[name] = born.resident


def die(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    record_death(resident=stage.residents[event.values["die"]], day=event.day, stamp=stamp)


def live_on(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Take back a death: it was a mistake."""
    take_back_death(resident=stage.residents[event.values["take_back_death"]], stamp=stamp)


def leave(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Leave the area from the event's day on, alone or ``with`` others."""
    names = (event.values["leave"], *event.values.get("with", ()))
    leave_area(residents=[stage.residents[name] for name in names], day=event.day, stamp=stamp)


def merge(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    dropped, kept = (stage.residents[event.values[key]] for key in ("merge_persons", "into"))
    merge_residents(dropped=dropped, kept=kept, stamp=stamp)


def separate(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Take back a merge: they are two persons."""
    take_back_merge(dropped=stage.residents[event.values["take_back_merge"]], stamp=stamp)


ACTS: Mapping[str, Act] = {
    "birth": birth,
    "die": die,
    "take_back_death": live_on,
    "leave": leave,
    "merge_persons": merge,
    "take_back_merge": separate,
}


def _lives(stage: Stage) -> dict[str, dict[str, Any]]:
    """Return of whom a death or a merge stands, and since when."""
    names = {resident.pk: name for name, resident in stage.residents.items()}
    found: dict[str, dict[str, Any]] = {}
    for death in Death.objects.standing().of(names):
        found.setdefault(names[death.resident_id], {})["died"] = f"{death.day}"
    for row in ResidentMerge.objects.standing().of(names):
        found.setdefault(names[row.dropped_id], {})["same_as"] = names[row.kept_id]
    return dict(sorted(found.items()))


PARTS = {"lives": _lives}
