"""Databases made for one test and dropped after it, the same way on both engines: by copying a migrated template.

The tables are append-only, in the database itself, so a test that commits cannot be cleaned up by deleting rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import sql


class Databases(Protocol):
    """Where databases are made. A name is what Django's ``NAME`` setting takes."""

    def name(self, stem: str) -> str: ...

    def url(self, name: str) -> str: ...

    def create(self, name: str, *, template: str | None = None) -> None: ...

    def drop(self, name: str) -> None: ...


@dataclass(frozen=True)
class PostgresDatabases:
    """Databases of one PostgreSQL server; ``server`` is the URL of any database of it, ``prefix`` marks ours."""

    server: str
    prefix: str

    def name(self, stem: str) -> str:
        return f"{self.prefix}_{stem}"

    def url(self, name: str) -> str:
        return urlsplit(self.server)._replace(path=f"/{name}").geturl()

    def create(self, name: str, *, template: str | None = None) -> None:
        """Create an empty database, or a copy of ``template``, which nobody may be connected to."""
        source = sql.Identifier(template or "template0")
        self._say(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source))

    def drop(self, name: str) -> None:
        """Drop a database, whoever may still be connected."""
        self._say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _say(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server, autocommit=True) as maintenance:
            maintenance.execute(statement)


@dataclass(frozen=True)
class SqliteDatabases:
    """Databases as files of one folder."""

    folder: Path
    prefix: str

    def name(self, stem: str) -> str:
        return str(self.folder / f"{self.prefix}_{stem}.sqlite3")

    def url(self, name: str) -> str:
        return f"sqlite:///{name}"

    def create(self, name: str, *, template: str | None = None) -> None:
        """Copy ``template``, which nobody may be connected to; an empty database needs no file."""
        if template:
            shutil.copyfile(template, name)

    def drop(self, name: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(f"{name}{ending}").unlink(missing_ok=True)


@contextmanager
def created(databases: Databases, stem: str, *, template: str | None = None) -> Iterator[str]:
    """Make a database for the time of the block and yield its name."""
    name = databases.name(stem)
    databases.create(name, template=template)
    try:
        yield name
    finally:
        databases.drop(name)


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Make ``name`` the default database of this process, for every thread that connects inside the block."""
    settings = connections.settings[DEFAULT_DB_ALIAS]
    before = settings["NAME"]
    connection.close()
    settings["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = before


@contextmanager
def on_server(url: str) -> Iterator[None]:
    """Send every connection that this process makes inside the block to the PostgreSQL server of ``url``."""
    settings, server = connections.settings[DEFAULT_DB_ALIAS], urlsplit(url)
    before = {name: settings[name] for name in ("HOST", "PORT", "USER")}
    connection.close()
    settings.update(HOST=server.hostname, PORT=server.port, USER=server.username)
    try:
        yield
    finally:
        connection.close()
        settings.update(before)


def migrate(name: str) -> None:
    """Bring the database ``name`` to the present tables, guards and roles, and let go of it."""
    with pointed_at(name):
        call_command("migrate", verbosity=0, interactive=False)
        if connection.vendor == "postgresql":
            call_command("create_roles", verbosity=0)
