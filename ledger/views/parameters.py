"""Limits of net debit and interest on late payments: what counts, what counted, and who set it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger import selectors
from ledger.parameter_forms import CapForm, RateForm
from ledger.parameter_words import percent_in_figures
from ledger.services import parameters


@allowed_to(Act.SEE_BOOKS)
def all_caps(request: HttpRequest) -> HttpResponse:
    user, today = signed_in(request), Stamp.today(None).booked_on
    context = {
        "caps": selectors.caps_seen_by(user),
        "counting": selectors.counting_caps(today),
        "today": today,
        "may_set": may(user, Act.RUN_PAYMENTS),
    }
    return render(request, "ledger/parameters/caps.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.RUN_PAYMENTS)
def set_cap(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = CapForm(request.POST or None, user=user)
    if not form.is_valid():
        return render(request, "ledger/parameters/set_cap.html", {"form": form})
    wanted = form.cleaned_data
    parameters.set_cap(
        authority=wanted["authority"],
        fen=wanted["amount"],
        valid_from=wanted["valid_from"],
        stamp=Stamp.today(user),
    )
    messages.success(request, _("The limit is recorded, in your name."))
    return redirect("caps")


@allowed_to(Act.SEE_BOOKS)
def all_rates(request: HttpRequest) -> HttpResponse:
    today = Stamp.today(None).booked_on
    context = {
        "rates": [(rate, percent_in_figures(rate.rate_ppm)) for rate in selectors.recorded_rates()],
        "counting": {selectors.counting_rate(today)},
        "today": today,
        "may_set": may(signed_in(request), Act.RUN_PAYMENTS),
    }
    return render(request, "ledger/parameters/rates.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.RUN_PAYMENTS)
def set_rate(request: HttpRequest) -> HttpResponse:
    form = RateForm(request.POST or None)
    if not form.is_valid():
        return render(request, "ledger/parameters/set_rate.html", {"form": form})
    wanted = form.cleaned_data
    parameters.set_late_interest_rate(
        rate_ppm=wanted["rate"],
        valid_from=wanted["valid_from"],
        source=wanted["source"],
        stamp=Stamp.today(signed_in(request)),
    )
    messages.success(request, _("The rate is recorded, in your name."))
    return redirect("late_interest_rates")
