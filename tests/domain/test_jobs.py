"""The row is the job: asked for once, worked in steps, parked when it cannot go on, never dropped."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from accounts.refusals import OwnProposal
from ledger.models import Job, JobState, PeriodStep
from ledger.services import jobs, period_jobs
from ledger.services.periods import AlreadyClosed, PeriodOpen, close_period
from ledger.services.statements import NoStatement, issue_statements
from tests.factories import UserFactory, VoucherFactory, stamp

pytestmark = pytest.mark.django_db

NOW: datetime = timezone.now() + timedelta(days=1)
MONTH = date(2026, 1, 1)
TODAY = date(2026, 2, 1)


def ask(key: str = "test:1") -> Job:
    return jobs.ask(kind="test", key=key, stamp=stamp())


def work_on(job: Job, *, now: datetime = NOW) -> bool:
    """Do one step and read the row again."""
    more = jobs.run_step(job_id=job.pk, now=now, stamp=stamp())
    job.refresh_from_db()
    return more


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[bool | Exception]:
    """What the steps of jobs of the kind ``test`` will do, in order: finish or not, or fail."""
    coming: list[bool | Exception] = []

    def work(job: Job, step: jobs.Step) -> bool:
        job.done_count += 1
        result = coming.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setitem(jobs.KINDS, "test", jobs.Kind("test", "Test", work))
    return coming


def test_asking_twice_makes_one_job(steps: list[bool | Exception]) -> None:
    assert ask() == ask()
    assert Job.objects.count() == 1


def test_a_job_is_worked_step_by_step_until_nothing_is_left(steps: list[bool | Exception]) -> None:
    steps += [False, True]
    job = ask()

    first, second, third = work_on(job), work_on(job), work_on(job)

    assert (first, second, third) == (True, False, False)
    assert (job.state, job.done_count, job.attempts) == (JobState.DONE, 2, 0)


def test_a_step_that_fails_leaves_nothing_and_is_tried_later(steps: list[bool | Exception]) -> None:
    steps += [RuntimeError("no luck"), True]
    job = ask()

    work_on(job)
    at_once = (job.state, job.done_count, job.error)
    work_on(job)
    work_on(job, now=NOW + timedelta(minutes=20))

    assert at_once == (JobState.OPEN, 0, "RuntimeError: no luck")
    assert (job.state, job.done_count, job.error) == (JobState.DONE, 1, "")


def test_what_a_database_quotes_of_a_row_is_not_kept_with_the_job(steps: list[bool | Exception]) -> None:
    steps += [IntegrityError("row violates a check\nDETAIL:  Failing row contains (7, 林小雨).")]
    job = ask()

    work_on(job)

    assert job.error == "IntegrityError: row violates a check"


def test_a_job_that_keeps_failing_is_parked_and_shown(steps: list[bool | Exception]) -> None:
    steps += [RuntimeError("no luck")] * jobs.MOST_ATTEMPTS
    job = ask()

    tries = [work_on(job, now=NOW + timedelta(hours=number)) for number in range(jobs.MOST_ATTEMPTS + 2)]

    assert not any(tries) and steps == []
    assert (job.state, job.attempts, job.error) == (JobState.PARKED, jobs.MOST_ATTEMPTS, "RuntimeError: no luck")


def test_a_refusal_parks_at_once_with_its_code(steps: list[bool | Exception]) -> None:
    steps += [AlreadyClosed(month="2026-01")]
    job = ask()

    work_on(job)

    assert (job.state, job.error_code) == (JobState.PARKED, "already_closed")


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        ("en", "January 2026 is closed already. Nothing was changed."),
        ("zh-hans", "2026年1月已经关闭，未作任何更改。"),
    ],
)
def test_why_a_job_is_parked_is_told_in_the_reader_s_language_not_the_worker_s(
    steps: list[bool | Exception], reader: str, reason: str
) -> None:
    steps += [AlreadyClosed(month="2026-01")]
    job = ask()
    with override("zh-hans"):
        work_on(job)

    with override(reader):
        told = job.reason

    assert told == reason


def test_a_worker_that_died_again_and_again_parks_its_job(steps: list[bool | Exception]) -> None:
    job = ask()
    Job.objects.filter(pk=job.pk).update(attempts=jobs.MOST_ATTEMPTS)

    work_on(job)

    assert job.state == JobState.PARKED


def test_a_parked_job_can_be_opened_again(steps: list[bool | Exception]) -> None:
    steps += [AlreadyClosed(month="2026-01"), True]
    job = ask()
    work_on(job)

    jobs.retry(job_id=job.pk, stamp=stamp(), now=NOW)
    work_on(job)

    assert job.state == JobState.DONE


def test_a_withdrawn_job_leaves_its_key_free(steps: list[bool | Exception]) -> None:
    steps += [AlreadyClosed(month="2026-01")]
    job = ask()
    work_on(job)

    jobs.withdraw(job_id=job.pk, stamp=stamp())

    assert ask() != job


@pytest.mark.parametrize("verb", [jobs.approve, jobs.withdraw])
def test_what_is_done_waits_for_nobody(steps: list[bool | Exception], verb: object) -> None:
    steps += [True]
    job = ask()
    work_on(job)

    with pytest.raises(jobs.NotWaiting):
        verb(job_id=job.pk, stamp=stamp())  # type: ignore[operator]


def test_the_bell_rings_after_the_commit_and_not_before_approval(
    steps: list[bool | Exception],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    rung: list[list[int]] = []
    monkeypatch.setattr(current_app, "send_task", lambda _, args: rung.append(args))

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        job = ask()
        period_jobs.propose_closing(month=MONTH, stamp=stamp(TODAY))
        before = list(rung)

    assert before == []
    assert rung == [[job.pk]]


# Four eyes


def test_a_month_is_closed_by_one_person_and_approved_by_another() -> None:
    author, approver = UserFactory(), UserFactory()
    VoucherFactory()
    job = period_jobs.propose_closing(month=MONTH, stamp=stamp(TODAY, by=author))

    unapproved = work_on(job)
    state_before = job.state
    jobs.approve(job_id=job.pk, stamp=stamp(TODAY, by=approver))
    work_on(job)

    step = PeriodStep.objects.get(month=MONTH)
    assert (unapproved, state_before, job.state) == (False, JobState.PROPOSED, JobState.DONE)
    assert (step.proposed_by, step.approved_by) == (author, approver)


def test_nobody_approves_an_own_proposal() -> None:
    author = UserFactory()
    job = period_jobs.propose_closing(month=MONTH, stamp=stamp(TODAY, by=author))

    with pytest.raises(OwnProposal):
        jobs.approve(job_id=job.pk, stamp=stamp(TODAY, by=author))


@pytest.mark.parametrize("change", [{"state": JobState.OPEN}, {"state": JobState.DONE}])
def test_the_database_lets_nothing_run_unapproved(change: dict[str, str]) -> None:
    job = period_jobs.propose_closing(month=MONTH, stamp=stamp(TODAY))

    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**change)


def test_an_empty_month_is_netted_in_two_steps_once_it_is_stated_and_settled_at_once() -> None:
    author, approver = UserFactory(), UserFactory()
    with pytest.raises(PeriodOpen):
        period_jobs.propose_settling(month=MONTH, stamp=stamp(TODAY, by=author))
    close_period(month=MONTH, approved_by=approver, stamp=stamp(TODAY, by=author))
    with pytest.raises(NoStatement):
        period_jobs.propose_settling(month=MONTH, stamp=stamp(TODAY, by=author))
    issue_statements(month=MONTH, stamp=stamp(TODAY, by=author))
    job = period_jobs.propose_settling(month=MONTH, stamp=stamp(TODAY, by=author))
    jobs.approve(job_id=job.pk, stamp=stamp(TODAY, by=approver))

    more = [work_on(job), work_on(job)]

    assert more == [True, False]
    assert list(PeriodStep.objects.filter(month=MONTH).values_list("step", flat=True)) == [
        "closed",
        "stated",
        "netted",
        "settled",
    ]
