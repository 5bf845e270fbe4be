"""Real Celery processes, to be killed at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.programs import wait_until

ROOT = Path(__file__).resolve().parents[2]


class CeleryWorker:
    """A worker with one child, as deployed, on the database and broker that the environment names.

    It runs in a process group of its own, so ``kill`` takes the child along. Its lines are kept: ``log()``.
    """

    def __init__(self, *, environment: dict[str, str], log: Path, include: str = "") -> None:
        """``include`` names a module of the test's own that the worker imports, for the jobs it registers."""
        self._environment = {**os.environ, **environment}
        self._log = log
        self._include = [f"--include={include}"] if include else []
        self._process: subprocess.Popen[bytes] | None = None
        self._seen = 0

    def start(self) -> None:
        """Start it and wait until it takes tasks."""
        self._seen = len(self.log())
        command = [sys.executable, "-m", "celery", "--app=config", "worker", "--concurrency=1", "--loglevel=INFO"]
        command += [f"--hostname={self._log.stem}@%h", *self._include]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._is_ready, what=f"the worker to be ready:\n{self.log()}", process=self._process)

    def kill(self) -> None:
        """End worker and child with SIGKILL, in the middle of whatever they do; killing a dead one changes nothing."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def log(self) -> str:
        """Return every line it has written."""
        return self._log.read_text() if self._log.exists() else ""

    def _is_ready(self) -> bool:
        return " ready." in self.log()[self._seen :]
