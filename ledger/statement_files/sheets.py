"""A statement as a table: CSV and XLSX lay out the same cells."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from ledger.exports.sheets import csv_lines, styled
from ledger.months import month_text
from ledger.statement_files.document import Document

#: In characters; what stands in them is a code, a name, an entry, a programme, a month, a count, an amount, a hash.
WIDTHS = (12, 20, 36, 20, 12, 11, 18, 68)


def csv_file(document: Document) -> bytes:
    """Return the table as spreadsheet programs in China open it."""
    return "".join(csv_lines(_table(document))).encode()


def xlsx_file(document: Document) -> bytes:
    """Return the table as a workbook of one sheet."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    book.properties.title = document.title
    sheet = book.create_sheet(month_text(document.statement.month))
    sheet.freeze_panes = "A2"
    for number, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for cells in _table(document):
        sheet.append([styled(sheet, cell) for cell in cells])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _table(document: Document) -> Iterator[list[Any]]:
    yield [
        _("Code"),
        _("With"),
        _("Entry"),
        _("Programme"),
        _("Belongs to"),
        _("Transfers"),
        _("Yuan: + to receive, − to pay"),
        _("Remark"),
    ]
    for section in document.all_sections:
        for row in section.rows:
            month = month_text(row.belongs_to) if row.belongs_to else None
            yuan = Decimal(row.fen).scaleb(-2)
            yield [section.code, section.title, row.what, row.programme, month, row.transfers, yuan, None]
    for label, value in ((_("Statement"), document.title), *document.facts):
        yield [None, None, label, None, None, None, None, value]
