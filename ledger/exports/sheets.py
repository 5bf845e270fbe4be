"""Tables for spreadsheet programs: CSV, and XLSX in as many sheets as the rows need."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from ledger.exports.blocks import encoded, through_file
from ledger.exports.columns import COLUMNS
from ledger.exports.extract import Row

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: A cell that begins with one of these would be run as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: Spreadsheet programs end a sheet at row 1,048,576.
ROWS_A_SHEET = 1_000_000


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_blocks(rows: Iterable[Row]) -> Iterator[bytes]:
    """Send a CSV file as spreadsheet programs in China open it."""
    return encoded(csv_lines(_table(rows)))


def csv_lines(table: Iterable[Iterable[object]]) -> Iterator[str]:
    """Write lines of CSV after a byte order mark, with no text that could be a formula; numbers stay numbers."""
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK
    for line in table:
        yield writer.writerow([_harmless(cell) for cell in line])


def xlsx_blocks(rows: Iterable[Row], *, rows_a_sheet: int = ROWS_A_SHEET) -> Iterator[bytes]:
    """Send a workbook; a new sheet begins, with the headings, before one is full."""

    def write(file: IO[bytes]) -> None:
        from lxml.etree import SerialisationError
        from openpyxl import Workbook
        from openpyxl.writer.excel import ExcelWriter

        book = Workbook(write_only=True)
        try:
            _fill(book, rows, rows_a_sheet)
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                ExcelWriter(book, archive).save()
        except SerialisationError as error:
            raise _as_the_system_says(error) from error
        finally:
            for sheet in book.worksheets:
                _forget(sheet)

    return through_file(write)


def _table(rows: Iterable[Row]) -> Iterator[list[Any]]:
    yield [column.label for column in COLUMNS]
    yield from map(_cells, rows)


def _cells(row: Row) -> list[Any]:
    return [column.cell(row) for column in COLUMNS]


def _harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    is_number = isinstance(cell, int | Decimal)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not is_number else text


def _fill(book: Any, rows: Iterable[Row], rows_a_sheet: int) -> None:
    sheet = _new_sheet(book)
    for number, line in enumerate(map(_cells, rows)):
        if number and number % rows_a_sheet == 0:
            sheet.close()
            sheet = _new_sheet(book)
        sheet.append([styled(sheet, cell) for cell in line])


def _as_the_system_says(error: Exception) -> OSError:
    """Return what stopped the library's writing: it names a full disk IO_ENOSPC."""
    number = getattr(errno, str(error).removeprefix("IO_"), errno.EIO)
    return OSError(number, os.strerror(number))


def _forget(sheet: Any) -> None:
    """Remove what openpyxl would keep of a sheet on the disk until the process ends, when saving it failed."""
    from lxml.etree import SerialisationError

    if sheet._writer is None:
        return
    for unfinished in (sheet._rows, sheet._writer.xf):
        with suppress(OSError, ValueError, SerialisationError):
            unfinished.close()
    Path(sheet._writer.out).unlink(missing_ok=True)


def _new_sheet(book: Any) -> Any:
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([str(column.label) for column in COLUMNS])
    return sheet


def styled(sheet: Any, value: object) -> Any:
    """Return a cell in which text stays text, whatever it begins with, and yuan show two decimals."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "#,##0.00"
        return cell
    if isinstance(value, str) and value.startswith("="):
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"
        return cell
    return value
