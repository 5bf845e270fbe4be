"""Live the seeded year on both engines and compare: ``python -m tests.simulation [RESIDENTS]``.

Each run has a process and a private database of its own. Exit code 1 when the ends differ or a run took longer than
the project allows itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

RESIDENTS = 20_000
SECONDS_ALLOWED = 120


class Run(NamedTuple):
    """``end`` is the fingerprint of the town's end; ``seconds`` is the year itself, without making the database."""

    end: str
    seconds: float


def main(residents: int) -> int:
    """Run the year on SQLite, on PostgreSQL and there again; return the exit code."""
    from tests.support.databases import PostgresDatabases
    from tests.support.postgres import PostgresServer

    server = PostgresServer()
    try:
        databases = PostgresDatabases(server.url, "year")
        runs = {}
        with tempfile.TemporaryDirectory() as folder:
            runs["SQLite"] = lived(f"sqlite:///{folder}/year.sqlite3", residents=residents)
        for name in ("PostgreSQL", "PostgreSQL again"):
            databases.create(name)
            runs[name] = lived(databases.url(name.replace(" ", "%20")), residents=residents)
    finally:
        server.stop()
    for name, run in runs.items():
        print(f"{name:<18} {residents:,} residents  {run.seconds:6.1f} s  {run.end}", flush=True)
    same = len({run.end for run in runs.values()}) == 1
    return 0 if same and all(run.seconds < SECONDS_ALLOWED for run in runs.values()) else 1


def lived(url: str, *, residents: int, hash_seed: str = "random") -> Run:
    """Live the year in a process of its own on the empty database at ``url``."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "ERROR",
            "PYTHONHASHSEED": hash_seed,
            "TESTING": "1",
            "VAR_DIR": folder,
        }
        command = [sys.executable, "-m", "tests.simulation", "--here", f"{residents}"]
        said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    end, seconds = said.split()
    return Run(end, float(seconds))


def live_here(residents: int) -> None:
    """Live the year on the database of the environment and print its fingerprint and the seconds."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.simulation.fingerprint import fingerprint
    from tests.simulation.year import Year

    start = time.perf_counter()
    year = Year(residents=residents)
    year.live()
    seconds = time.perf_counter() - start
    print(fingerprint(residents=year.town.residents, refused=year.refused), seconds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        live_here(int(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else RESIDENTS))
