"""The deployed form, small and private: everything of it can be taken away and brought back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.support.databases import PostgresDatabases, created, migrate, on_server, pointed_at
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer, made_the_broker
from tests.support.worker import Beat, CeleryWorker, Web


class Deployment:
    """PostgreSQL, Redis, a worker and beat; a second worker, a second beat and a web server when somebody starts them.

    ``pace`` scales how long a fault lasts: 1 is its full length.
    """

    def __init__(self, folder: Path, *, pace: float) -> None:
        self.folder, self._pace = folder, pace
        self.postgres = PostgresServer(
            # What is committed outlives a crash, and tests.support.holding can hold a commit before it is answered.
            synchronous_commit="local",
            synchronous_standby_names="nobody",
            log_min_messages="panic",
        )
        self._databases = PostgresDatabases(self.postgres.url, "faults")
        self.url = self._databases.url(self._databases.name("city"))
        (folder / "redis").mkdir()
        self.redis = RedisServer(folder / "redis")
        self._clock = folder / "clock"
        self.set_clock(0)
        self._workers: list[CeleryWorker] = []
        self.include("tests.faults.clock")
        self.beat, self.second_beat = (self._beat(name) for name in ("beat", "second_beat"))
        self.web = Web(environment=self._environment, log=folder / "web.log")

    @contextmanager
    def running(self) -> Iterator[Deployment]:
        """Make this process one of the city's for the time of the block."""
        try:
            with on_server(self.postgres.url), created(self._databases, "template") as self._template:
                migrate(self._template)
                with pointed_at(self._databases.name("city")), made_the_broker(self.redis):
                    yield self
        finally:
            for program in (self.worker, self.second_worker, self.beat, self.second_beat, self.web):
                program.kill()
            self.redis.stop()
            self.postgres.stop()

    def include(self, module: str) -> None:
        """Let the workers from now on import a module of the tests, whatever they do now."""
        for worker in self._workers:
            worker.kill()
        self._workers = [
            CeleryWorker(environment=self._environment, log=self.folder / f"{name}.log", include=module)
            for name in ("worker", "second_worker")
        ]
        self.worker, self.second_worker = self._workers

    def begin_again(self) -> None:
        """Give the city an empty database, an empty Redis and the right time, whatever the last fault left behind."""
        for program in (self.second_worker, self.second_beat, self.web):
            program.kill()
        self.set_clock(0)
        self.redis.start()
        connection.close()
        self._databases.drop(self._databases.name("city"))
        self._databases.create(self._databases.name("city"), template=self._template)
        self.redis.flush()
        self.worker.start()
        self.beat.start()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds * self._pace)

    def set_clock(self, seconds: int) -> None:
        """Let the workers believe that it is so many seconds later."""
        beside = self._clock.with_suffix(".new")
        beside.write_text(f"{seconds}")
        beside.replace(self._clock)

    @property
    def _environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url, "REDIS_URL": self.redis.url, "CLOCK_FILE": f"{self._clock}"}

    def _beat(self, name: str) -> Beat:
        return Beat(environment=self._environment, log=self.folder / f"{name}.log")
