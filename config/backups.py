"""Backups of the database, and the drill that proves one: restore it into a fresh database and verify that.

PostgreSQL is dumped and restored by its own programs, at one moment and while others go on writing; SQLite by its
online backup. Id numbers are in it as they are in the database: encrypted. The keys are not in it.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from sqlite3 import Connection, connect
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

#: ``pg_dump: error: …`` and ``django.db.utils.OperationalError: …``.
ERROR = re.compile(r"^[a-z][\w.]*: .*", re.MULTILINE)


class Failed(Exception):
    """A program did not do its work; the message is what it said."""


def write_backup(*, folder: Path, now: datetime) -> Path:
    """Write the whole database into a new file of ``folder`` that only its owner may read. Raises Failed, OSError.

    The file gets its name once it is complete and on the disk.
    """
    ending = "dump" if connection.vendor == "postgresql" else "sqlite3"
    path = folder / f"tonghui-{now:%Y%m%d-%H%M%S}.{ending}"
    part = path.with_suffix(".part")
    try:
        part.touch(mode=0o600, exist_ok=False)
        _dump(part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        return part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def restored(backup: Path) -> AbstractContextManager[str]:
    """Restore ``backup`` beside the live database for the time of the block; gives its URL. Raises Failed."""
    return _restored_to_postgresql(backup) if connection.vendor == "postgresql" else _restored_to_sqlite(backup)


def verify_restored(backup: Path) -> dict[str, Any]:
    """Restore ``backup`` and return what verify_ledger reports of it. Raises Failed."""
    with restored(backup) as url:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "verify_ledger", "--json"]
        environment = {**os.environ, "DATABASE_URL": url}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Failed(_error_in(done.stderr)) from None
    return report


def _dump(path: Path) -> None:
    if connection.vendor == "postgresql":
        _postgres("pg_dump", "--format=custom", f"--file={path}", database=str(connection.settings_dict["NAME"]))
        return
    connection.ensure_connection()
    _copy(connection.connection, path)


@contextmanager
def _restored_to_postgresql(backup: Path) -> Iterator[str]:
    """Restore into a fresh database of the same server, gone afterwards. Needs a role that may create databases."""
    name = f"tonghui_drill_{token_hex(4)}"
    _postgres("createdb", "--template=template0", name)
    try:
        _postgres("pg_restore", "--exit-on-error", f"--dbname={name}", str(backup))
        user, password, host = (
            quote(str(connection.settings_dict[key]), safe="") for key in ("USER", "PASSWORD", "HOST")
        )
        yield f"postgresql://{user}:{password}@{host}:{connection.settings_dict['PORT'] or 5432}/{name}"
    finally:
        _postgres("dropdb", "--force", name)


@contextmanager
def _restored_to_sqlite(backup: Path) -> Iterator[str]:
    """Restore into a copy beside the backup, gone afterwards: verifying may leave a log next to it."""
    copy = backup.with_name(f"drill-{token_hex(4)}.sqlite3")
    try:
        with closing(connect(f"file:{quote(str(backup))}?mode=ro", uri=True)) as source:
            _copy(source, copy)
        yield f"sqlite:///{copy}"
    finally:
        for ending in ("", "-wal", "-shm"):
            Path(f"{copy}{ending}").unlink(missing_ok=True)


def _copy(source: Connection, path: Path) -> None:
    """Copy a database of SQLite into one file, at one moment, with no log beside it."""
    try:
        with closing(connect(path)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Failed(f"sqlite: {error}") from error


def _postgres(program: str, *arguments: str, database: str = "postgres") -> None:
    """Run a program of PostgreSQL on our server. The password goes by the environment: arguments are seen by all."""
    server = connection.settings_dict
    where = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    given = {name: str(server[key]) for name, key in where.items() if server[key]}
    command, environment = [program, *arguments], {**os.environ, **given, "PGDATABASE": database}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(_error_in(done.stderr))


def _error_in(said: str) -> str:
    """Return the line that names an error; others may quote rows, and with them people."""
    found = ERROR.search(said)
    return found[0] if found else "a program failed and did not say why"
