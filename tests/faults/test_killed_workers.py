"""A worker dies by SIGKILL when its step has written everything and committed nothing."""

from __future__ import annotations

import pytest

from ledger import selectors
from ledger.models import Job, JobState
from tests.faults import works
from tests.faults.works import Work, ring_like_beat, sums_of_books, wait_for_the_end, written
from tests.support.holding import step_held
from tests.support.visits import MONTH
from tests.support.worker import CeleryWorker

KINDS = [
    works.CLOSING,
    works.NETTING,
    works.MOVING,
    works.TIMING_OUT,
    works.EXPIRING,
    works.ISSUING,
    works.RECORDING,
]


@pytest.mark.parametrize("work", KINDS, ids=lambda work: work.kind)
def test_what_a_killed_worker_had_written_is_gone_and_the_next_does_it_once(
    committed_db: str, worker: CeleryWorker, work: Work
) -> None:
    worker.start()
    ask = work.prepare()
    before = written()
    with step_held(committed_db, at=work.held_at) as hold:
        job = ask()
        hold.wait_for_the_step()
        seen, uncommitted = written(), hold.uncommitted_rows(work.table)
        worker.kill()
    left = Job.objects.get(pk=job.pk)

    worker.start()
    ring_like_beat()
    ended = wait_for_the_end(job)

    assert (seen, uncommitted) == (before, work.rows)
    assert (left.state, left.done_count, left.attempts) == (JobState.OPEN, 0, 1)
    assert (ended.state, ended.error) == (JobState.DONE, "")
    assert written() - before == work.outcome
    assert sums_of_books() == {0}


def test_a_month_whose_worker_died_between_netting_and_paying_is_paid_by_the_next_and_netted_once(
    committed_db: str, worker: CeleryWorker
) -> None:
    worker.start()
    ask = works.PAYING.prepare()
    before = written()
    with step_held(committed_db, at=works.PAYING.held_at) as hold:
        job = ask()
        hold.wait_for_the_step()
        seen, uncommitted = written() - before, hold.uncommitted_rows(works.PAYING.table)
        worker.kill()
    left = Job.objects.get(pk=job.pk)

    worker.start()
    ring_like_beat()
    ended = wait_for_the_end(job)

    assert (seen, uncommitted) == ({"netted": 1, "netting": 6}, works.PAYING.rows)
    assert (left.state, left.done_count) == (JobState.OPEN, 1)
    assert (ended.state, ended.done_count) == (JobState.DONE, 2)
    assert written() - before == works.PAYING.outcome
    assert (selectors.unsettled_balances(MONTH), sums_of_books()) == ({}, {0})
