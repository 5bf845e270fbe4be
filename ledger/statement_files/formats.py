"""The forms a statement comes in, as a table: a new one is a new line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.exports import formats as exports
from ledger.statement_files.document import Document
from ledger.statement_files.pdf import pdf_file
from ledger.statement_files.sheets import csv_file, xlsx_file


class Format(NamedTuple):
    """``write`` makes the file; ``code`` is how its name ends."""

    code: str
    content_type: str
    label: str | Promise
    write: Callable[[Document], bytes]


PDF = Format("pdf", "application/pdf", "PDF", pdf_file)
XLSX = Format("xlsx", exports.XLSX.content_type, _("an Excel workbook"), xlsx_file)
CSV = Format("csv", exports.CSV.content_type, "CSV", csv_file)

FORMATS = {form.code: form for form in (PDF, XLSX, CSV)}
