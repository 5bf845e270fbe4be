"""Orders to the bank: batches of payments, their files, and the accounts that they name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.bank_forms import BankAccountForm
from ledger.bank_words import Said, payment_in_words
from ledger.models import Payment, PaymentBatch
from ledger.selectors import banking
from ledger.services.banking.accounts import record_bank_account
from ledger.services.banking.orders import write_order

ROWS_A_PAGE = 50


@allowed_to(Act.SEE_BOOKS)
def all_batches(request: HttpRequest) -> HttpResponse:
    rows = banking.with_totals(banking.payment_batches_seen_by(signed_in(request)))
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "ledger/banking/batches.html", {"page": page})


@allowed_to(Act.SEE_BOOKS)
def one_batch(request: HttpRequest, pk: int) -> HttpResponse:
    user, batch = signed_in(request), _batch(request, pk)
    page = Paginator(batch.payments.filter(pk__in=banking.payments_seen_by(user).values("pk")), ROWS_A_PAGE)
    payments = page.get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "page": payments,
        "lines": _lines(payments),
        "files": banking.order_files_of(batch),
        "may_pay": may(user, Act.RUN_PAYMENTS),
    }
    return render(request, "ledger/banking/batch.html", context)


class Ordered(NamedTuple):
    """The payments of a netted month, each with what the bank has shown of it, in fen and in words."""

    batch: PaymentBatch
    lines: list[tuple[Payment, int, Said]]


def ordered_of(month: date, *, user: User) -> Ordered | None:
    """Return what was ordered when ``month`` was netted, as far as this user sees it; None before that."""
    batch = banking.payment_batches_seen_by(user).filter(kind=PaymentBatch.Kind.SETTLEMENT, month=month).first()
    return Ordered(batch, _lines(banking.payments_seen_by(user).filter(batch=batch))) if batch else None


def _lines(payments: Iterable[Payment]) -> list[tuple[Payment, int, Said]]:
    rows = list(payments)
    paid = banking.paid_of(rows)
    return [
        (payment, fen, payment_in_words(payment, paid_fen=fen)) for payment in rows for fen in [paid.get(payment.pk, 0)]
    ]


@require_POST
@allowed_to(Act.RUN_PAYMENTS)
def order_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the file for the bank. A post, since who wrote it when is kept with its hash."""
    written = write_order(batch=_batch(request, pk), stamp=Stamp.today(signed_in(request)))
    answer = HttpResponse(written.content, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{written.name}"'
    return answer


@allowed_to(Act.SEE_BOOKS)
def all_accounts(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    page = Paginator(banking.bank_accounts_seen_by(user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "ledger/banking/accounts.html", {"page": page, "may_pay": may(user, Act.RUN_PAYMENTS)})


@require_http_methods(["GET", "POST"])
@allowed_to(Act.RUN_PAYMENTS)
def new_account(request: HttpRequest) -> HttpResponse:
    form = BankAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_bank_account(**form.values(), stamp=Stamp.today(signed_in(request)))
        except Refused as refused:
            form.add_error("number", str(refused))
        else:
            messages.success(request, _("The account is recorded."))
            return redirect("bank_accounts")
    return render(request, "ledger/banking/new_account.html", {"form": form})


def _batch(request: HttpRequest, pk: int) -> PaymentBatch:
    return get_object_or_404(banking.payment_batches_seen_by(signed_in(request)), pk=pk)
