"""Reading a roster: the CSV of residents that a batch is made from. Pure: bytes in, rows and problems out."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NUMBER_HEADINGS = ("resident_number", "居民编号")
ID_HEADINGS = ("id_number", "身份证号")
MOST_ROWS = 100_000
ENCODINGS = ("utf-8-sig", "gb18030")


class RosterRow(NamedTuple):
    """One line of the file, counted as a spreadsheet counts: the heading is row 1."""

    row: int
    number: str
    id_number: str


class Problem(NamedTuple):
    """What is wrong with one row; row 0 is the file as a whole."""

    row: int
    text: str | Promise


def read(content: bytes) -> tuple[list[RosterRow], list[Problem]]:
    """Return the rows of a roster and what is wrong with it. Nothing is looked up here."""
    text = _decoded(content)
    if text is None:
        return [], [Problem(0, _("The file is not text. Save it as CSV in UTF-8 and choose it again."))]
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        heading = [cell.strip().lower() for cell in next(lines, [])]
        columns = _column(heading, NUMBER_HEADINGS), _column(heading, ID_HEADINGS)
        if columns == (None, None):
            return [], [
                Problem(1, _("The first row must have a heading resident_number (居民编号) or id_number (身份证号)."))
            ]
        rows = [
            _row(number, cells, columns) for number, cells in enumerate(lines, start=2) if any(map(str.strip, cells))
        ]
    except csv.Error:
        return [], [Problem(0, _("The file is not a CSV file. Save it as CSV in UTF-8 and choose it again."))]
    return rows, _problems(rows)


def _decoded(content: bytes) -> str | None:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _column(heading: list[str], names: tuple[str, ...]) -> int | None:
    return next((place for place, cell in enumerate(heading) if cell in names), None)


def _row(number: int, cells: list[str], columns: tuple[int | None, int | None]) -> RosterRow:
    values = ("" if column is None or column >= len(cells) else cells[column].strip() for column in columns)
    return RosterRow(number, *(value.lstrip("'").upper() for value in values))


def _problems(rows: list[RosterRow]) -> list[Problem]:
    if not rows:
        return [Problem(0, _("The file has no rows below its heading."))]
    if len(rows) > MOST_ROWS:
        return [Problem(0, _("The file has more than 100,000 rows. Split it into several."))]
    return [
        Problem(row.row, _("There is neither a resident number nor an identity number in this row."))
        for row in rows
        if not row.number and not row.id_number
    ]
