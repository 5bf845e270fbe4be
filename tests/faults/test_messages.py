"""Nobody who asks for work waits for a Redis that is away or hangs."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ledger.models import Job, JobState
from tests.faults import works
from tests.support.redis import RedisServer


@pytest.mark.parametrize(
    ("fail", "seconds"), [(RedisServer.stop, 3.0), (RedisServer.freeze, 8.0)], ids=["away", "hanging"]
)
def test_work_is_asked_for_in_seconds_while_redis_is(
    committed_db: str, redis_server: RedisServer, fail: Callable[[RedisServer], None], seconds: float
) -> None:
    ask = works.MOVING.prepare()
    fail(redis_server)

    began = time.monotonic()
    job = ask()
    took = time.monotonic() - began

    assert Job.objects.get(pk=job.pk).state == JobState.OPEN
    assert took < seconds
