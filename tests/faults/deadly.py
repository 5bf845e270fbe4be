"""A kind of job whose step kills the process that does it; a worker of the tests includes this module."""

from __future__ import annotations

import os
import signal

from ledger.models import Job
from ledger.services import jobs

DEADLY = "deadly"


@jobs.kind(DEADLY, "Kill the worker")
def kill_the_worker(job: Job, step: jobs.Step) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")
