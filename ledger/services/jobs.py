"""Long work as rows: asked for, perhaps approved, worked step by step, done or parked. Messages only ring the bell.

Each kind of work registers one function that does one step and says whether more is to do. A step and the row's new
state are committed together, so a process may die at any instruction and a message may come twice or never.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, NamedTuple

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from accounts.refusals import OwnProposal, Refused
from accounts.stamps import Stamp
from ledger.metrics import STEPS, Outcome
from ledger.models import Job, JobState
from ledger.models.jobs import LONGEST_WAIT

log = logging.getLogger(__name__)

RUN_TASK = "ledger.tasks.run_job"
MOST_ATTEMPTS = 8


class NotWaiting(Refused):
    code = "not_waiting"
    sentence = _("This is no longer waiting: it is %(state)s. Nothing was changed.")


class Step(NamedTuple):
    """What a step is given besides its job: who asked for it and when, and who approved."""

    stamp: Stamp
    approved_by: User | None


Work = Callable[[Job, Step], bool]


class Kind(NamedTuple):
    """``work`` does one step inside a transaction, updates the job's counts and returns True when nothing is left."""

    code: str
    label: str | Promise
    work: Work


KINDS: dict[str, Kind] = {}


def kind(code: str, label: str | Promise) -> Callable[[Work], Work]:
    """Register the decorated function as the work of jobs of this kind."""

    def register(work: Work) -> Work:
        KINDS[code] = Kind(code, label, work)
        return work

    return register


@transaction.atomic
def ask(
    *,
    kind: str,
    key: str,
    stamp: Stamp,
    params: Mapping[str, Any] | None = None,
    total: int = 0,
    needs_approval: bool = False,
    resumes: Job | None = None,
    not_before: datetime | None = None,
) -> Job:
    """Return the job of this key, made now if there is none; ring for it unless somebody has to approve it first.

    A new job goes on where the withdrawn one that it ``resumes`` stood. It does not begin before ``not_before``.
    """
    assert kind in KINDS, kind
    so_far: dict[str, Any] = {} if resumes is None else {"done_count": resumes.done_count, "result": resumes.result}
    if not_before is not None:
        so_far["next_try_at"] = not_before
    job, made = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "params": {**(resumes.params if resumes else {}), **(params or {})},
            "proposed_by": stamp.by,
            "needs_approval": needs_approval,
            "state": JobState.PROPOSED if needs_approval else JobState.OPEN,
            "total_count": total,
            **so_far,
        },
    )
    if made:
        audit.record(stamp=stamp, verb="ask_job", subject=f"job:{job.pk}", kind=kind)
        ring(job)
    return job


@transaction.atomic
def approve(*, job_id: int, stamp: Stamp) -> Job:
    """Let a proposed job run. Raises OwnProposal or NotWaiting."""
    job = _waiting(job_id, state=JobState.PROPOSED)
    if stamp.by is None or stamp.by == job.proposed_by:
        raise OwnProposal()
    job.approved_by = stamp.by
    return _move_on(job, JobState.OPEN, verb="approve_job", stamp=stamp)


@transaction.atomic
def withdraw(*, job_id: int, stamp: Stamp) -> Job:
    """Take back a proposal or a parked job. The key becomes free again. Raises NotWaiting."""
    job = _waiting(job_id, state=JobState.PROPOSED, or_state=JobState.PARKED)
    job.key = f"{job.key}:withdrawn:{job.pk}"
    return _move_on(job, JobState.WITHDRAWN, verb="withdraw_job", stamp=stamp)


@transaction.atomic
def retry(*, job_id: int, stamp: Stamp, now: datetime) -> Job:
    """Open a parked job again. Raises NotWaiting."""
    job = _waiting(job_id, state=JobState.PARKED)
    job.attempts, job.next_try_at = 0, now
    return _move_on(job, JobState.OPEN, verb="retry_job", stamp=stamp)


