"""Issuing to many: upload or choose, check, confirm, follow, and the result."""

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

from accounts import selectors as places
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.progress import progress_of, work_of
from ledger.views.downloads import csv_file
from vouchers import selectors
from vouchers.forms.batches import DistrictBatchForm, RosterBatchForm
from vouchers.models import IssueBatch, IssueBatchItem, ItemOutcome
from vouchers.services.batches import (
    FileUsedBefore,
    RosterHasProblems,
    confirm,
    outcome_counts,
    prepare_for_district,
    prepare_from_roster,
)
from vouchers.tables import ID_HEADINGS, NUMBER_HEADINGS, Problem

BATCHES_ON_A_PAGE = 25
ITEMS_ON_A_PAGE = 50


@require_GET
@allowed_to(Act.SEE_JOBS)
def batches(request: HttpRequest) -> HttpResponse:
    """List the batches this user sees, the newest first."""
    user = signed_in(request)
    rows = _batches_seen(request).annotate(number_of_items=Count("items")).order_by("-pk")
    page = Paginator(rows, BATCHES_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "vouchers/batches/list.html", {"page": page, "may_issue": may(user, Act.ISSUE_VOUCHER)})


@allowed_to(Act.ISSUE_VOUCHER)
def batch_new(request: HttpRequest) -> HttpResponse:
    """Ask what the residents in a file get, and check the whole file before anything is written."""
    stamp = Stamp.today(signed_in(request))
    programmes = selectors.programmes_in_force(day=stamp.as_of)
    form = RosterBatchForm(request.POST or None, request.FILES or None, programmes=programmes)
    problems: Sequence[Problem] = ()
    earlier = None
    if request.method == "POST" and form.is_valid():
        roster = form.cleaned_data["roster"]
        try:
            made = prepare_from_roster(offer=form.offer, file_name=roster.name, content=roster.read(), stamp=stamp)
        except RosterHasProblems as refusal:
            problems = refusal.problems
            form.add_error("roster", str(refusal))
        except FileUsedBefore as refusal:
            earlier = _batches_seen(request).filter(pk=cast(int, refusal.details["batch"])).first()
            form.add_error("roster", str(refusal))
        else:
            return redirect("batch", made.pk)
    context = {"form": form, "problems": problems, "earlier": earlier}
    return render(request, "vouchers/batches/from_file.html", context)


@allowed_to(Act.ISSUE_VOUCHER)
def batch_new_for_district(request: HttpRequest) -> HttpResponse:
    """Ask what everybody eligible in a district gets, and find out who that is."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    form = DistrictBatchForm(
        request.POST or None,
        programmes=selectors.programmes_in_force(day=stamp.as_of),
        districts=places.districts_administered_by(user).going_on(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = prepare_for_district(offer=form.offer, district=form.cleaned_data["district"], stamp=stamp)
        except Refused as refusal:
            form.add_error("district", str(refusal))
        else:
            return redirect("batch", made.pk)
    return render(request, "vouchers/batches/for_district.html", {"form": form})


@require_http_methods(["GET", "POST"])
@allowed_to(Act.SEE_JOBS)
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch: to be confirmed, under way, or what came of it. A post confirms it."""
    user = signed_in(request)
    found = get_object_or_404(_batches_seen(request), pk=batch_id)
    may_issue = may(user, Act.ISSUE_VOUCHER)
    if request.method == "POST":
        if not may_issue:
            return HttpResponse(status=403)
        confirm(batch_id=found.pk, stamp=Stamp.today(user))
        messages.success(request, _("The batch is confirmed. You may close this page; the work goes on."))
        return redirect("batch", found.pk)
    items = found.items.with_outcome(found).select_related("resident").order_by("row")
    total = found.items.count()
    counts = outcome_counts(found, total=total)
    outcomes = [
        (outcome, counts.get(outcome.value, 0), counts.get(outcome.value, 0) * found.fen) for outcome in ItemOutcome
    ]
    return render(
        request,
        "vouchers/batches/batch.html",
        {
            "batch": found,
            **work_of(found.job, now=timezone.now()),
            "outcomes": outcomes,
            "total": total,
            "total_fen": total * found.fen,
            "page": Paginator(items, ITEMS_ON_A_PAGE).get_page(request.GET.get("page")),
            "may_issue": may_issue,
        },
    )


@never_cache
@require_GET
@allowed_to(Act.SEE_JOBS)
def batch_progress(request: HttpRequest, batch_id: int) -> JsonResponse:
    """Answer the progress bar: the job's row, in words."""
    found = get_object_or_404(_batches_seen(request).filter(job__isnull=False), pk=batch_id)
    job = found.job
    assert job is not None
    return JsonResponse(progress_of(job, now=timezone.now()))


@require_GET
@allowed_to(Act.SEE_JOBS)
def batch_result(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Every resident of the batch with what came of it, as CSV."""
    found = get_object_or_404(_batches_seen(request), pk=batch_id)
    header = (_("row"), NUMBER_HEADINGS[0], _("name"), _("outcome"), _("voucher number"))
    return csv_file(name=f"batch-{found.pk}.csv", header=header, rows=_result_rows(found))


@require_GET
@allowed_to(Act.ISSUE_VOUCHER)
def batch_template(request: HttpRequest) -> HttpResponseBase:
    """An empty roster with its headings, to be filled in."""
    return csv_file(name="roster.csv", header=(NUMBER_HEADINGS[0], ID_HEADINGS[0]), rows=())


def _batches_seen(request: HttpRequest) -> QuerySet[IssueBatch]:
    rows = IssueBatch.objects.visible_to(signed_in(request))
    return rows.select_related("programme", "district__authority", "created_by", "job")


def _result_rows(found: IssueBatch) -> Iterator[tuple[object, ...]]:
    items = found.items.with_outcome(found).select_related("resident").order_by("row")
    for item in items.iterator(chunk_size=2_000):
        yield _result_row(item)


def _result_row(item: IssueBatchItem) -> tuple[object, ...]:
    outcome = ItemOutcome(item.outcome).label
    return item.row, item.resident.number, item.resident.name, outcome, item.voucher_number or ""
