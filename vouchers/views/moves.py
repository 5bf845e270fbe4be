"""Recording a move at the desk: where to and from when, what it changes, and then whose answer it waits for."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.models import Resident, User
from accounts.models.places import DistrictQuerySet
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import day_in_words, in_words
from vouchers.forms.moves import MoveForm, MoveInForm
from vouchers.services.cases import CaseOpen, open_case
from vouchers.services.foreseeing import foresee_move
from vouchers.services.reporting import orders_of, report_move, speaks_for
from vouchers.views import steps
from vouchers.views.money import money_lines


@allowed_to(Act.RECORD_MOVE)
def resident_move(request: HttpRequest, number: str) -> HttpResponse:
    """Ask where to, from when and who comes along, show what it changes, record it; an open case has to end first."""
    user = signed_in(request)
    person = get_object_or_404(Resident.objects.visible_to(user), number=number)
    if waiting := open_case(person):
        messages.error(request, str(CaseOpen.about(waiting)))
        return redirect("move", waiting.pk)
    origin = selectors.spells_by_resident([person.pk])[person.pk][-1].district_id
    form = MoveForm(
        request.POST or None,
        destinations=destinations_for(user, origin=origin),
        family=selectors.family_of(person) & Resident.objects.visible_to(user),
    )
    return _ask_check_record(request, form=form, person=person)


@allowed_to(Act.RECORD_MOVE)
def move_in(request: HttpRequest) -> HttpResponse:
    """The same for somebody who lives elsewhere and moves into one of this user's districts."""
    own = selectors.districts_administered_by(signed_in(request)).going_on()
    form = MoveInForm(request.POST or None, destinations=own)
    return _ask_check_record(request, form=form, person=None)


def destinations_for(user: User, *, origin: str) -> DistrictQuerySet:
    """Return where this user may record a move to: anywhere out of an own district, else only into an own one."""
    own = selectors.districts_administered_by(user).going_on()
    return (selectors.all_districts().going_on() if own.filter(pk=origin).exists() else own).exclude(pk=origin)


def _ask_check_record(request: HttpRequest, *, form: MoveForm, person: Resident | None) -> HttpResponse:
    if steps.is_asked(request) and form.is_valid():
        people = [person or form.cleaned_data["who"], *form.cleaned_data.get("together", ())]
        try:
            if steps.is_confirmed(request):
                return _record(request, form, people=people)
            return _check(request, form, people=people)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "vouchers/moves/ask.html", {"form": form, "resident": person})


def _record(request: HttpRequest, form: MoveForm, *, people: Sequence[Resident]) -> HttpResponse:
    user, given = signed_in(request), form.cleaned_data
    move = report_move(
        resident=people[0],
        together=people[1:],
        to=given["to"].code,
        effective_on=given["effective_on"],
        note=given["note"],
        stamp=Stamp.today(user),
    )
    said = (
        _("The move is reported. %(district)s is asked whether it agrees; until then the city bears what is its share.")
        if move.is_open
        else _("The move is recorded. From %(day)s on %(name)s lives in %(district)s.")
    )
    names = {"day": day_in_words(move.effective_on), "name": people[0].name, "district": in_words(given["to"])}
    messages.success(request, said % names)
    return redirect("move", move.pk) if move.is_open else redirect("resident", people[0].number)


def _check(request: HttpRequest, form: MoveForm, *, people: Sequence[Resident]) -> HttpResponse:
    user, given = signed_in(request), form.cleaned_data
    stamp, to, day = Stamp.today(user), given["to"], given["effective_on"]
    confirmed = speaks_for(user, district=to.code)
    orders = orders_of(user, people=people, to=to.code, effective_on=day)
    context = {
        "resident": people[0],
        "people": people,
        "to": to,
        "day": day,
        "asks": not confirmed,
        "is_ahead": day > stamp.as_of,
        "rows": money_lines(foresee_move(orders=orders, confirmed=confirmed, stamp=stamp)),
        "typed": steps.typed(request),
    }
    return render(request, "vouchers/moves/check.html", context)
