"""Many rows in one statement. Rows are plain values: an instance for each would cost more than storing it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model, QuerySet
from django.db.models.expressions import RawSQL

#: From this many rows on, PostgreSQL takes them by COPY.
COPY_FROM_ROWS = 10


def insert_many(rows: Sequence[Model]) -> None:
    """Insert new instances of one model and give each its primary key."""
    if not rows:
        return
    model, meta = type(rows[0]), rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    values_of = attrgetter(*(field.attname for field in fields))
    keys = new_keys(model, len(rows))
    for row, key in zip(rows, keys, strict=True):
        for field in fields:
            if getattr(field, "auto_now_add", False):
                field.pre_save(row, add=True)
        row.pk = key
    insert_values(
        model,
        columns=["id", *(field.attname for field in fields)],
        rows=[(key, *values_of(row)) for key, row in zip(keys, rows, strict=True)],
    )
    for row in rows:
        row._state.adding = False


def insert_values(model: type[Model], *, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of values; ``columns`` are the model's attribute names in the rows' order."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    wanted = [fields[name] for name in columns]
    prepared = [
        (place, field.get_db_prep_save)
        for place, field in enumerate(wanted)
        if connection.vendor == "sqlite" or isinstance(field, JSONField)
    ]
    if prepared:
        copies = [list(row) for row in rows]
        for place, prepare in prepared:
            for values in copies:
                values[place] = prepare(values[place], connection)
        rows = copies
    names = ", ".join(f'"{field.column}"' for field in wanted)
    target = f'"{model._meta.db_table}" ({names})'
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) >= COPY_FROM_ROWS:
            with cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types([str(field.db_type(connection)).partition("(")[0] for field in wanted])
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {target} VALUES ({', '.join('%s' for _ in wanted)})", rows)


def insert_chosen(model: type[Model], *, columns: Sequence[str], chosen: QuerySet[Any, Any]) -> int:
    """Insert a row for each row of ``chosen``, whose values stand in the order of ``columns``; return how many.

    One statement: nothing of it passes through this process.
    """
    named = {field.attname: field.column for field in model._meta.concrete_fields}
    names = ", ".join(f'"{named[name]}"' for name in columns)
    query, parameters = chosen.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({names}) {query}', parameters)
        return int(cursor.rowcount)


def among(ids: Collection[int]) -> RawSQL | list[int]:
    """Return the right side of an ``__in`` lookup: on PostgreSQL one parameter, however many ids there are.

    With a parameter for each it would take 65,535 and no more. Among none, Django asks nothing.
    """
    if ids and connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])
    return list(ids)


def among_texts(texts: Collection[str]) -> RawSQL | list[str]:
    """Return the same for texts. JSON is written several times as fast as an array."""
    if texts and connection.vendor == "postgresql":
        return RawSQL("SELECT json_array_elements_text(%s::json)", [json.dumps(list(texts))])
    return list(texts)


def new_keys(model: type[Model], number: int) -> Sequence[int]:
    """Reserve that many primary keys. On SQLite they are free only until this transaction ends."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, number]
            )
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
        return range(last + 1, last + 1 + number)
