"""A file of moves: upload, check, confirm, follow, and the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger.models import JobState
from ledger.progress import progress_of, work_of
from ledger.views.downloads import csv_file
from vouchers.forms.files import MoveFileForm
from vouchers.models import MoveBatch, MoveBatchItem, MoveItemOutcome
from vouchers.move_files import DAY_HEADINGS, FROM_HEADINGS, TO_HEADINGS
from vouchers.services.move_batches import FileOfMovesHasProblems, FileOfMovesUsedBefore, confirm, prepare
from vouchers.tables import NUMBER_HEADINGS, Problem

BATCHES_ON_A_PAGE = 25
ITEMS_ON_A_PAGE = 50


@require_GET
@allowed_to(Act.SEE_JOBS)
def move_batches(request: HttpRequest) -> HttpResponse:
    """List the files of moves this user sees, the newest first."""
    rows = _batches_seen(request).annotate(number_of_items=Count("items")).order_by("-pk")
    page = Paginator(rows, BATCHES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_move": may(signed_in(request), Act.RECORD_MOVE)}
    return render(request, "vouchers/move_batches/list.html", context)


@allowed_to(Act.RECORD_MOVE)
def move_batch_new(request: HttpRequest) -> HttpResponse:
    """Ask for a file and check the whole of it before anything is written."""
    form = MoveFileForm(request.POST or None, request.FILES or None)
    problems: Sequence[Problem] = ()
    earlier = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["moves"]
        try:
            made = prepare(file_name=file.name, content=file.read(), stamp=Stamp.today(signed_in(request)))
        except FileOfMovesHasProblems as refusal:
            problems = refusal.problems
            form.add_error("moves", str(refusal))
        except FileOfMovesUsedBefore as refusal:
            earlier = _batches_seen(request).filter(pk=cast(int, refusal.details["batch"])).first()
            form.add_error("moves", str(refusal))
        else:
            return redirect("move_batch", made.pk)
    context = {"form": form, "problems": problems, "earlier": earlier}
    return render(request, "vouchers/move_batches/from_file.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.SEE_JOBS)
def move_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One file: to be confirmed, under way, or what came of it. A post confirms it."""
    user = signed_in(request)
    found = get_object_or_404(_batches_seen(request), pk=batch_id)
    may_move = may(user, Act.RECORD_MOVE)
    if request.method == "POST":
        if not may_move:
            return HttpResponse(status=403)
        confirm(batch_id=found.pk, stamp=Stamp.today(user))
        messages.success(request, _("The file is confirmed. You may close this page; the work goes on."))
        return redirect("move_batch", found.pk)
    items = found.items.with_outcome(found).select_related("resident", "destination__authority", "refusal")
    total, done = found.items.count(), found.job.result if found.job else {}
    counts = {MoveItemOutcome.WAITING.value: total - sum(done.values()), **done}
    return render(
        request,
        "vouchers/move_batches/batch.html",
        {
            "batch": found,
            **work_of(found.job, now=timezone.now()),
            "is_withdrawn": found.job is not None and found.job.state == JobState.WITHDRAWN,
            "outcomes": [(outcome, counts.get(outcome.value, 0)) for outcome in MoveItemOutcome],
            "total": total,
            "page": Paginator(items.order_by("row"), ITEMS_ON_A_PAGE).get_page(request.GET.get("page")),
            "may_move": may_move,
        },
    )


@never_cache
@require_GET
@allowed_to(Act.SEE_JOBS)
def move_batch_progress(request: HttpRequest, batch_id: int) -> JsonResponse:
    """Answer the progress bar: the job's row, in words."""
    found = get_object_or_404(_batches_seen(request).filter(job__isnull=False), pk=batch_id)
    assert found.job is not None
    return JsonResponse(progress_of(found.job, now=timezone.now()))


@require_GET
@allowed_to(Act.SEE_JOBS)
def move_batch_result(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Every row of the file with what came of it, as CSV."""
    found = get_object_or_404(_batches_seen(request), pk=batch_id)
    header = (_("row"), NUMBER_HEADINGS[0], TO_HEADINGS[0], DAY_HEADINGS[0], _("outcome"), _("reason"))
    return csv_file(name=f"moves-{found.pk}.csv", header=header, rows=_result_rows(found))


@require_GET
@allowed_to(Act.RECORD_MOVE)
def move_batch_template(request: HttpRequest) -> HttpResponseBase:
    """An empty file of moves with its headings, to be filled in."""
    headings = (NUMBER_HEADINGS, FROM_HEADINGS, TO_HEADINGS, DAY_HEADINGS)
    return csv_file(name="moves.csv", header=[names[0] for names in headings], rows=())


def _batches_seen(request: HttpRequest) -> QuerySet[MoveBatch]:
    return MoveBatch.objects.visible_to(signed_in(request)).select_related("created_by", "job")


def _result_rows(found: MoveBatch) -> Iterator[tuple[object, ...]]:
    items = found.items.with_outcome(found).select_related("resident", "refusal").order_by("row")
    for item in items.iterator(chunk_size=2_000):
        yield _result_row(item)


def _result_row(item: MoveBatchItem) -> tuple[object, ...]:
    reason = item.refusal.in_words if item.outcome == MoveItemOutcome.REFUSED else ""
    return item.row, item.resident.number, item.destination_id, item.effective_on, item.outcome_label, reason
