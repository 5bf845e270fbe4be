"""The administrator's first page: what needs me today."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import selectors as places
from accounts.models import DoubleRegistration, User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger.calendar_words import standing_in_words
from ledger.models import Job, JobState
from ledger.progress import progress_in_words
from ledger.selectors import Appointment, jobs_seen_by, reminded_on
from ledger.selectors.breaks import breaks_waiting_for
from ledger.wording import job_in_words
from vouchers.casebook import cases_of, waiting_for
from vouchers.forms.residents import ResidentSearchForm
from vouchers.models import IssueBatch

#: The desk shows the newest jobs and the moves due first; the rest is on their own pages.
MOST_JOBS = 8


class Work(NamedTuple):
    """A job as the desk shows it."""

    job: Job
    title: str
    progress: str


@require_GET
@allowed_to(Act.REGISTER_RESIDENT)
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits for this user's yes, what runs, what is stuck; then the search for residents."""
    user = signed_in(request)
    runs_periods, today = may(user, Act.RUN_PERIODS), Stamp.today(user).as_of
    jobs = jobs_seen_by(user).select_related("issue_batch__programme")
    proposed = jobs.filter(state=JobState.PROPOSED)
    return render(
        request,
        "vouchers/desk/desk.html",
        {
            "to_approve": works(proposed.exclude(proposed_by=user)) if runs_periods else [],
            "reminders": _reminders(today) if runs_periods else [],
            "waiting_for_others": works(proposed.filter(proposed_by=user)),
            "running": works(jobs.filter(state=JobState.OPEN)),
            "parked": works(jobs.filter(state=JobState.PARKED)),
            "to_confirm": _to_confirm(user),
            "doubles": DoubleRegistration.objects.visible_to(user).waiting().count(),
            "moves": cases_of(waiting_for(user)[:MOST_JOBS], user=user, today=today),
            "differences": breaks_waiting_for(user).count() if may(user, Act.WORK_ON_BREAKS) else 0,
            "search": ResidentSearchForm(districts=places.all_districts().going_on()),
        },
    )


def _reminders(today: date) -> list[tuple[Appointment, str]]:
    """The months whose next step is due or overdue, with how it stands, the oldest first."""
    return [(found, standing_in_words(found)) for found in reminded_on(today)[:MOST_JOBS]]


def works(jobs: QuerySet[Job]) -> list[Work]:
    """Put jobs into words, the newest first."""
    now = timezone.now()
    return [Work(job, job_in_words(job), progress_in_words(job, now=now)) for job in jobs.order_by("-pk")[:MOST_JOBS]]


def _to_confirm(user: User) -> QuerySet[IssueBatch]:
    """The own batches that were checked and never confirmed."""
    rows = IssueBatch.objects.visible_to(user).filter(created_by=user, job=None)
    return rows.select_related("programme", "district__authority")[:MOST_JOBS]
