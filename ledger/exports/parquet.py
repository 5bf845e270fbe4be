"""Parquet, which statisticians read in place: codes and whole fen, a group of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING

from ledger.exports.blocks import through_file
from ledger.exports.extract import Row, batches

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_GROUP = 10_000


def blocks(rows: Iterable[Row], *, rows_a_group: int = ROWS_A_GROUP) -> Iterator[bytes]:
    def write(file: IO[bytes]) -> None:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

        schema = _schema()
        with ParquetWriter(file, schema) as writer:
            for group in batches(rows, rows_a_group):
                columns = {name: [getattr(row, name) for row in group] for name in schema.names}
                writer.write_table(pa.table(columns, schema=schema))

    return through_file(write)


def _schema() -> pa.Schema:
    from pyarrow import date32, int64, schema, string, timestamp

    types = {
        "number": int64(),
        "event": string(),
        "occurred_on": date32(),
        "booked_on": date32(),
        "period": date32(),
        "debit": string(),
        "credit": string(),
        "fen": int64(),
        "settles": date32(),
        "voucher": string(),
        "subject": int64(),
        "reverses": int64(),
        "act": string(),
        "key": string(),
        "recorded_at": timestamp("us", tz="UTC"),
    }
    return schema(list(types.items()))
