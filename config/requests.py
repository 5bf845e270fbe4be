"""What is noted of every request: its run id, one log line, and how long its answer took."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse

from config import runs
from config.metrics import REQUEST_SECONDS, REQUESTS

log = logging.getLogger(__name__)

#: Anybody may send any word as a method, and each would become a line of metrics.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class NotedMiddleware:
    """Stands before all others, so that it notes what they answer too.

    A request is named by its route, never by its address: addresses hold numbers of people and what was searched for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        run, began = runs.begin(request.headers.get(runs.HEADER)), perf_counter()
        try:
            response = self.get_response(request)
            response[runs.HEADER] = run
            _note(request, response, seconds=perf_counter() - began)
            return response
        finally:
            runs.end()


def _note(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    route = (request.resolver_match.view_name if request.resolver_match else "") or "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(route, method, response.status_code).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)
    facts = {"route_code": route, "method_code": method, "status_code": response.status_code}
    log.info("request", extra={**facts, "duration_seconds": round(seconds, 3)})
