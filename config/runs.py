"""One id for each request, and for the tasks it rings for, on every log line they write and in the answer's header."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from celery.signals import before_task_publish, task_postrun, task_prerun

HEADER = "X-Request-ID"
#: A UUID or a trace id of 32 digits. Nothing shorter: whoever sends one could hide an id number or a name in it.
WELL_FORMED = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
KEY = "run_id"

_run: ContextVar[str] = ContextVar("run", default="")


def current() -> str:
    """Return the id of what this thread is doing; nothing outside requests and tasks."""
    return _run.get()


def begin(proposed: str | None = None) -> str:
    """Take the id somebody else gave when it is well formed, else a new one."""
    run = proposed if proposed and WELL_FORMED.fullmatch(proposed) else str(uuid4())
    _run.set(run)
    return run


def end() -> None:
    """Forget the id: the thread goes on to something else."""
    _run.set("")


@before_task_publish.connect
def _send_along(headers: dict[str, Any], **_: object) -> None:
    if run := current():
        headers[KEY] = run


@task_prerun.connect
def _begin_task(task: Any, **_: object) -> None:
    begin(getattr(task.request, KEY, None))


@task_postrun.connect
def _end_task(**_: object) -> None:
    end()
