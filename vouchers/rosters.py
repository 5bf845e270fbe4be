"""A roster: the CSV of residents that an issue batch is made from. Pure: bytes in, rows and problems out."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from vouchers import tables
from vouchers.tables import ID_HEADINGS, NUMBER_HEADINGS, Problem

COLUMNS = {"number": NUMBER_HEADINGS, "id_number": ID_HEADINGS}
NOBODY = _("There is neither a resident number nor an identity number in this row.")


class RosterRow(NamedTuple):
    row: int
    number: str
    id_number: str


def read(content: bytes) -> tuple[list[RosterRow], list[Problem]]:
    """Return the rows of a roster and what is wrong with it. Nothing is looked up here."""
    try:
        columns, lines = tables.read(content, columns=COLUMNS)
    except tables.Unreadable as error:
        return [], [error.problem]
    if not columns:
        return [], [
            Problem(1, _("The first row must have a heading resident_number (居民编号) or id_number (身份证号)."))
        ]
    rows = [RosterRow(line.row, *tables.person_of(line)) for line in lines]
    return rows, [Problem(row.row, NOBODY) for row in rows if not row.number and not row.id_number]
