"""Whether this process lives, can do its work, and does it well, for load balancers and container health checks.

docs/operations.md says who asks which of the three addresses.
"""

import redis
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import guards
from ledger import signs

BROKER_TIMEOUT_SECONDS = 2


def database_answers() -> bool:
    """Return whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def migrations_are_applied() -> bool:
    """Return whether the database has every migration of this code."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def guards_are_installed() -> bool:
    """Return whether every guard is there and switched on."""
    try:
        return not guards.missing()
    except DatabaseError:
        return False


def broker_answers() -> bool:
    """Return whether Redis answers a ping. Only the deployed form has one."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=BROKER_TIMEOUT_SECONDS,
        socket_connect_timeout=BROKER_TIMEOUT_SECONDS,
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


def findings() -> dict[str, bool]:
    """Return what this process cannot do without, by name, true where it is there."""
    return {
        "database": database_answers(),
        "migrations": migrations_are_applied(),
        "guards": guards_are_installed(),
    }


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer 200: the process answers. Who gets no answer starts it again."""
    return JsonResponse({"state": "live"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when people may be sent here, else 503; the body names what is missing and nothing else."""
    found = findings()
    ok = all(found.values())
    return JsonResponse({"ok": ok, "state": "ready" if ok else "unready", **found}, status=200 if ok else 503)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer as ``ready`` does, and say ``degraded``, still with 200, while a sign of life is an alarm."""
    found = findings()
    if not all(found.values()):
        return JsonResponse({"ok": False, "state": "unready", **found, "alarms": []}, status=503)
    alarms = signs.alarms(now=timezone.now())
    return JsonResponse({"ok": True, "state": "degraded" if alarms else "ready", **found, "alarms": alarms})
