"""Real processes of the deployed form, to be killed at will."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.support.programs import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """A process in a group of its own, so ``kill`` takes its children along. Its lines are kept: ``log()``."""

    #: Written to the log once it does its work.
    ready = ""

    def __init__(self, command: list[str], *, environment: dict[str, str], log: Path) -> None:
        self._command = command
        self._environment = {**os.environ, **environment}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._seen = 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, or again where it has ended, and wait until it works; starting a running one changes nothing."""
        if self.running:
            return
        self.kill()
        self._seen = len(self.log())
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._command],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._is_ready, what=f"{self._log.stem} to be ready:\n{self.log()}", process=self._process)

    def kill(self) -> None:
        """End it and its children with SIGKILL, whatever they do; killing a dead one changes nothing."""
        if self._process is not None:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it and its children stand still inside the block."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def children(self) -> list[int]:
        """Return the process ids of its children."""
        assert self._process is not None
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def processes(self) -> list[int]:
        """Return the process ids of itself and its children."""
        assert self._process is not None
        return [self._process.pid, *self.children()]

    def log(self) -> str:
        """Return every line it has written."""
        return self._log.read_text() if self._log.exists() else ""

    def _is_ready(self) -> bool:
        return self.ready in self.log()[self._seen :]


class CeleryWorker(Program):
    """A worker with one child, as deployed, on the database and broker that the environment names."""

    ready = " ready."

    def __init__(self, *, environment: dict[str, str], log: Path, include: str = "") -> None:
        """``include`` names a module of the test's own that the worker imports, for the jobs it registers."""
        command = ["celery", "--app=config", "worker", "--concurrency=1", "--loglevel=INFO"]
        command += [f"--hostname={log.stem}@%h", *([f"--include={include}"] if include else [])]
        super().__init__(command, environment=environment, log=log)

    def tasks_done(self) -> int:
        """Return how often it has worked on a job."""
        return len(re.findall(r"Task ledger\.tasks\.run_job\S+ succeeded", self.log()))


class Beat(Program):
    """A beat that rings for open jobs twice a second (tests/support/quick_beat.py)."""

    ready = "beat: Starting..."

    def __init__(self, *, environment: dict[str, str], log: Path) -> None:
        command = ["celery", "--app=tests.support.quick_beat", "beat", "--loglevel=INFO", "--pidfile="]
        super().__init__([*command, f"--schedule={log.with_suffix('.schedule')}"], environment=environment, log=log)

    def rings(self) -> int:
        """Return how often it has rung."""
        return self.log().count("Sending due task")


class Web(Program):
    """The deployed web server with one process, at ``url``."""

    def __init__(self, *, environment: dict[str, str], log: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = ["gunicorn", "config.wsgi", "--config=python:config.web_server", "--workers=1"]
        super().__init__([*command, f"--bind=127.0.0.1:{port}"], environment=environment, log=log)

    def _is_ready(self) -> bool:
        try:
            urlopen(f"{self.url}/healthz", timeout=5).close()
        except HTTPError:
            return True
        except (URLError, OSError):
            return False
        return True
