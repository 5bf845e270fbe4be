"""Long work, for those who may look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from ledger.models import Job
from ledger.states import State, job_key


def jobs_seen_by(user: User) -> QuerySet[Job]:
    return Job.objects.visible_to(user).select_related("proposed_by", "approved_by")


def jobs_of_periods(states: Mapping[date, State]) -> dict[date, Job]:
    """Return the job under way that takes each month onwards, where there is one."""
    months = {job_key(state.next_job, month): month for month, state in states.items() if state.next_job}
    jobs = Job.objects.filter(key__in=months).select_related("proposed_by", "approved_by")
    return {months[job.key]: job for job in jobs}
