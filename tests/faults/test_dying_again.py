"""A step that takes its worker, or its database connection, along."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from ledger.models import Job, JobState
from ledger.services import jobs
from ledger.services.jobs import MOST_ATTEMPTS
from tests.factories import UserFactory, stamp
from tests.faults import works
from tests.faults.conftest import NewWorker
from tests.faults.deadly import DEADLY
from tests.faults.works import ring_like_beat, sums_of_books, wait_for_the_end, written
from tests.support.holding import step_held
from tests.support.programs import wait_until
from tests.support.readers import browser
from tests.support.worker import CeleryWorker

#: Celery takes five seconds to notice one, so the job has failed a few times already when the test begins.
DEATHS = 2


def test_a_step_that_kills_its_worker_each_time_is_parked_one_day_and_its_page_says_so(new_worker: NewWorker) -> None:
    worker = new_worker(include="tests.faults.deadly")
    job = jobs.ask(kind=DEADLY, key=DEADLY, stamp=stamp())
    Job.objects.update(attempts=MOST_ATTEMPTS - DEATHS)

    worker.start()
    ended = wait_for_the_end(job)
    page = browser(UserFactory.create()).get(reverse("job", args=[job.pk])).content.decode()

    assert worker.log().count("signal 9 (SIGKILL)'") == DEATHS
    assert (ended.state, ended.attempts) == (JobState.PARKED, MOST_ATTEMPTS)
    assert "It was tried many times and did not get to its end." in page


def test_a_step_whose_connection_the_database_drops_is_tried_later(committed_db: str, worker: CeleryWorker) -> None:
    worker.start()
    ask = works.MOVING.prepare()
    before = written()
    with step_held(committed_db, at=works.MOVING.held_at) as hold:
        job = ask()
        hold.wait_for_the_step()
        hold.cut_connection()
        wait_until(lambda: Job.objects.get(pk=job.pk).error != "", what="the failure to be noted")
    left = Job.objects.get(pk=job.pk)

    wait_until(lambda: Job.objects.due(now=timezone.now()).exists(), what="the next try to come")
    ring_like_beat()
    ended = wait_for_the_end(job)

    assert (left.state, left.attempts, left.done_count) == (JobState.OPEN, 1, 0)
    assert (ended.state, ended.error) == (JobState.DONE, "")
    assert (written() - before, sums_of_books()) == (works.MOVING.outcome, {0})
