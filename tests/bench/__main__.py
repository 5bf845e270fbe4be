"""Measure everything on private databases that wait for the disk: ``python -m tests.bench [CASE …]``.

Each case runs in a process and on a database of its own, so that its peak memory is its own too; all but the embedded
form on one PostgreSQL. Exit code 1 when a figure is below what the project asks of itself. ``BENCH_ROWS=1000000`` makes
the month that is settled smaller.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile

from tests.bench.figures import TITLES, Figure, in_words, peak_megabytes, table_row

ON_SQLITE = ("embedded",)
CASES = ("redemption", "loading", "issuing", "moving", "settlement", "stating", "sealing", "reconciling", *ON_SQLITE)


def main(cases: list[str]) -> int:
    """Run the named cases, or all, one after another."""
    from tests.support.postgres import PostgresServer

    print(table_row(TITLES), flush=True)
    server = PostgresServer(durable=True, shared_buffers="1GB", max_wal_size="4GB", checkpoint_timeout="30min")
    try:
        return max(_run_in_process(case, url=server.url) for case in cases or CASES)
    finally:
        server.stop()


def _run_in_process(case: str, *, url: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "TESTING": "1",
            "LOG_LEVEL": "ERROR",
            "VAR_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/{case}.sqlite3" if case in ON_SQLITE else _database(case, url=url),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        return subprocess.run(
            [sys.executable, "-m", "tests.bench", "--here", case], env=environment, check=False
        ).returncode


def _database(case: str, *, url: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "bench_{case}"')
    return url.removesuffix("/postgres") + f"/bench_{case}"


def run_here(case: str) -> int:
    """Run one case on the database of the environment and print its figures."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    figures: list[Figure] = importlib.import_module(f"tests.bench.{case}").run()
    for figure in figures:
        print(in_words(figure))
    print(f"{case}: peak {peak_megabytes()} MB", flush=True)
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.exit(run_here(sys.argv[2]))
    sys.exit(main(sys.argv[1:]))
