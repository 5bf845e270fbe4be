"""What was compared with what, when, and what came of it: readable years later."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.permissions import Act, allowed_to, signed_in
from ledger.break_words import TONES, kind_in_words, reason_in_words, state_in_words
from ledger.selectors import breaks as queue

RUNS_A_PAGE, BREAKS_SHOWN = 50, 50


@allowed_to(Act.SEE_BOOKS)
def all_runs(request: HttpRequest) -> HttpResponse:
    page = Paginator(queue.runs(), RUNS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "ledger/runs.html", {"page": page, "lines": [(run, kind_in_words(run.kind)) for run in page]}
    )


@allowed_to(Act.SEE_BOOKS)
def one_run(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(queue.runs(), pk=pk)
    found = queue.breaks_seen_by(signed_in(request)).filter(run=run)
    page = Paginator(found, BREAKS_SHOWN).get_page(request.GET.get("page"))
    lines = [(one, reason_in_words(one.reason), state_in_words(one.state), TONES[one.state or ""]) for one in page]
    context = {"run": run, "kind": kind_in_words(run.kind), "page": page, "lines": lines}
    return render(request, "ledger/run.html", context)
