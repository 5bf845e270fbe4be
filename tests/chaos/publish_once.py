"""The relay that docs/adr/0001 warns of, for the control arm's workers: it rings for each open job once and for all."""

from __future__ import annotations

import importlib

from celery.signals import worker_init

from config.celery import app
from ledger.models import Job, JobState
from ledger.tasks import ring_open_jobs, run_job

importlib.import_module("tests.faults.clock")


@worker_init.connect
def take_the_bell(**_: object) -> None:
    """Put this relay where beat's ring arrives, before the pool is forked."""
    setattr(app.tasks[ring_open_jobs.name], "run", publish_once)  # noqa: B010 # a type checker lets nobody assign


def publish_once() -> None:
    for job in Job.objects.filter(state=JobState.OPEN).exclude(params__has_key="published").order_by("pk"):
        Job.objects.filter(pk=job.pk).update(params={**job.params, "published": True})
        run_job.delay(job.pk)
