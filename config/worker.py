"""How a worker of the deployed form begins: ``celery --app=config.worker worker``.

Its processes count into one folder, made anew each time, and their parent shows the sums at METRICS_PORT.
"""

from __future__ import annotations

import os
from tempfile import mkdtemp
from typing import Any

from celery.signals import worker_ready
from django.conf import settings

from config.celery import app

__all__ = ["app"]

# Before anything is counted: prometheus_client looks for it once, when it is imported.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", mkdtemp(prefix="tonghui-metrics-"))


@worker_ready.connect
def _show_metrics(**_: Any) -> None:
    from prometheus_client import start_http_server

    from config.metrics import counted

    start_http_server(settings.METRICS_PORT, registry=counted())
