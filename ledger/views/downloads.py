"""Files to take away, as spreadsheet programs in China open them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.http import StreamingHttpResponse

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: A cell that begins with one of these would be run as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_file(*, name: str, header: Sequence[object], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Return a CSV file written while it is sent: with a byte order mark, and with no cell that could be a formula."""
    response = StreamingHttpResponse(_lines(chain([header], rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def plain_yuan(fen: int) -> str:
    """Write fen, never negative here, for a spreadsheet: 123456 is 1234.56."""
    assert fen >= 0
    return f"{fen // 100}.{fen % 100:02d}"


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])


def _harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
