"""Health checks of containers: ``python -m config.probes web|worker|beat`` exits 0 when that process does its work."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from celery.utils.nodenames import default_nodename
from django.conf import settings
from kombu.exceptions import OperationalError

from config.celery import app

PORT = 8000
TIMEOUT_SECONDS = 5
#: Beat writes its schedule down each time it rings, which is every ten seconds.
OLDEST_SCHEDULE_SECONDS = 60


def web() -> bool:
    """Return whether the web server of this container answers that all is well."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def worker() -> bool:
    """Return whether the worker of this container answers through the broker."""
    try:
        return bool(app.control.ping(destination=[default_nodename("")], timeout=TIMEOUT_SECONDS))
    except (OSError, OperationalError):
        return False


def beat() -> bool:
    """Return whether beat rang lately."""
    files = settings.VAR_DIR.glob("beat-schedule*")
    return any(time.time() - file.stat().st_mtime < OLDEST_SCHEDULE_SECONDS for file in files)


PROBES: dict[str, Callable[[], bool]] = {"web": web, "worker": worker, "beat": beat}

if __name__ == "__main__":
    sys.exit(0 if PROBES[sys.argv[1]]() else 1)
