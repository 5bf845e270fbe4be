"""What was believed when, in a story: every residence with both its times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Residence
from config.scenarios.arguments import Arguments
from config.scenarios.stage import Act, Stage
from vouchers.services.knowing import beliefs_of

VERBS: dict[str, Arguments] = {}
ACTS: Mapping[str, Act] = {}


def _beliefs(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    """Return all that was believed at the end of some day, in order of the days lived and known."""
    return {
        name: [_belief(spell) for spell in beliefs_of(resident) if spell.known_until != spell.known_from]
        for name, resident in sorted(stage.residents.items())
    }


def _belief(spell: Residence) -> dict[str, Any]:
    return {
        "district": spell.district_id,
        "since": f"{spell.start}",
        **({"until": f"{spell.end}"} if spell.end else {}),
        **({} if spell.confirmed else {"confirmed": False}),
        "known_from": f"{spell.known_from}",
        **({"known_until": f"{spell.known_until}"} if spell.known_until else {}),
    }


PARTS = {"beliefs": _beliefs}
