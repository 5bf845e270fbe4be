"""Operations: does the service do its work, and what has somebody to do about it?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import Act, allowed_to, may, signed_in
from ledger import selectors, signs
from ledger.models import JobState
from ledger.progress import progress_in_words
from ledger.selectors.operations import last_upkeep
from ledger.signs import Mood
from ledger.wording import job_in_words

#: More than these are on the page of jobs.
MOST_JOBS = 50
TONES = {Mood.GOOD: "good", Mood.WARN: "wait", Mood.ALARM: "stop"}


@require_safe
@allowed_to(Act.SEE_OPERATIONS)
def operations(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    seen = signs.look(now=now)
    jobs = selectors.jobs_seen_by(signed_in(request)).order_by("next_try_at", "pk")
    parked = jobs.filter(state=JobState.PARKED)[:MOST_JOBS]
    under_way = jobs.filter(state=JobState.OPEN)[:MOST_JOBS]
    context = {
        "now": now,
        "lines": [(each.sign, each.finding, TONES[each.finding.mood]) for each in seen],
        "findings": [(each.finding, TONES[each.finding.mood]) for each in seen if each.finding.mood is not Mood.GOOD],
        "alarms": sum(each.finding.mood is Mood.ALARM for each in seen),
        "parked": [(job, job_in_words(job)) for job in parked],
        "under_way": [(job, job_in_words(job), progress_in_words(job, now=now)) for job in under_way],
        "most_jobs": MOST_JOBS,
        "upkeep": last_upkeep(),
        "may_retry": may(signed_in(request), Act.RUN_JOBS),
    }
    return render(request, "ledger/operations.html", context)
