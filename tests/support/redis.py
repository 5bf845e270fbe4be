"""A private Redis for one test, set as the deployed one is: append-only file, nothing evicted."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kombu.pools
import redis
from django.conf import settings

from config.celery import app
from tests.support.programs import find, free_port, wait_until

QUEUE = "celery"


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
        """Start it, with whatever its append-only file holds; one that runs, frozen or not, goes on."""
        if self._process is not None:
            self.thaw()
            return
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

    def messages(self) -> int:
        """Return how many messages wait or are being worked on."""
        with self.client as client:
            return int(client.llen(QUEUE)) + int(client.hlen("unacked"))

    def waiting(self) -> int:
        """Return how many messages no worker has taken yet."""
        with self.client as client:
            return int(client.llen(QUEUE))

    def swallow(self) -> None:
        """Take every waiting message as a worker does, and die before it is noted anywhere."""
        with self.client as client:
            while client.brpop([QUEUE], timeout=0.01):
                pass

    def deliver_again(self) -> None:
        """Put a copy of every message, those that somebody works on included, where the next worker takes it."""
        with self.client as client:
            taken = [json.dumps(json.loads(note)[0]) for note in client.hvals("unacked")]
            for message in [*client.lrange(QUEUE, 0, -1), *taken]:
                client.rpush(QUEUE, message)

    def freeze(self) -> None:
        """Let it keep its connections and answer nobody, until it is thawed or stopped."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def restart_empty(self) -> None:
        """Start it again without its append-only file."""
        self.stop()
        shutil.rmtree(self.folder / "appendonlydir")
        self.start()

    def stop(self) -> None:
        """End it in order; stopping a stopped one changes nothing."""
        if self._process is not None:
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)
            self._process.wait()
            self._process = None


@contextmanager
def made_the_broker(server: RedisServer) -> Iterator[None]:
    """Let this process ring through ``server`` inside the block."""
    before = {"broker_url": app.conf.broker_url, "broker_transport_options": app.conf.broker_transport_options}
    _use_broker(broker_url=server.url, broker_transport_options=settings.REDIS_TRANSPORT_OPTIONS)
    try:
        yield
    finally:
        _use_broker(**before)


def _use_broker(**conf: Any) -> None:
    """Change the broker of this process, and forget the connections to the one before."""
    kombu.pools.reset()
    app.conf.update(conf)
    app._after_fork()  # type: ignore[attr-defined] # Celery's own way to forget its pools
