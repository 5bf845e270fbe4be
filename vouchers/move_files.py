"""A file of moves: who lives where from which day on. Pure: bytes in, rows and problems out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from vouchers import tables
from vouchers.rosters import NOBODY
from vouchers.tables import ID_HEADINGS, NUMBER_HEADINGS, Line, Problem

FROM_HEADINGS, TO_HEADINGS, DAY_HEADINGS = ("from", "迁出区"), ("to", "迁入区"), ("first_day", "生效日期")
COLUMNS = {
    "number": NUMBER_HEADINGS,
    "id_number": ID_HEADINGS,
    "from": FROM_HEADINGS,
    "to": TO_HEADINGS,
    "day": DAY_HEADINGS,
}
#: 2026-03-16, 2026/3/16, 2026年3月16日
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)


class MoveRow(NamedTuple):
    """``origin`` is empty where the file does not say; districts as written, by code or name."""

    row: int
    number: str
    id_number: str
    origin: str
    destination: str
    day: date


def read(content: bytes) -> tuple[list[MoveRow], list[Problem]]:
    """Return the rows of a file of moves and what is wrong with it. Nothing is looked up here."""
    try:
        columns, lines = tables.read(content, columns=COLUMNS)
    except tables.Unreadable as error:
        return [], [error.problem]
    if not columns & {"number", "id_number"} or not {"to", "day"} <= columns:
        return [], [
            Problem(
                1,
                _(
                    "The first row must have the headings resident_number (居民编号) or id_number (身份证号), "
                    "to (迁入区) and first_day (生效日期)."
                ),
            )
        ]
    problems = [problem for line in lines for problem in _problems(line)]
    return ([] if problems else [_row(line) for line in lines]), problems


def _row(line: Line) -> MoveRow:
    day = day_of(line.get("day"))
    assert day is not None
    return MoveRow(line.row, *tables.person_of(line), line.get("from"), line.get("to"), day)


def _problems(line: Line) -> Iterator[Problem]:
    """Return one problem at most."""
    if not any(tables.person_of(line)):
        yield Problem(line.row, NOBODY)
    elif not line.get("to"):
        yield Problem(line.row, _("There is no district to move to in this row."))
    elif day_of(line.get("day")) is None:
        yield Problem(line.row, _("The first day must be a day such as 2026-03-16."))


def day_of(text: str) -> date | None:
    found = DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
