"""The line that is sealed is written the same, byte by byte, by Python and by PostgreSQL, whatever the row says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.bulk import insert_values
from ledger import merkle
from ledger.leaves import FIELDS, HASHES_SQL, leaf_writer, moment_text
from ledger.models import Transfer
from ledger.selectors import seals

pytestmark = pytest.mark.django_db

COLUMNS = ["id", *FIELDS[:4], "reverses_id", "debit_id", "credit_id", *FIELDS[7:12], "recorded_by_id", "recorded_at"]
ROOM = {"postgresql": "public", "sqlite": "main"}
CODES = {1: "310106/education/cost", 2: '"上海\\"/\x7f'}

#: The narrowest column holds twenty characters.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.tuples(
    TEXTS,
    TEXTS,
    st.none() | NUMBERS,
    TEXTS,
    st.none() | st.just(0),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([1, 2, 3]),
    NUMBERS,
    DAYS,
    DAYS,
    DAYS,
    st.none() | DAYS,
    st.none() | NUMBERS,
    st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
)
LAWLESS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def anything_goes(db: None) -> Iterator[None]:
    """Tables of the same names and columns that accept any row, for this transaction only."""
    with connection.cursor() as cursor:
        for table in ("ledger_transfer", "ledger_ledgeraccount"):
            cursor.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {ROOM[connection.vendor]}.{table} LIMIT 0")
        for number, code in CODES.items():
            cursor.execute("INSERT INTO ledger_ledgeraccount (id, code) VALUES (%s, %s)", [number, code])
    yield
    with connection.cursor() as cursor:
        for table in ("ledger_transfer", "ledger_ledgeraccount"):
            cursor.execute(f"DROP TABLE {table}")


def written(row: tuple[Any, ...]) -> bytes:
    """Return the line of the row as it was made up; number 0 is a row with the same key."""
    reverses = None if row[4] is None else row[0]
    return leaf_writer(CODES)((*row[:4], reverses, *row[5:13], moment_text(row[13])))


def store(row: tuple[Any, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_transfer")
    insert_values(Transfer, columns=COLUMNS, rows=[(0, *row)])


@LAWLESS
@given(ROWS)
def test_a_row_that_was_stored_and_read_again_has_the_same_line(anything_goes: None, row: tuple[Any, ...]) -> None:
    store(row)

    read = seals.leaf_writer()(Transfer.objects.values_list(*seals.leaf_sources()).get())

    assert read == written(row)


@pytest.mark.deployed
@LAWLESS
@given(ROWS)
def test_the_database_writes_and_hashes_the_same_line(anything_goes: None, row: tuple[Any, ...]) -> None:
    store(row)

    assert seals.hashes_between(0, 0) == {0: merkle.leaf_hash(written(row))}


@pytest.mark.deployed
@LAWLESS
@given(ROWS)
def test_the_database_says_where_it_writes_another_line(anything_goes: None, row: tuple[Any, ...]) -> None:
    store(row)

    with connection.cursor() as cursor:
        cursor.execute(HASHES_SQL)
        _, plain, digest = cursor.fetchone()

    texts = "".join([row[0], row[1], row[3], *(CODES.get(account, "") for account in row[5:7])])
    assert plain == (texts.isascii() and texts.isprintable())
    assert bytes(digest) == merkle.leaf_hash(written(row)) or not plain


@given(ROWS)
def test_a_line_is_the_ascii_json_of_its_fields(row: tuple[Any, ...]) -> None:
    line = written(row)

    members = json.loads(line)

    assert tuple(members) == FIELDS and line.isascii()
    assert line.decode() == json.dumps(members, separators=(",", ":"))
    assert (members["key"], members["fen"], members["debit"]) == (row[0], row[7], CODES.get(row[5], ""))
    assert members["settles"] == (None if row[11] is None else row[11].isoformat())
