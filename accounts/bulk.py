"""Many rows in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)

#: From this many rows on, PostgreSQL takes them by COPY.
COPY_FROM_ROWS = 200
INSERT_BATCH = 1_000


def insert_many(rows: Sequence[M]) -> None:
    """Insert new rows of one model and give each its primary key. All or none when in a transaction."""
    if connection.vendor == "postgresql" and len(rows) >= COPY_FROM_ROWS:
        _copy(rows)
    elif rows:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=INSERT_BATCH)


def _copy(rows: Sequence[M]) -> None:
    meta = rows[0]._meta
    fields = meta.concrete_fields
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        for row, key in zip(rows, _new_keys(meta.db_table, len(rows)), strict=True):
            row.pk = key
        with cursor.copy(f'COPY "{meta.db_table}" ({names}) FROM STDIN') as target:
            for row in rows:
                target.write_row(
                    [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
                )
        for row in rows:
            row._state.adding = False


def _new_keys(table: str, number: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, number]
        )
        return [key for (key,) in cursor.fetchall()]
