"""What the providers of a district are to be paid for a month, how that comes about, and the proposal to pay it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import District
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.selectors import all_districts
from accounts.stamps import Stamp
from ledger.months import month_text, parse_month
from ledger.selectors import authority_codes_seen_by
from ledger.views import figures
from ledger.views.figures import Figures
from vouchers.forms.claims import MonthForm
from vouchers.selectors import programmes_by_code, providers_by_code
from vouchers.services import paying_providers
from vouchers.services.paying_providers import Due


@require_safe
@allowed_to(Act.SEE_BOOKS)
def provider_payments(request: HttpRequest) -> HttpResponse:
    """List the districts with what their providers are to be paid."""
    form = _month_form(request)
    month = _month(form)
    lines = []
    for district in _districts_seen(request):
        due = paying_providers.due(district=district.code, month=month)
        batch = paying_providers.batch_of(district=district.code, month=month)
        lines.append((district, sum(one.fen for one in due), sum(one.held_fen for one in due), batch))
    context = {"form": form, "month": month, "period": month_text(month), "lines": lines}
    context["total_fen"] = sum(fen for _district, fen, _held, _batch in lines)
    return render(request, "vouchers/claims/payments.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.SEE_BOOKS)
def provider_payment(request: HttpRequest, code: str) -> HttpResponse:
    """One district and month, provider by provider. A post proposes to pay it."""
    user = signed_in(request)
    district = get_object_or_404(_districts_seen(request), pk=code)
    month = _month(_month_form(request))
    may_pay, refusal = may(user, Act.RUN_PAYMENTS), None
    if request.method == "POST":
        if not may_pay:
            return HttpResponse(status=403)
        try:
            job = paying_providers.propose(district=district, month=month, stamp=Stamp.today(user))
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("The payment is proposed. Another city administrator has to approve it."))
            return redirect("job", job.pk)
    due = paying_providers.due(district=district.code, month=month)
    context = {
        "district": district,
        "month": month,
        **_named(due),
        "batch": paying_providers.batch_of(district=district.code, month=month),
        "refusal": refusal,
        "may_pay": may_pay,
    }
    return render(request, "vouchers/claims/payment.html", context, status=409 if refusal else 200)


def of_payment(params: Mapping[str, Any]) -> Figures:
    """What the second person approves, on the page of the job."""
    month, district = parse_month(params["month"]), all_districts().get(pk=params["district"])
    due = paying_providers.due(district=district.code, month=month)
    payload = paying_providers.payload(district=district.code, month=month)
    shown = {"district": district, **_named(due)}
    return Figures(template="vouchers/claims/payment_figures.html", payload=payload, shown=shown)


figures.OF_JOBS[paying_providers.PAY] = of_payment


def _named(due: list[Due]) -> dict[str, object]:
    """Return amounts with the names of providers and programmes, and their sums."""
    providers = providers_by_code({one.provider for one in due})
    programmes = programmes_by_code()
    return {
        "lines": [(one, providers[one.provider], programmes[one.programme]) for one in due],
        "total": {name: sum(getattr(one, name) for one in due) for name in (*Due._fields[2:], "fen")},
    }


def _districts_seen(request: HttpRequest) -> QuerySet[District]:
    codes = authority_codes_seen_by(signed_in(request))
    rows = all_districts().going_on()
    return rows if codes is None else rows.filter(pk__in=codes)


def _month_form(request: HttpRequest) -> MonthForm:
    return MonthForm(request.GET or None, today=Stamp.today(None).as_of)


def _month(form: MonthForm) -> date:
    """Return the month asked for; the last one unless another is."""
    return form.cleaned_data["month"] if form.is_valid() else form.last_month
