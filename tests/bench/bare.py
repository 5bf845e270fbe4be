"""The limit of a redemption: the same row, inserted and committed alone, no trigger and no reference checked."""

from __future__ import annotations

import sqlite3
import uuid

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from tests.bench import city
from tests.bench.figures import calls_within

BARE = """
    INSERT INTO bare_ledger_transfer (id, key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on,
                                      period, recorded_at)
    VALUES ({id}, {key}, 'redeem', {subject}, {act}, 1, 2, 1, '2026-01-01', '2026-01-01', '2026-01-01', {now})
"""
ON_POSTGRESQL = BARE.format(id="nextval('bare_ids')", key="%s", subject="%s", act="%s", now="now()")
ON_SQLITE = BARE.format(id="NULL", key="?", subject="?", act="?", now="datetime('now')")
PLACE = ("host", "port", "user", "password", "dbname")


def prepare() -> None:
    """Make the bare table."""
    city.bare_copy_of("ledger_transfer")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE SEQUENCE bare_ids CACHE 1")


def server() -> str:
    """Return where the database of this process is, as libpq takes it."""
    return make_conninfo(**{key: value for key, value in connection.get_connection_params().items() if key in PLACE})


def insert(number: int, seconds: float) -> int:
    """Return how many rows one client inserts and commits by a prepared statement, on a connection of its own."""
    if connection.vendor == "sqlite":
        return _insert_on_sqlite(seconds)
    with psycopg.connect(server(), autocommit=True) as direct:

        def once(turn: int) -> None:
            key = uuid.uuid4().hex
            direct.execute(ON_POSTGRESQL, (key, turn, key), prepare=True)

        return calls_within(seconds, once)


def _insert_on_sqlite(seconds: float) -> int:
    direct = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    direct.execute("PRAGMA synchronous = FULL")

    def once(turn: int) -> None:
        key = uuid.uuid4().hex
        direct.execute(ON_SQLITE, (key, turn, key))

    try:
        return calls_within(seconds, once)
    finally:
        direct.close()