def ring(job: Job) -> None:
    """Tell a worker about an open job once this transaction is committed. A lost ring costs time and nothing else."""
    if job.state == JobState.OPEN:
        transaction.on_commit(lambda: current_app.send_task(RUN_TASK, args=[job.pk]), robust=True)


def run_step(*, job_id: int, now: datetime, stamp: Stamp) -> bool:
    """Do one step of an open job whose time has come; return whether another step may follow at once."""
    kind = _count_attempt(job_id, now=now)
    if kind is None:
        return False
    began = perf_counter()
    outcome = _outcome_of_step(job_id, now=now, stamp=stamp)
    STEPS.labels(kind, outcome).inc()
    seconds = round(perf_counter() - began, 3)
    log.info("job step", extra={"job_id": job_id, "job_kind": kind, "step_state": outcome, "step_seconds": seconds})
    return outcome is Outcome.MORE


def _outcome_of_step(job_id: int, *, now: datetime, stamp: Stamp) -> Outcome:
    try:
        return _work(job_id, now=now, stamp=stamp)
    except Refused as refusal:
        _park(job_id, refusal=refusal)
        return Outcome.REFUSED
    except Exception as error:
        log.exception("job step failed", extra={"job_id": job_id})
        _try_later(job_id, now=now, error=_in_a_line(error))
        return Outcome.FAILED


def _count_attempt(job_id: int, *, now: datetime) -> str | None:
    """Return the job's kind when a step may be tried.

    Counted in a commit of its own, so that a step that kills its worker is parked one day, not tried for ever.
    """
    with transaction.atomic():
        job = Job.objects.due(now=now).select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            Job.objects.filter(pk=job_id).update(state=JobState.PARKED)
            return None
        Job.objects.filter(pk=job_id).update(attempts=F("attempts") + 1)
        return job.kind


def _work(job_id: int, *, now: datetime, stamp: Stamp) -> Outcome:
    with transaction.atomic():
        rows = Job.objects.due(now=now).select_related("proposed_by", "approved_by")
        job = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=job_id).first()
        if job is None:
            return Outcome.TAKEN
        by = Stamp(by=job.proposed_by, booked_on=stamp.booked_on, as_of=stamp.as_of)
        finished = KINDS[job.kind].work(job, Step(by, job.approved_by))
        if finished:
            job.state, job.finished_at = JobState.DONE, now
        job.attempts, job.error, job.error_details, job.error_code, job.last_step_at = 0, "", {}, "", now
        job.save()
        return Outcome.DONE if finished else Outcome.MORE


def _park(job_id: int, *, refusal: Refused) -> None:
    """Keep the refusal as it is before translation: whoever reads it may speak another language than this worker."""
    log.warning("job parked", extra={"job_id": job_id, "refusal_code": refusal.code})
    error, details = refusal.in_source()
    Job.objects.filter(pk=job_id, state=JobState.OPEN).update(
        state=JobState.PARKED, error=error, error_details=details, error_code=refusal.code
    )


def _try_later(job_id: int, *, now: datetime, error: str) -> None:
    """Wait twice as long after each failure; park when it has failed too often."""
    job = Job.objects.get(pk=job_id)
    wait = min(timedelta(seconds=2**job.attempts), LONGEST_WAIT)
    state = JobState.PARKED if job.attempts >= MOST_ATTEMPTS else JobState.OPEN
    Job.objects.filter(pk=job_id, state=JobState.OPEN).update(state=state, error=error, next_try_at=now + wait)


def _in_a_line(error: Exception) -> str:
    """Return what happened without what a database adds below it: that quotes whole rows, and with them people."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _waiting(job_id: int, *, state: JobState, or_state: JobState | None = None) -> Job:
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.state not in (state, or_state):
        raise NotWaiting(state=job.get_state_display())
    return job


def _move_on(job: Job, state: JobState, *, verb: str, stamp: Stamp) -> Job:
    job.state = state
    job.save()
    audit.record(stamp=stamp, verb=verb, subject=f"job:{job.pk}")
    ring(job)
    return job
