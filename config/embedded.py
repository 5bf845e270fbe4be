"""The embedded form: web, worker and beat as threads of one process, with a broker in its memory (docs/adr/0006)."""

from __future__ import annotations

import logging
import signal
import socket
import time
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from celery.beat import Scheduler, Service
from celery.worker import WorkController, state
from django.conf import settings
from waitress.server import create_server

from config.celery import app
from config.wsgi import application

log = logging.getLogger(__name__)

WEB_THREADS = 8
#: A task that still runs then is cut off: its step is rolled back and its row stays open.
LONGEST_FAREWELL_SECONDS = 10


def serve(*, host: str, port: int, opened: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; call ``opened`` with the address once the door is open.

    Raises OSError when the port is taken.
    """
    door = socket.create_server((host, port))
    server = create_server(application, sockets=[door], threads=WEB_THREADS, ident=None)
    for farewell in (signal.SIGINT, signal.SIGTERM):
        signal.signal(farewell, _leave)
    try:
        with worker_and_beat():
            _ring_for_what_was_missed()
            opened(f"http://{host}:{door.getsockname()[1]}")
            server.run()
    finally:
        server.close()


@contextmanager
def worker_and_beat() -> Iterator[None]:
    """Work on tasks and ring the bell beside the block; end both after it."""
    worker = WorkController(app=app, pool="solo", without_heartbeat=True, without_mingle=True, without_gossip=True)
    # The schedule is kept in memory: what a stopped process missed is rung for when it starts.
    beat = Service(app, max_interval=1, scheduler_cls=Scheduler)
    Thread(target=_work, args=[worker], name="worker", daemon=True).start()
    Thread(target=beat.start, name="beat", daemon=True).start()
    try:
        yield
    finally:
        state.should_stop = 0  # type: ignore[assignment] # the stubs know its first value only
        _wait_for_the_task_in_hand()


def _work(worker: WorkController) -> None:
    """Work until told to stop; a worker that ends by itself takes the process along, so that nobody waits for it."""
    worker.start()
    if state.should_stop is None:
        log.critical("the worker ended by itself")
        interrupt_main(signal.SIGTERM)


def _wait_for_the_task_in_hand() -> None:
    deadline = time.monotonic() + LONGEST_FAREWELL_SECONDS
    while state.active_requests and time.monotonic() < deadline:
        time.sleep(0.05)


def _ring_for_what_was_missed() -> None:
    for task in {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}:
        app.send_task(task)


def _leave(*_: object) -> None:
    raise SystemExit(0)
