"""Finding residents, registering them, and all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import identity, selectors
from accounts.models import Resident, User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.services.residents import AlreadyRegistered, register
from accounts.stamps import Stamp
from vouchers.eligibility import age_on
from vouchers.forms.knowing import KnowingForm
from vouchers.forms.residents import RegisterForm, ResidentSearchForm
from vouchers.models import Move, VisitorFiling, Voucher
from vouchers.selectors import filings_told
from vouchers.views.lives import life_of
from vouchers.wallet import state_on

RESIDENTS_ON_A_PAGE = 25


@allowed_to(Act.SEE_RESIDENTS)
def residents(request: HttpRequest) -> HttpResponse:
    """List the residents this user sees. Searching is a post, so that no id number stands in an address."""
    user, today = signed_in(request), Stamp.today(None).as_of
    people = Resident.objects.visible_to(user)
    data = request.POST or request.GET
    form = ResidentSearchForm(data, districts=selectors.all_districts().going_on())
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {"q": "", "district": None}
    is_id_number = identity.looks_like_id_number(wanted["q"])
    if request.method == "POST" and form.is_valid():
        if not is_id_number:
            return redirect(_address_of_search(form))
        if found := people.with_id_number(wanted["q"]).first():
            return redirect("resident", found.number)
    people = people.none() if is_id_number else people.matching(wanted["q"])
    if wanted["district"]:
        people = people.living_in([wanted["district"].code], day=today)
    page = Paginator(
        selectors.with_present_district(people.order_by("name", "pk"), day=today), RESIDENTS_ON_A_PAGE
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "vouchers/residents/list.html",
        {
            "search": form,
            "page": page,
            "is_filtered": bool(wanted["q"] or wanted["district"]),
            "may_register": may(user, Act.REGISTER_RESIDENT),
            "may_move": may(user, Act.RECORD_MOVE),
        },
    )


@require_GET
@allowed_to(Act.SEE_RESIDENTS)
def resident(request: HttpRequest, number: str) -> HttpResponse:
    """Show who somebody is, where the person lived and lives, the vouchers and the moves, and what can be done."""
    user, today = signed_in(request), Stamp.today(None).as_of
    person = get_object_or_404(Resident.objects.visible_to(user), number=number)
    spells = list(person.residences.current().select_related("district__authority").order_by("start"))
    moves = list(_moves_of(person, user=user))
    last = next((move for move in moves if move.over is None), None)
    administered = Resident.objects.administered_by(user, day=today).filter(pk=person.pk).exists()
    return render(
        request,
        "vouchers/residents/resident.html",
        {
            "resident": person,
            "age": age_on(today, born_on=person.born_on) if person.born_on else None,
            "guardians": [row.guardian for row in person.guardianships.select_related("guardian")],
            "wards": [row.ward for row in person.wards.select_related("ward")],
            "spells": spells[::-1],
            "here": next(
                (spell for spell in reversed(spells) if spell.start <= today and (spell.end or date.max) > today), None
            ),
            "vouchers": [(row, state_on(today, voucher=row)) for row in _vouchers_of(person, user=user)],
            "moves": moves,
            "last_move": last,
            "today": today,
            "knowing": KnowingForm(today=today),
            "filings": filings_told(VisitorFiling.objects.visible_to(user).filter(resident=person), day=today),
            "may_file": administered and may(user, Act.FILE_VISIT),
            "may_issue": administered and may(user, Act.ISSUE_VOUCHER),
            "may_revoke": administered and may(user, Act.REVOKE_VOUCHER),
            "may_move": may(user, Act.RECORD_MOVE),
            **life_of(person, user=user),
            "may_see_insurance": may(user, Act.SEE_INSURANCE),
        },
    )


@allowed_to(Act.REGISTER_RESIDENT)
def resident_register(request: HttpRequest) -> HttpResponse:
    """Register somebody who lives in one of this user's districts."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    form = RegisterForm(
        request.POST or None, districts=selectors.districts_administered_by(user).going_on(), today=stamp.as_of
    )
    known: AlreadyRegistered | None = None
    if request.method == "POST" and form.is_valid():
        try:
            person = register(stamp=stamp, **form.cleaned_data)
        except AlreadyRegistered as refusal:
            known = refusal
            form.add_error("id_number", str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("%(name)s is registered, with resident number %(number)s.")
                % {"name": person.name, "number": person.number},
            )
            return redirect("resident", person.number)
    return render(request, "vouchers/residents/register.html", {"form": form, "known": known})


def _address_of_search(form: ResidentSearchForm) -> str:
    district = form.cleaned_data["district"]
    wanted = {"q": form.cleaned_data["q"], "district": district.code if district else ""}
    return f"{reverse('residents')}?{urlencode({name: value for name, value in wanted.items() if value})}"


def _vouchers_of(person: Resident, *, user: User) -> Sequence[Voucher]:
    rows = Voucher.objects.visible_to(user).filter(resident=person)
    return list(rows.select_related("programme", "ending", "holder__authority").order_by("-valid_from", "pk"))


def _moves_of(person: Resident, *, user: User) -> Sequence[Move]:
    rows = Move.objects.visible_to(user).filter(resident=person)
    return list(rows.select_related("origin__authority", "destination__authority", "recorded_by").with_steps())
