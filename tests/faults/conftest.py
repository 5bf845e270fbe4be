"""Workers that a test starts, kills and starts again as it likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.redis import RedisServer
from tests.support.worker import CeleryWorker

NewWorker = Callable[..., CeleryWorker]


@pytest.fixture
def new_worker(committed_db: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[NewWorker]:
    """Makes workers on ``committed_db`` and ``redis_server``, by name, not yet started."""
    made = []

    def make(name: str = "worker", *, include: str = "") -> CeleryWorker:
        environment = {"DATABASE_URL": committed_db, "REDIS_URL": redis_server.url}
        worker = CeleryWorker(environment=environment, log=tmp_path / f"{name}.log", include=include)
        made.append(worker)
        return worker

    yield make
    for worker in made:
        worker.kill()


@pytest.fixture
def worker(new_worker: NewWorker) -> CeleryWorker:
    """One worker, not yet started."""
    return new_worker()
