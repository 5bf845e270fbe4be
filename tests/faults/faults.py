"""What may happen to the deployed form: the rows of the table of faults.

A fault is something to do, a moment of a job to do it at (tests/faults/moments.py), and how it is undone.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from errno import EFBIG
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

from tests.faults import moments
from tests.faults.deployment import Deployment
from tests.faults.moments import Moment
from tests.support.programs import wait_until
from tests.support.worker import ROOT

Deed = Callable[[Deployment], object]

HOUR, DAY = 3_600, 86_400
#: In bytes: nothing, and whatever the disk has.
NO_ROOM, PLENTY = 0, resource.RLIM_INFINITY


def nothing(deployment: Deployment) -> None:
    """Leave it to the deployment to get over it."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """``strike`` is done at the moment, ``undo`` after ``lasts`` seconds, which the deployment's pace scales."""

    name: str
    moment: Moment
    strike: Deed
    undo: Deed = nothing
    lasts: float = 0

    def __str__(self) -> str:
        return self.name


def kill_pool_child(deployment: Deployment) -> None:
    for child in deployment.worker.children():
        os.kill(child, signal.SIGKILL)


def kill_beat(deployment: Deployment) -> None:
    """Lose the messages along with it: nobody else would ring again."""
    deployment.redis.swallow()
    deployment.beat.kill()


def crash_postgres(deployment: Deployment) -> None:
    deployment.postgres.crash()
    connection.close()
    deployment.postgres.start()


def deliver_again(deployment: Deployment) -> None:
    """Give the messages to a second worker as well, and wait until it has seen one."""
    before = deployment.second_worker.tasks_done()
    deployment.second_worker.start()
    deployment.redis.deliver_again()
    wait_until(lambda: deployment.second_worker.tasks_done() > before, what="the second worker to take a message")


def start_second_beat(deployment: Deployment) -> None:
    before = deployment.second_beat.rings()
    deployment.second_beat.start()
    wait_until(lambda: deployment.second_beat.rings() > before + 1, what="the second beat to ring")


def fill_disk(deployment: Deployment) -> None:
    """Let the worker write no byte, and try to export in vain."""
    _limit_files_of(deployment.worker.processes(), size=NO_ROOM)
    with TemporaryDirectory() as folder:
        refused = _export(deployment, Path(folder) / "books.csv", size=NO_ROOM)
        assert (os.strerror(EFBIG) in refused.stderr, list(Path(folder).iterdir())) == (True, []), refused.stderr


def free_disk(deployment: Deployment) -> None:
    """Let the worker write again, and export all of it."""
    _limit_files_of(deployment.worker.processes(), size=PLENTY)
    with TemporaryDirectory() as folder:
        _export(deployment, Path(folder) / "books.csv", size=PLENTY).check_returncode()
        assert sorted(file.name for file in Path(folder).iterdir()) == ["books.csv", "books.csv.manifest.json"]


def _limit_files_of(processes: list[int], *, size: int) -> None:
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, PLENTY))


def _export(deployment: Deployment, path: Path, *, size: int) -> subprocess.CompletedProcess[str]:
    """Export the books in a process that can write files of ``size`` bytes."""
    return subprocess.run(
        [sys.executable, "manage.py", "export_ledger", "--format=csv", f"--output={path}"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": deployment.url},
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, PLENTY)),
        capture_output=True,
        text=True,
        check=False,
    )


WORKER_KILLED = Fault(
    name="the worker and its child are killed",
    moment=moments.when_all_is_written,
    strike=lambda deployment: deployment.worker.kill(),
    undo=lambda deployment: deployment.worker.start(),
)
FAULTS = [
    WORKER_KILLED,
    Fault(
        name="the pool child is killed",
        moment=moments.when_all_is_written,
        strike=kill_pool_child,
    ),
    Fault(
        name="beat is killed and the message lost",
        moment=moments.while_waiting,
        strike=kill_beat,
        undo=lambda deployment: deployment.beat.start(),
    ),
    Fault(
        name="the web server is killed between commit and message",
        moment=moments.after_the_web_committed,
        strike=lambda deployment: deployment.web.kill(),
        undo=lambda deployment: deployment.web.start(),
    ),
    Fault(
        name="Redis is flushed",
        moment=moments.while_waiting,
        strike=lambda deployment: deployment.redis.flush(),
    ),
    Fault(
        name="Redis is stopped for 30 seconds",
        moment=moments.while_asking,
        strike=lambda deployment: deployment.redis.stop(),
        undo=lambda deployment: deployment.redis.start(),
        lasts=30,
    ),
    Fault(
        name="Redis is restarted empty",
        moment=moments.when_all_is_written,
        strike=lambda deployment: deployment.redis.restart_empty(),
    ),
    Fault(
        name="PostgreSQL dies in mid-commit",
        moment=moments.in_mid_commit,
        strike=crash_postgres,
    ),
    Fault(
        name="PostgreSQL dies before it answers a commit",
        moment=moments.before_the_commit_is_answered,
        strike=crash_postgres,
    ),
    Fault(
        name="the message is lost after BRPOP",
        moment=moments.while_waiting,
        strike=lambda deployment: deployment.redis.swallow(),
    ),
    Fault(
        name="the message is delivered twice",
        moment=moments.when_all_is_written,
        strike=deliver_again,
        undo=lambda deployment: deployment.second_worker.kill(),
    ),
    Fault(
        name="two beats ring",
        moment=moments.when_all_is_written,
        strike=start_second_beat,
        undo=lambda deployment: deployment.second_beat.kill(),
    ),
    Fault(
        name="the clock jumps a day forward and back again",
        moment=moments.while_asking,
        strike=lambda deployment: deployment.set_clock(DAY),
        undo=lambda deployment: deployment.set_clock(0),
        lasts=15,
    ),
    Fault(
        name="the clock jumps an hour back and forward again",
        moment=moments.while_asking,
        strike=lambda deployment: deployment.set_clock(-HOUR),
        undo=lambda deployment: deployment.set_clock(0),
        lasts=15,
    ),
    Fault(
        name="the disk is full",
        moment=moments.while_asking,
        strike=fill_disk,
        undo=free_disk,
        lasts=15,
    ),
]
