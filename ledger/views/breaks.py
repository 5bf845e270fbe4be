"""The queue of differences: what is open, how old it is, both sides of one, and what people do about it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from accounts.words import in_words
from ledger import selectors
from ledger.break_forms import BreakFilter, ClosingForm, CorrectionForm
from ledger.break_reasons import REASONS, RULES
from ledger.break_words import (
    TONES,
    band_in_words,
    evidence_in_words,
    kind_in_words,
    reason_in_words,
    state_in_words,
)
from ledger.models import Break
from ledger.selectors import breaks as queue
from ledger.services import breaks
from ledger.views.downloads import csv_file, plain_yuan

BREAKS_A_PAGE = 50


@allowed_to(Act.SEE_BOOKS)
def all_breaks(request: HttpRequest) -> HttpResponse:
    user, today = signed_in(request), Stamp.today(None).booked_on
    form = BreakFilter(request.GET, user=user)
    page = Paginator(form.narrow(queue.breaks_seen_by(user)), BREAKS_A_PAGE).get_page(request.GET.get("page"))
    owners = queue.owners_of(page)
    lines = [
        (one, reason_in_words(one.reason), state_in_words(one.state), TONES[one.state or ""], owners.get(one.pk))
        for one in page
    ]
    by_reason = queue.ageing(user=user, today=today)
    bands = [band_in_words(band) for band in queue.BANDS]
    context = {
        "form": form,
        "page": page,
        "lines": lines,
        "today": today,
        "bands": bands,
        "by_reason": by_reason,
        "reasons": [
            (line, reason_in_words(line.code), list(zip(bands, line.numbers, strict=True))) for line in by_reason.lines
        ],
        "totals": list(zip(bands, by_reason.totals, strict=True)),
        "by_authority": queue.ageing(user=user, today=today, by="authority"),
        "authorities": selectors.authorities_by_code(),
    }
    return render(request, "ledger/breaks.html", context)


@allowed_to(Act.SEE_BOOKS)
def breaks_csv(request: HttpRequest) -> HttpResponseBase:
    user, today = signed_in(request), Stamp.today(None).booked_on
    found = BreakFilter(request.GET, user=user).narrow(queue.breaks_seen_by(user))
    header = [
        _("Number"),
        _("Where"),
        _("Reason"),
        _("Authority"),
        _("Difference in yuan"),
        _("Opened on"),
        _("Days open"),
        _("State"),
        _("Key"),
    ]
    rows = (
        [
            one.pk,
            kind_in_words(one.kind),
            reason_in_words(one.reason),
            in_words(one.authority) if one.authority else "",
            f"{'-' if one.fen < 0 else ''}{plain_yuan(abs(one.fen))}",
            one.opened_on,
            (today - one.opened_on).days,
            state_in_words(one.state),
            one.key,
        ]
        for one in found.iterator(chunk_size=2_000)
    )
    return csv_file(name="differences.csv", header=header, rows=rows)


@allowed_to(Act.SEE_BOOKS)
def one_break(request: HttpRequest, pk: int) -> HttpResponse:
    found = _break(request, pk)
    return _show(request, found, correction=CorrectionForm(), closing=ClosingForm())


@require_POST
@allowed_to(Act.WORK_ON_BREAKS)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    breaks.assign(break_id=_break(request, pk).pk, owner=user, stamp=Stamp.today(user))
    messages.success(request, _("You are looking at it now. Others see that."))
    return redirect("break", pk)


@require_http_methods(["POST"])
@allowed_to(Act.WORK_ON_BREAKS)
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _break(request, pk), CorrectionForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            job = breaks.propose_correction(
                break_id=found.pk,
                correction=breaks.Correction(wanted["debit"].strip(), wanted["credit"].strip(), wanted["amount"]),
                note=wanted["note"],
                stamp=Stamp.today(signed_in(request)),
            )
        except (breaks.NotCorrectable, breaks.SameAccount) as refusal:
            form.add_error("credit" if refusal.details.get("account") == wanted["credit"] else "debit", str(refusal))
        else:
            messages.success(request, _("Your correction is proposed. Another city administrator has to approve it."))
            return redirect("job", job.pk)
    return _show(request, found, correction=form, closing=ClosingForm())


@require_http_methods(["POST"])
@allowed_to(Act.WORK_ON_BREAKS)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _break(request, pk), ClosingForm(request.POST)
    if not form.is_valid():
        return _show(request, found, correction=CorrectionForm(), closing=form)
    breaks.close(break_id=found.pk, note=form.cleaned_data["note"], stamp=Stamp.today(signed_in(request)))
    messages.success(request, _("The difference is closed."))
    return redirect("break", pk)


def _break(request: HttpRequest, pk: int) -> Break:
    return get_object_or_404(queue.with_history(queue.breaks_seen_by(signed_in(request))), pk=pk)


def _show(request: HttpRequest, found: Break, *, correction: CorrectionForm, closing: ClosingForm) -> HttpResponse:
    today, user = Stamp.today(None).booked_on, signed_in(request)
    waiting = breaks.correction_of(found)
    is_closed = found.state == breaks.Step.CLOSED
    return render(
        request,
        "ledger/break.html",
        {
            "found": found,
            "reason": REASONS.get(found.reason),
            "title": reason_in_words(found.reason),
            "kind": kind_in_words(found.kind),
            "state": state_in_words(found.state),
            "tone": TONES[found.state or ""],
            "days": (today - found.opened_on).days,
            "evidence": evidence_in_words(found),
            "steps": [(step, RULES.get(step.rule)) for step in found.steps.all()],
            "rules": RULES.values(),
            "waiting": None if is_closed else waiting,
            "may_work": may(user, Act.WORK_ON_BREAKS) and not is_closed,
            "is_mine": found.owner_id == user.pk,
            "correction": correction,
            "closing": closing,
        },
    )
