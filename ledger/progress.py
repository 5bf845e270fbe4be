"""How far a job is, in words."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.models import Job, JobState


class Progress(TypedDict):
    """What the page's progress bar is told when it asks."""

    done: int
    total: int
    text: str
    finished: bool


def progress_of(job: Job, *, now: datetime) -> Progress:
    """Return how far a job is, as figures for the bar and in words."""
    return {
        "done": job.done_count,
        "total": job.total_count,
        "text": progress_in_words(job, now=now),
        "finished": job.state != JobState.OPEN,
    }


def work_of(job: Job | None, *, now: datetime) -> dict[str, object]:
    """Return what a page shows of a job, or of work that nobody has asked for yet."""
    return {
        "job": job,
        "is_under_way": job is not None and job.state == JobState.OPEN,
        "is_parked": job is not None and job.state == JobState.PARKED,
        "progress": progress_in_words(job, now=now) if job else "",
    }


def progress_in_words(job: Job, *, now: datetime) -> str:
    """Return a sentence such as "1,200 of 5,000 are done, about 3 minutes remain."; time as the work went until now."""
    if job.state == JobState.PARKED:
        return _("Stopped after %(done)s of %(total)s. A person has to look at it.") % _counts(job)
    if job.state == JobState.DONE or job.needs_approval or not 0 < job.done_count < job.total_count:
        return _("%(done)s of %(total)s are done.") % _counts(job)
    passed = (now - job.created_at).total_seconds()
    minutes = ceil(passed * (job.total_count - job.done_count) / job.done_count / 60)
    sentence = ngettext(
        "%(done)s of %(total)s are done, about %(minutes)s minute remains.",
        "%(done)s of %(total)s are done, about %(minutes)s minutes remain.",
        minutes,
    )
    return sentence % {**_counts(job), "minutes": minutes}


def _counts(job: Job) -> dict[str, str]:
    return {"done": f"{job.done_count:,}", "total": f"{job.total_count:,}"}
