"""The formats there are, as a table: a new one is a new line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.exports import hledger, parquet, sheets
from ledger.exports.extract import Row


class Format(NamedTuple):
    """``blocks`` turns rows into a file, sent piece by piece; ``suffix`` is how its name ends."""

    code: str
    suffix: str
    content_type: str
    label: str | Promise
    blocks: Callable[[Iterable[Row]], Iterator[bytes]]


HLEDGER = Format("hledger", "journal", "text/plain; charset=utf-8", _("an hledger journal"), hledger.blocks)
CSV = Format("csv", "csv", "text/csv; charset=utf-8", "CSV", sheets.csv_blocks)
XLSX = Format(
    "xlsx",
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    _("an Excel workbook"),
    sheets.xlsx_blocks,
)
PARQUET = Format("parquet", "parquet", "application/vnd.apache.parquet", "Parquet", parquet.blocks)

FORMATS = {form.code: form for form in (HLEDGER, CSV, XLSX, PARQUET)}
