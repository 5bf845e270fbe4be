"""A database in memory for each story, so that the real one is never touched and commits are real."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections


@contextmanager
def memory_database() -> Iterator[sqlite3.Connection]:
    """Put an empty, migrated SQLite database in the place of the real one; yields a template of it."""
    real = connections.settings[DEFAULT_DB_ALIAS]
    connection.close()
    del connections[DEFAULT_DB_ALIAS]
    connections.settings[DEFAULT_DB_ALIAS] = _settings()
    try:
        call_command("migrate", verbosity=0, interactive=False)
        template = sqlite3.connect(":memory:")
        connection.connection.backup(template)
        yield template
        template.close()
    finally:
        connection.connection.close()
        del connections[DEFAULT_DB_ALIAS]
        connections.settings[DEFAULT_DB_ALIAS] = real


def renew(template: sqlite3.Connection) -> None:
    """Make the present database a fresh copy of ``template``."""
    template.backup(connection.connection)


def _settings() -> dict[str, object]:
    described = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": settings.SQLITE_OPTIONS}
    return dict(connections.configure_settings({DEFAULT_DB_ALIAS: described})[DEFAULT_DB_ALIAS])
