"""Giving one resident a voucher, and taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import Resident
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import day_in_words, yuan_in_figures
from vouchers import selectors
from vouchers.forms.issuing import OfferForm, RevokeForm
from vouchers.models import Voucher
from vouchers.services.ending import revoke
from vouchers.services.issuing import Offer
from vouchers.services.offering import check_offer, issue_to_eligible, offerings_for
from vouchers.views import steps


@allowed_to(Act.ISSUE_VOUCHER)
def resident_issue(request: HttpRequest, number: str) -> HttpResponse:
    """Offer what the resident can have, say why not the rest, show the choice once more, issue it."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    person = get_object_or_404(Resident.objects.administered_by(user, day=stamp.as_of), number=number)
    offerings = offerings_for(resident=person, day=stamp.as_of)
    offered = [offering.programme.pk for offering in offerings if offering.hindrance is None]
    form = OfferForm(request.POST or None, programmes=selectors.all_programmes().filter(pk__in=offered))
    if steps.is_asked(request) and form.is_valid():
        try:
            if steps.is_confirmed(request):
                return _issue(request, person, offer=form.offer, stamp=stamp)
            check_offer(resident=person, offer=form.offer, stamp=stamp)
            context = {"resident": person, "offer": form.offer, "typed": steps.typed(request)}
            return render(request, "vouchers/issuing/check.html", context)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    hindered = [offering for offering in offerings if offering.hindrance is not None]
    context = {"form": form, "resident": person, "offered": offered, "hindered": hindered}
    return render(request, "vouchers/issuing/ask.html", context)


@allowed_to(Act.REVOKE_VOUCHER)
def voucher_revoke(request: HttpRequest, number: str) -> HttpResponse:
    """Say what revoking does, ask from which day on, do it."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    rows = Voucher.objects.administered_by(user, day=stamp.as_of).active()
    voucher = get_object_or_404(rows.select_related("programme", "resident", "holder__authority"), number=number)
    form = RevokeForm(request.POST or None, initial={"day": stamp.as_of}, today=stamp.as_of)
    if request.method == "POST" and form.is_valid():
        try:
            revoke(
                resident=voucher.resident,
                programme=voucher.programme,
                voucher=voucher,
                day=form.cleaned_data["day"],
                stamp=stamp,
            )
        except Refused as refusal:
            form.add_error("day", str(refusal))
        else:
            messages.success(
                request, _("The voucher is revoked from %(day)s on.") % {"day": day_in_words(form.cleaned_data["day"])}
            )
            return redirect("resident", voucher.resident.number)
    return render(request, "vouchers/issuing/revoke.html", {"form": form, "voucher": voucher})


def _issue(request: HttpRequest, person: Resident, *, offer: Offer, stamp: Stamp) -> HttpResponse:
    voucher = issue_to_eligible(resident=person, offer=offer, stamp=stamp)
    messages.success(
        request,
        _("Voucher %(number)s of %(amount)s yuan is issued.")
        % {"number": voucher.number, "amount": yuan_in_figures(offer.fen)},
    )
    return redirect("resident", person.number)
