"""What prefunds, limits and rates say to people."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.prefunds import Level

#: For each level its words, and the colour that repeats them.
LEVELS: dict[Level, tuple[Promise, str]] = {
    Level.CALM: (_("In order"), "good"),
    Level.YELLOW: (_("Yellow: 70 percent used"), "todo"),
    Level.RED: (_("Red: 90 percent used"), "stop"),
}


def percent_in_figures(ppm: int) -> str:
    """Write parts per million as percent: 36500 is 3.65."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
