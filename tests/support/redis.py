"""A private Redis for one test, set as the deployed one is: append-only file, nothing evicted."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import redis

from tests.support.programs import find, free_port, wait_until


class RedisServer:
    """Can be stopped, killed, started again on the same port and flushed, as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def client(self) -> redis.Redis:
        """Return a new client; close it or use it in a ``with``."""
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        """Start it, with whatever its append-only file holds."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--loglevel", "warning"]
        options += ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""]
        self._process = subprocess.Popen([find("redis-server"), *options], stdout=subprocess.DEVNULL)
        wait_until(self.answers, what="Redis to answer", process=self._process)

    def answers(self) -> bool:
        """Return whether it answers a ping."""
        with self.client as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def flush(self) -> None:
        """Forget every message."""
        with self.client as client:
            client.flushall()

    def freeze(self) -> None:
        """Let it keep its connections and answer nobody, until it is stopped."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """End it in order; stopping a stopped one changes nothing."""
        if self._process is not None:
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)
            self._process.wait()
            self._process = None
