"""What a worker does when the bell rings. A task carries an id, may come twice or never, and makes one call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts.stamps import Stamp
from ledger.models import Job, Part
from ledger.services import calendar, jobs, sealing, upkeep

#: Steps done for one ring; whoever rings next goes on. Keeps a task far below its time limit.
STEPS_FOR_A_RING = 50


@shared_task(name=jobs.RUN_TASK)
def run_job(job_id: int) -> None:
    """Work on one job."""
    upkeep.seen(Part.WORKER, now=timezone.now())
    for _ in range(STEPS_FOR_A_RING):
        if not jobs.run_step(job_id=job_id, now=timezone.now(), stamp=Stamp.today(None)):
            return
    run_job.delay(job_id)


@shared_task(name="ledger.tasks.ring_open_jobs")
def ring_open_jobs() -> None:
    """Ring again for every job still open: any earlier message may be lost."""
    upkeep.seen(Part.BEAT, Part.WORKER, now=timezone.now())
    for job_id in Job.objects.due(now=timezone.now()).order_by("pk").values_list("pk", flat=True):
        run_job.delay(job_id)


@shared_task(name="ledger.tasks.seal_daily")
def seal_daily() -> None:
    """Ask for today's seal."""
    sealing.ask_for_the_day(stamp=Stamp.today(None))


@shared_task(name="ledger.tasks.turn_calendar")
def turn_calendar() -> None:
    """Keep the months' days, and remind people of what waits for them today."""
    calendar.turn_to(day=Stamp.today(None).booked_on)
