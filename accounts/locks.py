"""Locks that end with their transaction, for what has no row to lock: rows that only grow may not even be locked.

One list, so that no two of them are one. SQLite has one writer at a time and needs none.
"""

from __future__ import annotations

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """``CLOSING`` before any other: those who post share it, and whoever closes a month takes it alone."""

    CLOSING = 310000
    DISTRICTS = 310001
    MONTH = 310002
    BANK_STATEMENTS = 310003
    SEALING = 310004
    BREAK = 310005
    CLAIM_FILE = 310006


def take(lock: Lock, *, of: int | None = None) -> None:
    """Wait until nobody else holds ``lock``, or the one of that number, and keep it until this transaction ends."""
    _take("pg_advisory_xact_lock", lock, of)


def share(lock: Lock) -> None:
    """Keep whoever takes ``lock`` waiting until this transaction ends; others may share it."""
    _take("pg_advisory_xact_lock_shared", lock, None)


def _take(function: str, lock: Lock, number: int | None) -> None:
    if connection.vendor != "postgresql":
        return
    keys = [int(lock)] if number is None else [int(lock), number % 2**31]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({', '.join('%s' for _ in keys)})", keys)
