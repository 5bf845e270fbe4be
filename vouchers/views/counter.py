"""The clerk's pages: one voucher, one amount, a look before it is taken, and the day's redemptions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import joined, name_masked, yuan_in_figures
from vouchers.forms.counter import CounterForm
from vouchers.models import Provider, Voucher
from vouchers.selectors import bill_of, redemptions_at, redemptions_booked_on
from vouchers.services.claims import key_given, redemption_key
from vouchers.services.counter import check_shown, provider_of, redeem_shown, reverse_here
from vouchers.services.visiting import VisitDrawsTooMuch
from vouchers.takings import takings, total_of

ROWS_ON_A_PAGE = 20

#: Where the session keeps what was typed last, while the clerk looks at it.
TYPED = "counter_typed"

#: Where a refusal belongs on the form, and what to do next.
HELP = {
    "balance_too_low": ("amount", gettext_lazy("Take no more than is left; the resident can pay the rest.")),
    "not_valid_yet": ("number", gettext_lazy("Ask the resident for the voucher that is valid now.")),
    "expired": (
        "number",
        gettext_lazy("If the service was earlier, enter its day; the district office can tell more."),
    ),
    "revoked": ("number", ""),
    "visit_not_filed": (
        "number",
        gettext_lazy(
            "The resident can file on the phone now, under “My vouchers”, “Use in another district”, or at the "
            "district office. It holds at once; then continue here."
        ),
    ),
    "visits_not_allowed": ("number", gettext_lazy("Send the resident to a provider in the own district.")),
    "visit_draws_too_much": ("amount", ""),
    "key_reused": (None, gettext_lazy("Nothing was taken now. Check the voucher and the amount, and continue.")),
}


@never_cache
@allowed_to(Act.REDEEM)
def counter(request: HttpRequest) -> HttpResponse:
    """Ask for voucher and amount; what was typed is looked at on a page of its own, so that going back works."""
    provider = provider_of(signed_in(request))
    if request.method != "POST":
        return _ask(request, provider, _form(request, None))
    form = _form(request, request.POST)
    if "change" in request.POST or not form.is_valid():
        return _ask(request, provider, form)
    request.session[TYPED] = {name: request.POST[name] for name in request.POST if name != "csrfmiddlewaretoken"}
    return redirect("counter_confirm")


@never_cache
@allowed_to(Act.REDEEM)
def confirm(request: HttpRequest) -> HttpResponse:
    """Show what taking it would mean; take what the clerk saw and confirmed. Sent twice, it takes once."""
    user = signed_in(request)
    provider = provider_of(user)
    if request.method != "POST":
        return _look(request, provider, _form(request, request.session.get(TYPED)))
    form = _form(request, request.POST)
    if not form.is_valid():
        return _ask(request, provider, form)
    try:
        redeem_shown(
            clerk=user,
            number=form.cleaned_data["number"].number,
            fen=form.cleaned_data["amount"],
            day=form.cleaned_data["day"],
            bill=form.bill,
            key=str(form.cleaned_data["key"]),
            stamp=Stamp.today(user),
        )
    except Refused as refusal:
        return _refuse(request, provider, form, refusal)
    return redirect("counter_done", key=form.cleaned_data["key"])


@allowed_to(Act.REDEEM)
def done(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Show what was taken and what is left."""
    rows = redemptions_at(provider_of(signed_in(request)))
    row = get_object_or_404(rows, key=redemption_key(str(key)))
    bill = bill_of(row)
    context = {"taking": takings([row])[0], "person_fen": bill.total_fen - row.fen if bill else None}
    return render(request, "vouchers/counter/done.html", context)


@allowed_to(Act.REDEEM)
def today(request: HttpRequest) -> HttpResponse:
    """List what this provider redeemed today."""
    user = signed_in(request)
    provider, day = provider_of(user), Stamp.today(user).booked_on
    rows = redemptions_booked_on(day, provider=provider)
    page = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": day,
        "provider": provider,
        "page": page,
        "lines": takings(page.object_list),
        "total": total_of(rows),
    }
    return render(request, "vouchers/counter/today.html", context)


@allowed_to(Act.REVERSE)
def reverse_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then give back what a redemption of today took."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    row = get_object_or_404(redemptions_booked_on(stamp.booked_on, provider=provider_of(user)), pk=pk)
    if request.method == "POST":
        reverse_here(clerk=user, key=key_given(row.key), day=stamp.as_of, stamp=stamp)
        given_back = _("%(amount)s yuan were given back to the voucher.") % {"amount": yuan_in_figures(row.fen)}
        messages.success(request, given_back)
        return redirect("counter_today")
    return render(request, "vouchers/counter/reverse.html", {"taking": takings([row])[0]})


def _look(request: HttpRequest, provider: Provider, form: CounterForm) -> HttpResponse:
    """Show whose voucher it is and what will be left; without anything typed, ask."""
    if not form.is_valid():
        return redirect("counter")
    user = signed_in(request)
    voucher, fen, day = (form.cleaned_data[name] for name in ("number", "amount", "day"))
    try:
        check_shown(clerk=user, number=voucher.number, fen=fen, day=day, bill=form.bill, stamp=Stamp.today(user))
    except Refused as refusal:
        return _refuse(request, provider, form, refusal)
    context = {
        "voucher": voucher,
        "fen": fen,
        "day": day,
        "bill": form.bill,
        "person_fen": form.bill.total_fen - fen if form.bill else None,
        "holder": name_masked(voucher.resident.name),
        "left_fen": voucher.remaining_fen - fen,
        "before": redemptions_booked_on(form.today, provider=provider).filter(subject=voucher.pk, reversed_by=None),
        "key": _unused(form.cleaned_data["key"], provider),
    }
    return render(request, "vouchers/counter/confirm.html", context)


def _form(request: HttpRequest, data: Mapping[str, str] | None) -> CounterForm:
    user = signed_in(request)
    vouchers = Voucher.objects.visible_to(user).select_related("programme", "resident", "holder__authority")
    return CounterForm(data, vouchers=vouchers, today=Stamp.today(user).as_of, initial={"key": uuid.uuid4()})


def _unused(key: uuid.UUID, provider: Provider) -> uuid.UUID:
    """Return ``key``, or a fresh one when a clerk went back to a form that was used: looking again is a new intent."""
    used = redemptions_at(provider).filter(key=redemption_key(str(key))).exists()
    return uuid.uuid4() if used else key


def _refuse(request: HttpRequest, provider: Provider, form: CounterForm, refusal: Refused) -> HttpResponse:
    """Show the form as it was typed, with what stands in the way and what to do next."""
    field, help_text = HELP.get(refusal.code, (None, ""))
    if refusal.code == "key_reused":
        form.data = cast("QueryDict", form.data).copy()
        form.data["key"] = str(uuid.uuid4())
    form.asks_for_the_bill = refusal.code == VisitDrawsTooMuch.code
    form.add_error(field, joined(str(refusal), str(help_text)))
    return _ask(request, provider, form)


def _ask(request: HttpRequest, provider: Provider, form: CounterForm) -> HttpResponse:
    return render(request, "vouchers/counter/counter.html", {"form": form, "provider": provider})
