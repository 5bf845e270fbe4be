"""A private PostgreSQL server for one run of the tests: its own folder and port, no care for the disk."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.support.programs import find, free_port, wait_until

#: Durability is not what the tests are about; many clients at once are.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "300", "log_min_messages": "fatal"}


class PostgresServer:
    """Runs from its making on; ``url`` is its maintenance database.

    PostgreSQL refuses to run as root, so root lets it run as ``postgres``. ``durable`` makes commits wait for the disk.
    """

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tonghui-postgres-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._make_cluster()
        self.port = free_port()
        self.url = f"postgresql://tonghui@127.0.0.1:{self.port}/postgres"
        wanted = {**SETTINGS, **({} if durable else CARELESS), **settings}
        options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
        self._command = [find("postgres"), "-D", f"{self.folder}/data", "-p", f"{self.port}", "-k", f"{self.folder}"]
        self._command += options
        self.start()

    def start(self) -> None:
        """Start it, with whatever its folder holds."""
        self._process = subprocess.Popen(self._command, user=self._user, cwd=self.folder, start_new_session=True)
        wait_until(self.answers, what="PostgreSQL to answer", process=self._process)

    def crash(self) -> None:
        """Let every process of it die at once, as when the power goes; ``start`` recovers what was committed."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def answers(self) -> bool:
        """Return whether the server takes connections."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End the server and remove its folder."""
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_cluster(self) -> None:
        options = ["--no-sync", "--auth=trust", "--username=tonghui", "--encoding=UTF8", "--no-locale"]
        command = [find("initdb"), *options, "-D", str(self.folder / "data")]
        subprocess.run(command, user=self._user, cwd=self.folder, check=True, capture_output=True)
