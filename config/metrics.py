"""Figures for a Prometheus server: what this process and its siblings counted, and the signs of life now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config import health
from ledger.signs import SIGNS

REQUESTS = Counter("tonghui_requests", "Requests answered, by route.", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("tonghui_request_seconds", "Seconds until an answer began, by route.", ["route"])


class SignsCollector(Collector):
    """Reads every sign when it is asked, so that the figure is the same whichever process answers."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ready = all(health.findings().values())
        yield GaugeMetricFamily("tonghui_ready", "1 when the service can do its work, else 0.", float(ready))
        if not ready:
            return
        now = timezone.now()
        for sign in SIGNS.values():
            family = GaugeMetricFamily(f"tonghui_{sign.gauge}", sign.meaning)
            if (figure := sign.measure(now)) is not None:
                family.add_metric([], figure)
            yield family


def counted() -> CollectorRegistry:
    """Return what was counted by every process that shares our folder, or by this one where it is alone."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # it has no types
    return registry


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever knows METRICS_TOKEN; without one this address does not exist."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    signs = CollectorRegistry()
    signs.register(SignsCollector())
    return HttpResponse(generate_latest(counted()) + generate_latest(signs), content_type=CONTENT_TYPE_LATEST)
