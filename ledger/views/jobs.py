"""Long work: what waits for whom, how far it is, what stopped it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger import selectors
from ledger.forms import JobFilter
from ledger.models import Job, JobState
from ledger.months import parse_month
from ledger.progress import progress_in_words, progress_of
from ledger.services import jobs
from ledger.views import figures
from ledger.wording import TONES, job_in_words

JOBS_A_PAGE = 50


@allowed_to(Act.SEE_JOBS)
def all_jobs(request: HttpRequest) -> HttpResponse:
    form = JobFilter(request.GET)
    found = selectors.jobs_seen_by(signed_in(request)).order_by("-id")
    if form.is_valid() and form.cleaned_data["state"]:
        found = found.filter(state=form.cleaned_data["state"])
    page = Paginator(found, JOBS_A_PAGE).get_page(request.GET.get("page"))
    lines = [(job, job_in_words(job), TONES[JobState(job.state)]) for job in page]
    return render(request, "ledger/jobs.html", {"form": form, "page": page, "lines": lines})


@allowed_to(Act.SEE_JOBS)
def job(request: HttpRequest, pk: int) -> HttpResponse:
    found = _job(request, pk)
    month, approved = found.params.get("month"), found.params.get("payload", "")
    signed = figures.of_job(found)
    return render(
        request,
        "ledger/job.html",
        {
            "job": found,
            "title": job_in_words(found),
            "tone": TONES[JobState(found.state)],
            "progress": progress_in_words(found, now=timezone.now()),
            "month": parse_month(month) if month else None,
            "approved": approved,
            "figures": signed,
            "shown": signed.shown if signed else {},
            "figures_changed": bool(signed and approved and signed.payload != approved),
            **_choices(found, signed_in(request)),
        },
    )


@allowed_to(Act.SEE_JOBS)
def state(request: HttpRequest, pk: int) -> JsonResponse:
    """What the progress bar asks for again and again."""
    return JsonResponse(progress_of(_job(request, pk), now=timezone.now()))


@require_POST
@allowed_to(Act.RUN_PERIODS)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    jobs.approve(job_id=_job(request, pk).pk, stamp=Stamp.today(signed_in(request)))
    messages.success(request, _("You have approved it. The work starts now; this page shows how far it is."))
    return redirect("job", pk)


@require_POST
@allowed_to(Act.RUN_JOBS)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    jobs.withdraw(job_id=_job(request, pk).pk, stamp=Stamp.today(signed_in(request)))
    messages.success(request, _("It is withdrawn and will not go on."))
    return redirect("job", pk)


@require_POST
@allowed_to(Act.RUN_JOBS)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    jobs.retry(job_id=_job(request, pk).pk, stamp=Stamp.today(signed_in(request)), now=timezone.now())
    messages.success(request, _("It will be tried again now."))
    return redirect("job", pk)


def _job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(selectors.jobs_seen_by(signed_in(request)), pk=pk)


def _choices(job: Job, user: User) -> dict[str, bool]:
    """Return what this user may do with the job in its present state."""
    waits = job.state == JobState.PROPOSED
    own = job.proposed_by == user
    return {
        "own_proposal": waits and own,
        "can_approve": waits and not own and may(user, Act.RUN_PERIODS),
        "can_retry": job.state == JobState.PARKED and may(user, Act.RUN_JOBS),
        "can_withdraw": job.state in (JobState.PROPOSED, JobState.PARKED) and may(user, Act.RUN_JOBS),
    }
