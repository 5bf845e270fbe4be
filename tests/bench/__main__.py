"""Measure everything on a private PostgreSQL that waits for the disk: ``python -m tests.bench [CASE …]``.

Each case runs in a process and on a database of its own, so that its peak memory is its own too. Exit code 1 when a
figure is below what the project asks of itself.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile

CASES = ("redemption", "issuing", "moving", "settlement")


def main(cases: list[str]) -> int:
    """Run the named cases, or all, one after another."""
    from tests.support.postgres import PostgresServer

    server = PostgresServer(durable=True, shared_buffers="1GB", max_wal_size="4GB", checkpoint_timeout="30min")
    try:
        return max(_run_in_process(case, url=server.url) for case in cases or CASES)
    finally:
        server.stop()


def _run_in_process(case: str, *, url: str) -> int:
    database = f"bench_{case}"
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{database}"')
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "TESTING": "1",
            "LOG_LEVEL": "ERROR",
            "VAR_DIR": folder,
            "DATABASE_URL": url.removesuffix("/postgres") + f"/{database}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        return subprocess.run(
            [sys.executable, "-m", "tests.bench", "--here", case], env=environment, check=False
        ).returncode


def run_here(case: str) -> int:
    """Run one case on the database of the environment and print its figures."""
    import django
    from django.core.management import call_command

    from tests.bench.figures import peak_megabytes

    django.setup()
    call_command("migrate", verbosity=0)
    figures = importlib.import_module(f"tests.bench.{case}").run()
    for figure in figures:
        sign = "≥" if figure.reached else "BELOW"
        print(f"{figure.name:45} {figure.ours:>14}   {figure.limit}")
        print(f"{'':45} ratio {figure.ratio:8.3f} {sign} {figure.wanted:.3f}   peak {peak_megabytes()} MB", flush=True)
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.exit(run_here(sys.argv[2]))
    sys.exit(main(sys.argv[1:]))
