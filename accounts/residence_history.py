"""From what was reported to where somebody lived: a pure function, so that the order of recording cannot matter.

The first residence and the moves that stand are the facts; the spells follow from them. A fact recorded late, corrected
or taken back is another set of facts, and the spells are told again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple


class Spell(NamedTuple):
    """Living in ``district`` from ``start`` until ``end``, exclusive; None while it lasts."""

    start: date
    end: date | None
    district: str
    confirmed: bool


class Reported(NamedTuple):
    """A move that stands. ``district`` is empty when the person left the participating area."""

    day: date
    district: str
    confirmed: bool


class Merger(NamedTuple):
    """From ``day`` on a district is part of ``successor``."""

    successor: str
    day: date


def history(
    *,
    first: Reported,
    moves: Sequence[Reported],
    mergers: Mapping[str, Merger],
    ended_on: date | None = None,
) -> list[Spell]:
    """Return the spells, earliest first: without overlap, neighbours in one district joined, none after ``ended_on``.

    ``moves`` take effect on different days, all later than ``first``. A move to where the person lives by then changes
    nothing, but that it may confirm the living there. Days outside the area, and those after death, are a gap.
    """
    stops = _stops([first, *sorted(moves)], mergers=mergers)
    ends = [stop.day for stop in stops[1:]]
    spells = [
        Spell(stop.day, end, stop.district, stop.confirmed)
        for stop, end in zip(stops, [*ends, None], strict=True)
        if stop.district
    ]
    return spells if ended_on is None else _until(ended_on, spells)


def _stops(reported: Sequence[Reported], *, mergers: Mapping[str, Merger]) -> list[Reported]:
    """Return each change of district, the district's own end included, and each day from which one has confirmed."""
    stops: list[Reported] = []
    for stop, following in pairwise([*reported, None]):
        assert stop is not None
        for part in _parts(stop, until=following.day if following else None, mergers=mergers):
            if not stops or _changes(part, before=stops[-1]):
                stops.append(part)
    return stops


def _changes(part: Reported, *, before: Reported) -> bool:
    """Return whether it is another district, or the same that has confirmed by now."""
    return part.district != before.district or (part.confirmed and not before.confirmed)


def _parts(stop: Reported, *, until: date | None, mergers: Mapping[str, Merger]) -> list[Reported]:
    """Return one stay, going on in the successor where its district was merged meanwhile."""
    parts = [stop]
    while (merger := mergers.get(parts[-1].district)) and (until is None or merger.day < until):
        day = max(merger.day, stop.day)
        here = Reported(day, merger.successor, stop.confirmed)
        parts = [*parts[:-1], here] if day == parts[-1].day else [*parts, here]
    return parts


def _until(day: date, spells: Sequence[Spell]) -> list[Spell]:
    """Return the spells up to a death; the first is kept for a day at least, as everybody lived somewhere."""
    first, *rest = spells
    kept = [first, *(spell for spell in rest if spell.start < day)]
    last = kept[-1]
    if last.end is None or last.end > day:
        kept[-1] = last._replace(end=max(day, date.fromordinal(last.start.toordinal() + 1)))
    return kept
