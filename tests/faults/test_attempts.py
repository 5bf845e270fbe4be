"""A job that fails is tried again, later each time, and parked where people see it; it is never dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from ledger.models import Job, JobState
from ledger.services import jobs
from ledger.services.jobs import MOST_ATTEMPTS, Kind, NotWaiting, Step, run_step
from ledger.services.periods import AlreadyClosed
from ledger.tasks import run_job
from tests.factories import UserFactory, stamp
from tests.faults import works
from tests.faults.works import sums_of_books, written
from tests.support.crowd import at_once
from tests.support.readers import browser, run

NOW = datetime(2026, 2, 1, 4, tzinfo=UTC)


def fail(job: Job, step: Step) -> bool:
    UserFactory.create(username="written by the step")
    raise RuntimeError("the roof leaks")


def refuse(job: Job, step: Step) -> bool:
    UserFactory.create(username="written by the step")
    raise AlreadyClosed(month="2026-01")


def succeed(job: Job, step: Step) -> bool:
    UserFactory.create(username="written by the step")
    return True


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds of work that end in one way only."""
    for work in (fail, refuse, succeed):
        monkeypatch.setitem(jobs.KINDS, work.__name__, Kind(work.__name__, work.__name__, work))


@pytest.fixture
def asker(db: None, kinds: None) -> User:
    return UserFactory.create()


def asked(kind: str, asker: User) -> Job:
    job = jobs.ask(kind=kind, key=f"{kind}:1", stamp=stamp(by=asker))
    Job.objects.update(next_try_at=NOW)
    job.refresh_from_db()
    return job


def tried(job: Job, *, now: datetime) -> Job:
    run_step(job_id=job.pk, now=now, stamp=stamp())
    job.refresh_from_db()
    return job


def waits_until_parked(job: Job) -> Iterator[timedelta]:
    """Try the job each time that its next try has come; yield each wait."""
    while job.state == JobState.OPEN:
        now = job.next_try_at
        yield tried(job, now=now).next_try_at - now


def parked(kind: str, asker: User) -> Job:
    job = asked(kind, asker)
    list(waits_until_parked(job))
    return job


def test_each_failure_waits_twice_as_long_as_the_one_before(asker: User) -> None:
    job = asked("fail", asker)

    waits = list(waits_until_parked(job))

    assert waits == [timedelta(seconds=2**attempt) for attempt in range(1, MOST_ATTEMPTS + 1)]


def test_no_wait_is_longer_than_the_longest(asker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LONGEST_WAIT", timedelta(seconds=10))
    job = asked("fail", asker)

    waits = list(waits_until_parked(job))

    assert waits[2:] == [timedelta(seconds=8)] + [timedelta(seconds=10)] * (MOST_ATTEMPTS - 3)


def test_nothing_is_tried_before_its_time(asker: User) -> None:
    job = tried(asked("fail", asker), now=NOW)

    again = tried(job, now=job.next_try_at - timedelta(seconds=1))

    assert (again.attempts, again.state) == (1, JobState.OPEN)


def test_a_wait_that_no_failure_makes_comes_from_a_clock_that_ran_ahead_and_is_over_at_once(asker: User) -> None:
    job = asked("fail", asker)
    Job.objects.update(next_try_at=NOW + timedelta(days=1))
    tried(job, now=NOW + timedelta(days=1))

    again = tried(job, now=NOW)

    assert (again.attempts, again.next_try_at) == (2, NOW + timedelta(seconds=4))


def test_a_job_that_is_not_to_begin_before_a_day_waits_however_long_that_is(asker: User) -> None:
    job = asked("succeed", asker)
    Job.objects.update(next_try_at=NOW + timedelta(days=1))

    assert tried(job, now=NOW).state == JobState.OPEN


def test_a_job_that_always_fails_is_parked_with_its_error_on_its_page(asker: User) -> None:
    job = parked("fail", asker)

    page = browser(asker).get(reverse("job", args=[job.pk])).content.decode()

    assert (job.state, job.attempts, job.error_code) == (JobState.PARKED, MOST_ATTEMPTS, "")
    assert "RuntimeError: the roof leaks" in page


@pytest.mark.parametrize("kind", ["fail", "refuse"])
def test_a_step_that_does_not_succeed_leaves_nothing_behind(asker: User, kind: str) -> None:
    tried(asked(kind, asker), now=NOW)

    assert not User.objects.filter(username="written by the step").exists()


def test_a_retried_job_is_tried_as_often_as_a_new_one(asker: User) -> None:
    job = parked("fail", asker)

    reopened = jobs.retry(job_id=job.pk, stamp=stamp(by=asker), now=NOW)

    assert (reopened.state, reopened.attempts, reopened.next_try_at) == (JobState.OPEN, 0, NOW)
    assert len(list(waits_until_parked(reopened))) == MOST_ATTEMPTS


@pytest.mark.parametrize("kind", ["fail", "succeed"])
def test_only_parked_jobs_are_retried(asker: User, kind: str) -> None:
    job = tried(asked(kind, asker), now=NOW)

    with pytest.raises(NotWaiting):
        jobs.retry(job_id=job.pk, stamp=stamp(by=asker), now=NOW)


@pytest.mark.django_db
def test_a_message_for_a_job_that_is_done_changes_nothing() -> None:
    job = run(works.MOVING.prepare()())
    after = written()

    run_job(job.pk)

    assert (job.state, written()) == (JobState.DONE, after)


def test_eight_who_work_on_one_job_at_once_do_it_once(committed_db: str) -> None:
    ask = works.MOVING.prepare()
    before = written()
    job = ask()

    outcomes = at_once([lambda: run_job(job.pk)] * 8)

    assert outcomes == [None] * 8
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    assert (written() - before, sums_of_books()) == (works.MOVING.outcome, {0})
