"""Reading a table as spreadsheet programs in China write it, CSV or a workbook. Pure: bytes in, cells by column out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NUMBER_HEADINGS = ("resident_number", "居民编号")
ID_HEADINGS = ("id_number", "身份证号")
MOST_ROWS = 100_000
ENCODINGS = ("utf-8-sig", "gb18030")
#: How a workbook begins: it is a ZIP file.
WORKBOOK = b"PK\x03\x04"


class Line(NamedTuple):
    """One line of the file, counted as a spreadsheet counts: the heading is row 1. An absent column has no cell."""

    row: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


class Problem(NamedTuple):
    """What is wrong with one row; row 0 is the file as a whole."""

    row: int
    text: str | Promise


class Unreadable(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


def read(content: bytes, *, columns: Mapping[str, Sequence[str]]) -> tuple[set[str], list[Line]]:
    """Return the columns that the heading names, and the lines below it; ``columns`` gives the headings of each.

    Raises Unreadable when it is no CSV file, or has no lines or too many.
    """
    return _by_column(_csv_rows(content), columns=columns)


def read_any(content: bytes, *, columns: Mapping[str, Sequence[str]]) -> tuple[set[str], list[Line]]:
    """Read the same from a CSV file or from the first sheet of a workbook (XLSX). Raises Unreadable."""
    rows = _workbook_rows(content) if content.startswith(WORKBOOK) else _csv_rows(content)
    return _by_column(rows, columns=columns)


def _by_column(rows: Iterator[list[str]], *, columns: Mapping[str, Sequence[str]]) -> tuple[set[str], list[Line]]:
    heading = [cell.strip().lower() for cell in next(rows, [])]
    places = {name: place for name, headings in columns.items() if (place := _place(heading, headings)) is not None}
    filled = (_line(row, cells, places) for row, cells in enumerate(rows, start=2) if any(map(str.strip, cells)))
    lines = list(islice(filled, MOST_ROWS + 1))
    if places and not lines:
        raise Unreadable(Problem(0, _("The file has no rows below its heading.")))
    if len(lines) > MOST_ROWS:
        raise Unreadable(Problem(0, _("The file has more than 100,000 rows. Split it into several.")))
    return set(places), lines


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if text is None:
        raise Unreadable(Problem(0, _("The file is not text. Save it as CSV in UTF-8 and choose it again.")))
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error:
        raise Unreadable(
            Problem(0, _("The file is not a CSV file. Save it as CSV in UTF-8 and choose it again."))
        ) from None


def _workbook_rows(content: bytes) -> Iterator[list[str]]:
    """Read the first sheet row by row. What is no workbook fails in many ways inside the library."""
    from openpyxl import load_workbook

    try:
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        for row in sheet.iter_rows(values_only=True):
            yield [_cell(value) for value in row]
    except GeneratorExit:
        raise
    except Exception:
        raise Unreadable(Problem(0, _("The workbook cannot be read. Save it again as XLSX, or as CSV."))) from None


def _cell(value: object) -> str:
    """Return a cell as it would stand in a CSV file."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is None else str(value)


def person_of(line: Line) -> tuple[str, str]:
    """Return the resident number and the identity number of a line, as they are stored."""
    number, id_number = (line.get(name).lstrip("'").upper() for name in ("number", "id_number"))
    return number, id_number


def _decoded(content: bytes) -> str | None:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _place(heading: list[str], names: Sequence[str]) -> int | None:
    return next((place for place, cell in enumerate(heading) if cell in names), None)


def _line(row: int, cells: list[str], places: Mapping[str, int]) -> Line:
    return Line(row, {name: cells[place].strip() for name, place in places.items() if place < len(cells)})
