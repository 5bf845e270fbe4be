"""The embedded form: one process that serves, works and rings, and may be killed at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.stamps import Stamp
from ledger.models import Job, JobState
from ledger.services import jobs
from tests.factories import stamp
from tests.support.programs import wait_until
from tests.support.serving import Served
from tests.support.worker import ROOT

pytestmark = pytest.mark.embedded


@pytest.fixture
def served(committed_db: str, tmp_path: Path) -> Iterator[Served]:
    process = Served(tmp_path)
    yield process
    process.end(signal.SIGKILL)


def test_one_process_serves_pages_and_does_the_work_of_the_day(served: Served) -> None:
    key = f"apply_moves:{Stamp.today(None).booked_on}"

    wait_until(lambda: Job.objects.filter(key=key, state=JobState.DONE).exists(), what="the day's job")

    healthy = {"ok": True, "state": "ready", "database": True, "migrations": True, "guards": True, "alarms": []}
    wait_until(lambda: served.health() == healthy, what="beat and worker to be seen")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_asked_to(served: Served, by: signal.Signals) -> None:
    assert served.end(by) == 0
    assert "Traceback" not in served.log.read_text()


def test_what_a_killed_process_left_open_is_done_by_the_next(committed_db: str, tmp_path: Path) -> None:
    Served(tmp_path).end(signal.SIGKILL)
    today = f"{Stamp.today(None).booked_on}"
    left = jobs.ask(kind="apply_moves", key="left-open", params={"day": today}, stamp=stamp())

    following = Served(tmp_path)
    wait_until(lambda: Job.objects.get(pk=left.pk).state == JobState.DONE, what="the job that was left")

    assert following.end(signal.SIGTERM) == 0


def test_a_taken_port_is_said_in_one_line(served: Served) -> None:
    port = served.address.rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "manage.py", "serve", f"--port={port}"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert (
        second.stderr.strip() == f"CommandError: Port {port} is taken. Choose another: make demo PORT={int(port) + 1}"
    )
