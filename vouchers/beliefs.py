"""What was believed of where somebody lived, in two times: when it was true, and when it was known.

A chart has a row for each day on which a residence began or ended, and a column for each on which a belief changed.
Values in, values out: no Django here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Generic, NamedTuple, Protocol, TypeVar


class Spell(Protocol):
    """Living somewhere in ``[start, end)``, as known in ``[known_from, known_until)``; None while it lasts."""

    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date | None: ...
    @property
    def known_from(self) -> date: ...
    @property
    def known_until(self) -> date | None: ...


S = TypeVar("S", bound=Spell)


class Row(NamedTuple, Generic[S]):
    """What was believed of the days since ``since``, column by column."""

    since: date
    cells: list[S | None]


class Chart(NamedTuple, Generic[S]):
    """``columns`` are the days since which something was known; rows are in order of the days lived."""

    columns: list[date]
    rows: list[Row[S]]


def chart(spells: Sequence[S]) -> Chart[S]:
    """Lay out every belief that outlived its day."""
    lasting = [spell for spell in spells if spell.known_until is None or spell.known_until > spell.known_from]
    columns = sorted(_days((spell.known_from, spell.known_until) for spell in lasting))
    starts = sorted(_days((spell.start, spell.end) for spell in lasting))
    return Chart(columns, [Row(since, [believed(lasting, since, column) for column in columns]) for since in starts])


def believed(spells: Sequence[S], as_of: date, known_on: date) -> S | None:
    """Return the spell of a day, as known at the end of another."""
    return next(
        (
            spell
            for spell in spells
            if _covers(spell.known_from, spell.known_until, known_on) and _covers(spell.start, spell.end, as_of)
        ),
        None,
    )


def _days(windows: Iterable[tuple[date, date | None]]) -> set[date]:
    return {day for window in windows for day in window if day is not None}


def _covers(first: date, until: date | None, day: date) -> bool:
    return first <= day and (until is None or day < until)
