"""Statements from the bank: loaded, looked at line by line, with what became of each."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.bank_forms import EntryFilter, IdentifyingForm, StatementFileForm
from ledger.bank_words import DEFECTS, outcome_in_words
from ledger.models import BankStatement
from ledger.selectors import banking, jobs_seen_by
from ledger.services.banking import identifying
from ledger.services.banking.matching import job_key
from ledger.services.banking.statements import StatementLoadedBefore, load_statement

ROWS_A_PAGE = 50


@allowed_to(Act.SEE_BOOKS)
def all_statements(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    page = Paginator(banking.statements_seen_by(user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_pay": may(user, Act.RUN_PAYMENTS), "whole_city": user.sees_everything}
    return render(request, "ledger/banking/statements.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.RUN_PAYMENTS)
def load(request: HttpRequest) -> HttpResponse:
    """Take a file, or say why not: with its line, or with the one that was loaded first."""
    form, first = StatementFileForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        file, user = form.cleaned_data["statement"], signed_in(request)
        try:
            made = load_statement(content=file.read(), file_name=file.name, stamp=Stamp.today(user))
        except StatementLoadedBefore as refused:
            first = banking.statements_seen_by(user).get(pk=cast(int, refused.details["first"]))
            form.add_error("statement", str(refused))
        except Refused as refused:
            form.add_error("statement", str(refused))
        else:
            messages.success(request, _("The statement is loaded. Its lines are being matched with the payments."))
            return redirect("bank_statement", made.pk)
    return render(request, "ledger/banking/load.html", {"form": form, "first": first})


@allowed_to(Act.SEE_BOOKS)
def one_statement(request: HttpRequest, pk: int) -> HttpResponse:
    statement = _statement(request, pk)
    form, entries = EntryFilter(request.GET), banking.entries_of(statement)
    if form.is_valid() and (outcome := form.cleaned_data["outcome"]):
        entries = entries.filter(match__outcome=outcome)
    page = Paginator(entries, ROWS_A_PAGE).get_page(request.GET.get("page"))
    found = banking.breaks_of(list(page))
    lines = [
        (
            entry,
            outcome_in_words(entry.match.outcome if hasattr(entry, "match") else ""),
            DEFECTS.get(entry.defect, ""),
            found.get(entry.pk),
        )
        for entry in page
    ]
    before = banking.statement_before(statement)
    counts = [(outcome_in_words(code), number) for code, number in banking.outcomes_of(statement).items()]
    context = {
        "statement": statement,
        "form": form,
        "page": page,
        "lines": lines,
        "counts": counts,
        "gap": before if before and before.closing_fen != statement.opening_fen else None,
        "may_pay": may(signed_in(request), Act.RUN_PAYMENTS),
        "job": jobs_seen_by(signed_in(request)).get(key=job_key(statement)),
    }
    return render(request, "ledger/banking/statement.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.RUN_PAYMENTS)
def identify(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Say for which payment money came that named none."""
    user = signed_in(request)
    entry = get_object_or_404(banking.entries_of(_statement(request, pk)), line=line)
    form = IdentifyingForm(request.POST or None, payments=list(banking.unpaid_seen_by(user)))
    if request.method == "POST" and form.is_valid():
        payment, fen = form.payments[form.cleaned_data["payment"]], form.cleaned_data["amount"]
        try:
            identifying.identify(entry=entry, payment=payment, fen=fen, stamp=Stamp.today(user))
        except Refused as refused:
            form.add_error("amount", str(refused))
        else:
            messages.success(request, _("The money is booked. Close the difference when all of it is named."))
            return redirect("bank_statement", pk)
    context = {"form": form, "entry": entry, "left_fen": identifying.unidentified_fen(entry)}
    return render(request, "ledger/banking/identify.html", context)


def _statement(request: HttpRequest, pk: int) -> BankStatement:
    return get_object_or_404(banking.statements_seen_by(signed_in(request)), pk=pk)
