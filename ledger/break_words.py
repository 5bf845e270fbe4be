"""Differences in words: the evidence of both sides, states and age bands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.words import day_in_words, yuan_in_figures
from ledger.break_reasons import EVIDENCE, KINDS, REASONS
from ledger.models import Break, BreakStep
from ledger.selectors.breaks import Band

OURS, THEIRS = "ours", "theirs"
#: The things said that are days.
DAYS = {"day", "ordered_for", "booked_on", "died_on", "suspended_from", "deadline"}

#: The colour that repeats a state.
TONES = {
    "": "todo",
    BreakStep.Step.ASSIGNED: "info",
    BreakStep.Step.PROPOSED: "wait",
    BreakStep.Step.CORRECTED: "good",
    BreakStep.Step.CLOSED: "calm",
}


class Said(NamedTuple):
    """One line of evidence: what both sides say of one thing; an en dash where a side says nothing."""

    label: str
    ours: str
    theirs: str


def evidence_in_words(found: Break) -> list[Said]:
    """Return what either side says, line by line, in the order of :data:`~ledger.break_reasons.EVIDENCE`."""
    ours, theirs = (found.evidence.get(side) or {} for side in (OURS, THEIRS))
    return [
        Said(str(label), _value(name, ours), _value(name, theirs))
        for name, label in EVIDENCE.items()
        if name in ours or name in theirs
    ]


def state_in_words(code: str | None) -> str:
    return str(BreakStep.Step(code).label) if code else _("Nobody looks at it yet")


def reason_in_words(code: str) -> str:
    return str(REASONS[code].label) if code in REASONS else code


def kind_in_words(code: str) -> str:
    return str(KINDS[code]) if code in KINDS else code


def band_in_words(band: Band) -> str:
    if band.last is None:
        return _("over %(days)s days") % {"days": band.first - 1}
    return _("%(first)s to %(last)s days") % {"first": band.first, "last": band.last}


def _value(name: str, side: Mapping[str, Any]) -> str:
    if name not in side or side[name] is None:
        return "–"
    value = side[name]
    if name.endswith("_fen"):
        return yuan_in_figures(int(value))
    return day_in_words(date.fromisoformat(value)) if name in DAYS else str(value)
