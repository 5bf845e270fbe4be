"""Files to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from django.http import StreamingHttpResponse

from ledger.exports import Extract, Format
from ledger.exports.blocks import encoded
from ledger.exports.sheets import csv_lines


def csv_file(*, name: str, header: Sequence[object], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Return a CSV file as spreadsheet programs in China open it, written while it is sent."""
    lines = encoded(csv_lines(chain([header], rows)))
    return _attachment(StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8"), name=name)


def export_file(*, extract: Extract, form: Format) -> StreamingHttpResponse:
    """Return a part of the ledger in one of the formats of exports, written while it is sent."""
    response = StreamingHttpResponse(form.blocks(extract.rows()), content_type=form.content_type)
    return _attachment(response, name=f"{extract.name}.{form.suffix}")


def plain_yuan(fen: int) -> str:
    """Write fen, never negative here, for a spreadsheet: 123456 is 1234.56."""
    assert fen >= 0
    return f"{fen // 100}.{fen % 100:02d}"


def _attachment(response: StreamingHttpResponse, *, name: str) -> StreamingHttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
