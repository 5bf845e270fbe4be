"""Workers that a test starts, kills and starts again as it likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.deployment import Deployment
from tests.support.redis import RedisServer
from tests.support.worker import CeleryWorker

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

#: What is left of the length of a fault where there are many tests to do.
IN_BRIEF = 1 / 15

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


@pytest.fixture(scope="module")
def standing_deployment(
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Deployment]:
    """Servers and processes of the module's own, since its tests take them down."""
    pace = 1 if pytestconfig.getoption("chaos") else IN_BRIEF
    with django_db_blocker.unblock(), Deployment(tmp_path_factory.mktemp("deployment"), pace=pace).running() as made:
        yield made


@pytest.fixture
def deployment(standing_deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A city without anything in it, that runs."""
    monkeypatch.setenv("DATABASE_URL", standing_deployment.url)
    standing_deployment.begin_again()
    return standing_deployment
