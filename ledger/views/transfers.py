"""Transfers: found, added up, looked at one by one, taken away."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from accounts.permissions import Act, allowed_to, signed_in
from accounts.stamps import Stamp
from ledger import selectors
from ledger.forms import TransferFilter
from ledger.models import Transfer
from ledger.models.transfers import TransferQuerySet
from ledger.months import month_text
from ledger.selectors import seals
from ledger.views.downloads import csv_file, plain_yuan
from ledger.wording import account_in_words, event_in_words

ROWS_A_PAGE = 50


@allowed_to(Act.SEE_BOOKS)
def all_transfers(request: HttpRequest) -> HttpResponse:
    form = _filter(request)
    found = _found(request, form)
    rows = found.select_related("debit__authority", "credit__authority").order_by("-id")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "ledger/transfers.html",
        {
            "form": form,
            "pair": form.pair(),
            "page": page,
            "lines": [_line(row) for row in page],
            "total_fen": found.order_by().aggregate(total=Sum("fen"))["total"] or 0,
        },
    )


@allowed_to(Act.SEE_BOOKS)
def transfers_csv(request: HttpRequest) -> HttpResponseBase:
    header = [
        _("Number"),
        _("Event"),
        _("Happened on"),
        _("Booked on"),
        _("Period"),
        _("Debit account"),
        _("Credit account"),
        _("Amount in yuan"),
        _("Subject number"),
        _("Key"),
    ]
    return csv_file(name="transfers.csv", header=header, rows=_csv_rows(_found(request, _filter(request))))


@allowed_to(Act.SEE_BOOKS)
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Transfer.objects.visible_to(signed_in(request))
    related = ("debit__authority", "credit__authority", "recorded_by", "reverses", "reversed_by", "leaf")
    row = get_object_or_404(rows.select_related(*related), pk=pk)
    legs = selectors.legs_of(row)
    leaf = getattr(row, "leaf", None)
    return render(
        request,
        "ledger/transfer.html",
        {
            "row": row,
            "head": seals.first_head_over(leaf) if leaf else None,
            "event": event_in_words(row.event),
            "debit": account_in_words(row.debit),
            "credit": account_in_words(row.credit),
            "legs": legs,
            "debit_fen": sum(leg.debit_fen for leg in legs),
            "credit_fen": sum(leg.credit_fen for leg in legs),
            "crosses": row.debit.authority_id != row.credit.authority_id,
        },
    )


def _filter(request: HttpRequest) -> TransferFilter:
    months = selectors.known_months(today=Stamp.today(None).booked_on)
    return TransferFilter(request.GET, user=signed_in(request), months=months)


def _found(request: HttpRequest, form: TransferFilter) -> TransferQuerySet:
    return form.narrow(Transfer.objects.visible_to(signed_in(request)))


def _line(row: Transfer) -> dict[str, object]:
    return {
        "row": row,
        "event": event_in_words(row.event),
        "debit": account_in_words(row.debit),
        "credit": account_in_words(row.credit),
    }


def _csv_rows(found: TransferQuerySet) -> Iterator[list[object]]:
    for row in found.select_related("debit", "credit").order_by("id").iterator():
        yield [
            row.pk,
            event_in_words(row.event),
            row.occurred_on,
            row.booked_on,
            month_text(row.period),
            row.debit.code,
            row.credit.code,
            plain_yuan(row.fen),
            row.subject,
            row.key,
        ]
