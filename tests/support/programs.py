"""Find the programs that tests run beside Python, and say what to type where one is missing."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PLACES = {"initdb": "/usr/lib/postgresql/*/bin", "postgres": "/usr/lib/postgresql/*/bin"}
PACKAGES = {
    "initdb": "postgresql",
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "chromium": "chromium",
    "hledger": "hledger",
}
PATIENCE_SECONDS = 30.0


class Missing(Exception):
    """A program that the tests need is not on this machine."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not on this machine. Type: apt-get install --yes {PACKAGES[name]}")


def find(name: str) -> str:
    """Return the path of a program: on the PATH, else the newest where Debian keeps it. Raises Missing."""
    if found := shutil.which(name):
        return found
    place = Path(PLACES.get(name, "/nowhere"))
    candidates = [folder / name for folder in Path("/").glob(str(place).lstrip("/")) if (folder / name).exists()]
    if not candidates:
        raise Missing(name)
    return str(max(candidates, key=lambda path: int(path.parts[-3])))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(
    holds: Callable[[], bool],
    *,
    what: str,
    process: subprocess.Popen[bytes] | None = None,
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Wait until ``holds()``; raise TimeoutError naming ``what`` after so long, or when the process has ended."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline or (process is not None and process.poll() is not None):
            raise TimeoutError(f"waited in vain: {what}")
        time.sleep(0.02)
