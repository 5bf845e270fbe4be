"""The books of the authorities, each with its trial balance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from accounts.models import Authority
from accounts.permissions import Act, allowed_to, signed_in
from accounts.stamps import Stamp
from ledger import selectors
from ledger.exports import FORMATS
from ledger.forms import ThroughForm
from ledger.months import month_text
from ledger.views.downloads import csv_file, plain_yuan
from ledger.wording import book_line_in_words


@allowed_to(Act.SEE_BOOKS)
def all_books(request: HttpRequest) -> HttpResponse:
    form = _through(request)
    summaries = selectors.book_summaries(user=signed_in(request), through=form.month())
    columns = (
        "cost_fen",
        "entitlement_fen",
        "payable_fen",
        "insured_fen",
        "due_fen",
        "cash_fen",
        "advance_fen",
        "interest_fen",
    )
    totals = [sum(getattr(book, column) for book in summaries) for column in columns]
    context = {"form": form, "summaries": summaries, "totals": totals, "through": month_text(form.month())}
    return render(request, "ledger/books.html", {**context, "formats": FORMATS.values()})


@allowed_to(Act.SEE_BOOKS)
def trial_balance(request: HttpRequest, code: str) -> HttpResponse:
    authority, form = _authority(request, code), _through(request)
    balance = selectors.trial_balance(authority=authority, through=form.month())
    lines = [(line, book_line_in_words(line)) for line in balance.lines]
    context = {"authority": authority, "form": form, "month": form.month(), "balance": balance, "lines": lines}
    return render(request, "ledger/trial_balance.html", {**context, "through": month_text(form.month())})


@allowed_to(Act.SEE_BOOKS)
def trial_balance_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    authority, form = _authority(request, code), _through(request)
    balance = selectors.trial_balance(authority=authority, through=form.month())
    rows = [
        [line.code, book_line_in_words(line), plain_yuan(line.debit_fen), plain_yuan(line.credit_fen)]
        for line in balance.lines
    ]
    total = [_("Total"), "", plain_yuan(balance.debit_fen), plain_yuan(balance.credit_fen)]
    header = [_("Account code"), _("Account"), _("Debit in yuan"), _("Credit in yuan")]
    name = f"trial-balance-{authority.pk}-{month_text(form.month())}.csv"
    return csv_file(name=name, header=header, rows=[*rows, total])


def _authority(request: HttpRequest, code: str) -> Authority:
    return get_object_or_404(selectors.authorities_seen_by(signed_in(request)), pk=code)


def _through(request: HttpRequest) -> ThroughForm:
    months = selectors.known_months(today=Stamp.today(None).booked_on)
    return ThroughForm(request.GET or None, months=months)
