"""The resident's pages: what I have, where it can be used, what happened, what I show at the counter."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.identity import is_public_number
from accounts.models import Resident
from accounts.permissions import Act, allowed_to, signed_in
from accounts.selectors import with_present_district
from accounts.stamps import Stamp
from vouchers.models import Voucher
from vouchers.share_words import authority_in_words
from vouchers.stories import Teller
from vouchers.wallet import holders_of, places_to_use, state_on, with_details

PLACES_ON_A_PAGE = 20
LINES_ON_A_PAGE = 20


@allowed_to(Act.SEE_WALLET)
def wallet(request: HttpRequest) -> HttpResponse:
    """Show what this person and the wards have, and what the last move changed."""
    user = signed_in(request)
    holders = holders_of(user, day=Stamp.today(user).as_of)
    has_code = any(holder.usable for holder in holders)
    return render(request, "vouchers/wallet/wallet.html", {"holders": holders, "has_code": has_code})


@allowed_to(Act.SEE_WALLET)
def code(request: HttpRequest) -> HttpResponse:
    """Show the numbers of the vouchers that can be used today, large, for the counter."""
    user = signed_in(request)
    holders = holders_of(user, day=Stamp.today(user).as_of)
    return render(request, "vouchers/wallet/code.html", {"holders": [one for one in holders if one.usable]})


@allowed_to(Act.SEE_WALLET)
def voucher(request: HttpRequest, number: str) -> HttpResponse:
    """Show one voucher: what is left, who pays, and its story."""
    user = signed_in(request)
    today = Stamp.today(user).as_of
    found = get_object_or_404(with_details(Voucher.objects.visible_to(user)), number=number)
    teller = Teller(found.resident, found.resident_id == user.resident_id, today)
    page = Paginator(teller.story_of(found), LINES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "voucher": found,
        "state": state_on(today, voucher=found),
        "payer": authority_in_words(found.holder.authority),
        "own": teller.own,
        "page": page,
    }
    return render(request, "vouchers/wallet/voucher.html", context)


@allowed_to(Act.SEE_WALLET)
def places(request: HttpRequest, number: str) -> HttpResponse:
    """List where a voucher can be used, the holder's own district first."""
    user = signed_in(request)
    found = get_object_or_404(with_details(Voucher.objects.visible_to(user)), number=number)
    people = with_present_district(Resident.objects.visible_to(user), day=Stamp.today(user).as_of)
    residence = next(iter(people.get(pk=found.resident_id).here), None)  # type: ignore[attr-defined]
    near = residence.district if residence else None
    page = Paginator(places_to_use(found.programme, near=near), PLACES_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "vouchers/wallet/places.html", {"voucher": found, "near": near, "page": page})


@allowed_to(Act.SEE_WALLET)
def history(request: HttpRequest) -> HttpResponse:
    """Tell one person's life with the vouchers; ``of`` names a ward by resident number."""
    user = signed_in(request)
    people = Resident.objects.visible_to(user)
    number = request.GET.get("of")
    if number and not is_public_number(number):
        raise Http404
    chosen = get_object_or_404(people, number=number) if number else user.resident
    lines = []
    if chosen:
        teller = Teller(chosen, chosen.pk == user.resident_id, Stamp.today(user).as_of)
        lines = teller.life(list(with_details(Voucher.objects.visible_to(user).filter(resident=chosen))))
    page = Paginator(lines, LINES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"person": chosen, "people": people.order_by("pk"), "page": page}
    return render(request, "vouchers/wallet/history.html", context)
