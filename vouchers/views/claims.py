"""Claims of providers: send a month, see which days differ and why, compare now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger.break_words import reason_in_words
from ledger.views.downloads import csv_file, plain_yuan
from vouchers.claim_files import AMOUNT_HEADINGS, DAY_HEADINGS, KEY_HEADINGS, PROGRAMME_HEADINGS, VOUCHER_HEADINGS
from vouchers.claim_words import day_in_a_sentence, number_of, what_to_do
from vouchers.forms.claims import ClaimFileForm, ClaimFilter, MonthForm
from vouchers.models import ClaimFile, Provider
from vouchers.models.claims import ClaimFileQuerySet
from vouchers.selectors import (
    differences_of,
    last_comparison_of,
    numbers_of,
    programmes_by_id,
    redemptions_of_month,
    standing_among,
)
from vouchers.services import claiming, reconciling
from vouchers.services.claims import key_given
from vouchers.services.counter import provider_of
from vouchers.tables import Problem

FILES_ON_A_PAGE, DIFFERENCES_ON_A_PAGE = 25, 50


@allowed_to(Act.SEE_CLAIMS)
def claims(request: HttpRequest) -> HttpResponse:
    """List the claims this user sees, the newest first."""
    user, today = signed_in(request), Stamp.today(None).as_of
    form = ClaimFilter(request.GET, today=today)
    rows = _files_seen(request).annotate(fen=Sum("totals__fen"), number=Sum("totals__number"))
    if form.is_valid() and form.cleaned_data["month"]:
        rows = rows.filter(month=form.cleaned_data["month"])
    page = Paginator(rows.order_by("-pk"), FILES_ON_A_PAGE).get_page(request.GET.get("page"))
    standing = standing_among(list(page))
    context = {
        "form": form,
        "page": page,
        "lines": [(file, file.pk in standing) for file in page],
        "may_send": may(user, Act.SEND_CLAIMS),
        "month_form": MonthForm(today=today),
        "may_see_payments": may(user, Act.SEE_BOOKS),
        "may_compare": may(user, Act.WORK_ON_BREAKS),
    }
    return render(request, "vouchers/claims/list.html", context)


@allowed_to(Act.SEND_CLAIMS)
def claims_send(request: HttpRequest) -> HttpResponse:
    """Take a month's file, the whole of it or nothing."""
    user, stamp = signed_in(request), Stamp.today(signed_in(request))
    provider = provider_of(user)
    form = ClaimFileForm(request.POST or None, request.FILES or None, today=stamp.as_of)
    problems: Sequence[Problem] = ()
    earlier = None
    if request.method == "POST" and form.is_valid():
        file, month = form.cleaned_data["claims"], form.cleaned_data["month"]
        try:
            sent = claiming.send_file(clerk=user, month=month, file_name=file.name, content=file.read(), stamp=stamp)
        except claiming.ClaimFileHasProblems as refusal:
            problems = refusal.problems
            form.add_error("claims", str(refusal))
        except claiming.ClaimFileSentBefore as refusal:
            earlier = _files_seen(request).filter(pk=cast(int, refusal.details["file"])).first()
            form.add_error("claims", str(refusal))
        else:
            messages.success(request, _("Your claims are here. Below you see what already agrees with our books."))
            return redirect("claim_file", sent.pk)
    context = {"form": form, "problems": problems, "earlier": earlier, "provider": provider}
    context["month_form"] = MonthForm(today=stamp.as_of, auto_id="record_%s")
    return render(request, "vouchers/claims/send.html", context)


@allowed_to(Act.SEE_CLAIMS)
def claim_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One month's claims: their totals, the days that differ now, and what the last comparison found."""
    file = get_object_or_404(_files_seen(request), pk=pk)
    is_standing = bool(standing_among([file]))
    programmes = programmes_by_id()
    cells = claiming.differing(file) if is_standing else []
    run = last_comparison_of(file)
    found = differences_of(file, run=run)
    page = Paginator(found, DIFFERENCES_ON_A_PAGE).get_page(request.GET.get("page"))
    totals = file.totals.select_related("programme")
    context = {
        "file": file,
        "is_standing": is_standing,
        "totals": totals,
        "number": sum(total.number for total in totals),
        "fen": sum(total.fen for total in totals),
        "days": [day_in_a_sentence(cell, programme=programmes[cell.programme_id]) for cell in cells],
        "run": run,
        "page": page,
        "differences": [(one, number_of(one), reason_in_words(one.reason), what_to_do(one)) for one in page],
        "is_clerk": may(signed_in(request), Act.SEND_CLAIMS),
    }
    return render(request, "vouchers/claims/file.html", context)


@allowed_to(Act.SEND_CLAIMS)
def claims_record(request: HttpRequest) -> HttpResponseBase:
    """What our books hold of the own provider's month, with the headings of a file of claims."""
    provider = provider_of(signed_in(request))
    form = MonthForm(request.GET, today=Stamp.today(None).as_of)
    if not form.is_valid():
        return redirect("claims_send")
    month = form.cleaned_data["month"]
    headings = (PROGRAMME_HEADINGS, DAY_HEADINGS, KEY_HEADINGS, AMOUNT_HEADINGS, VOUCHER_HEADINGS)
    return csv_file(
        name=f"redeemed-{month:%Y-%m}.csv",
        header=[names[0] for names in headings],
        rows=_record(provider, month),
    )


@require_POST
@allowed_to(Act.WORK_ON_BREAKS)
def claims_reconcile(request: HttpRequest) -> HttpResponse:
    """Compare a month now."""
    stamp = Stamp.today(signed_in(request))
    form = MonthForm(request.POST, today=stamp.as_of)
    if not form.is_valid():
        return redirect("claims")
    return redirect("job", reconciling.ask_now(month=form.cleaned_data["month"], stamp=stamp).pk)


def _files_seen(request: HttpRequest) -> ClaimFileQuerySet:
    return ClaimFile.objects.visible_to(signed_in(request)).select_related("provider", "sent_by")


def _record(provider: Provider, month: date) -> Iterator[tuple[object, ...]]:
    rows = redemptions_of_month(provider, month=month)
    numbers = numbers_of({subject for subject in rows.values_list("subject", flat=True) if subject})
    for row in rows.iterator(chunk_size=2_000):
        number = numbers.get(row.subject or 0, "")
        yield row.credit.programme, row.occurred_on, key_given(row.key), plain_yuan(row.fen), number
