"""Redis and its messages may be lost, late or doubled: it costs time and nothing else."""

from __future__ import annotations

import time

from ledger.models import Job, JobState
from tests.faults import works
from tests.faults.conftest import NewWorker
from tests.faults.works import ring_like_beat, sums_of_books, wait_for_the_end, written
from tests.support.holding import step_held
from tests.support.programs import wait_until
from tests.support.redis import RedisServer
from tests.support.worker import CeleryWorker

QUEUE = "celery"
WORK = works.MOVING
#: What asking may take while Redis is away, and while it hangs.
AWAY_SECONDS, HANGING_SECONDS = 3.0, 8.0


def messages(redis_server: RedisServer) -> int:
    """Return how many messages wait or are being worked on."""
    with redis_server.client as client:
        return int(client.llen(QUEUE)) + int(client.hlen("unacked"))


def asked_in_seconds(ask: works.Ask) -> tuple[Job, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def test_a_flushed_redis_forgets_the_message_and_the_next_ring_does_the_job(
    worker: CeleryWorker, redis_server: RedisServer
) -> None:
    ask = WORK.prepare()
    before = written()
    job = ask()
    waiting = messages(redis_server)
    redis_server.flush()
    worker.start()
    left = messages(redis_server), Job.objects.get(pk=job.pk).state

    ring_like_beat()
    ended = wait_for_the_end(job)

    assert (waiting, left) == (1, (0, JobState.OPEN))
    assert ended.state == JobState.DONE
    assert (written() - before, sums_of_books()) == (WORK.outcome, {0})


def test_work_is_asked_for_at_once_while_redis_is_away_and_done_when_it_is_back_empty(
    worker: CeleryWorker, redis_server: RedisServer
) -> None:
    worker.start()
    ask = WORK.prepare()
    before = written()
    redis_server.stop()
    job, seconds = asked_in_seconds(ask)
    left = Job.objects.get(pk=job.pk).state
    redis_server.start()
    redis_server.flush()

    ring_like_beat()
    ended = wait_for_the_end(job)

    assert (left, ended.state) == (JobState.OPEN, JobState.DONE)
    assert seconds < AWAY_SECONDS
    assert (written() - before, sums_of_books()) == (WORK.outcome, {0})


def test_work_is_asked_for_in_seconds_while_redis_hangs(committed_db: str, redis_server: RedisServer) -> None:
    ask = WORK.prepare()
    redis_server.freeze()

    job, seconds = asked_in_seconds(ask)

    assert Job.objects.get(pk=job.pk).state == JobState.OPEN
    assert seconds < HANGING_SECONDS


def test_a_swallowed_message_is_rung_again(worker: CeleryWorker, redis_server: RedisServer) -> None:
    ask = WORK.prepare()
    before = written()
    job = ask()
    with redis_server.client as client:
        swallowed = client.brpop([QUEUE], timeout=5)
    worker.start()
    left = messages(redis_server), Job.objects.get(pk=job.pk).state

    ring_like_beat()
    ended = wait_for_the_end(job)

    assert swallowed is not None and left == (0, JobState.OPEN)
    assert ended.state == JobState.DONE
    assert (written() - before, sums_of_books()) == (WORK.outcome, {0})


def test_one_message_given_to_two_workers_at_once_is_worked_on_by_one(
    committed_db: str, new_worker: NewWorker, redis_server: RedisServer
) -> None:
    first, second = new_worker("first"), new_worker("second")
    ask = WORK.prepare()
    before = written()
    with step_held(committed_db, at=WORK.held_at) as hold:
        job = ask()
        with redis_server.client as client:
            client.lpush(QUEUE, *client.lrange(QUEUE, 0, 0))
        first.start()
        hold.wait_for_the_step()

        second.start()
        wait_until(lambda: "run_job" in second.log() and "succeeded" in second.log(), what="the second to give way")
        during = hold.uncommitted_rows(WORK.table), Job.objects.get(pk=job.pk).attempts
    ended = wait_for_the_end(job)

    assert during == (WORK.rows, 1)
    assert ended.state == JobState.DONE
    assert (written() - before, sums_of_books()) == (WORK.outcome, {0})
