"""Use elsewhere: residents file a visit one question a page, administrators on one, and the city says what is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import selectors as places
from accounts.models import District, Resident
from accounts.models.people import ResidentQuerySet
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import in_words
from vouchers import selectors
from vouchers.forms.visits import FilingForm, VisitTermsForm
from vouchers.models import Visitor, VisitorFiling, Visits, Voucher
from vouchers.services.catalogue import set_visit_terms
from vouchers.services.filing import TemporaryTooShort, end_filing, file_visit, host_of
from vouchers.views import steps

#: The questions of a resident, one a page, in their order.
QUESTIONS = ("who", "district", "visitor", "last_day")


class Order(NamedTuple):
    """What a resident or an administrator asks to be filed."""

    resident: Resident
    district: str
    visitor: str
    start: date
    until: date | None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Order:
        last = given["last_day"]
        until = last + timedelta(days=1) if last else None
        return cls(given["who"], given["district"].code, given["visitor"], given["start"], until)


@allowed_to(Act.SEE_WALLET)
def wallet_visits(request: HttpRequest) -> HttpResponse:
    """List the filings of this person and the wards, and say which vouchers need one."""
    user = signed_in(request)
    today = Stamp.today(user).as_of
    held = Voucher.objects.visible_to(user).active()
    context = {
        "filings": selectors.filings_told(VisitorFiling.objects.visible_to(user), day=today),
        "needed": selectors.programmes_that_need_a_filing(held),
        "has_wards": Resident.objects.visible_to(user).count() > 1,
    }
    return render(request, "vouchers/visits/list.html", context)


@allowed_to(Act.SEE_WALLET)
def wallet_visit_new(request: HttpRequest) -> HttpResponse:
    """Ask one question after the other, show what was answered, file it from today on."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    people = Resident.objects.visible_to(user).order_by("pk")
    given: dict[str, Any] = {"start": stamp.as_of, "last_day": None}
    for name in _questions(people):
        if name == "last_day" and given["visitor"] == Visitor.LONG_TERM:
            continue
        form = _question(request, name, people=people, stamp=stamp)
        if not form.is_bound or not form.is_valid() or request.POST.get("change") == name:
            return _ask(request, form)
        given |= form.cleaned_data
    given.setdefault("who", people.first())
    return _check_or_file(request, Order.of(given), host=given["district"], stamp=stamp)


@allowed_to(Act.SEE_WALLET)
def wallet_visit_end(request: HttpRequest, pk: int) -> HttpResponse:
    return _end(request, pk, back=reverse("wallet_visits"))


@allowed_to(Act.FILE_VISIT)
def resident_visit_new(request: HttpRequest, number: str) -> HttpResponse:
    """File a visit for somebody who lives in one of this user's districts."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    people = Resident.objects.kept_by(user, day=stamp.as_of)
    person = get_object_or_404(people, number=number)
    data = {**request.POST.dict(), "who": person.number} if request.method == "POST" else None
    form = FilingForm(
        data, people=people.filter(pk=person.pk), districts=places.all_districts().going_on(), today=stamp.as_of
    )
    if request.method == "POST" and form.is_valid():
        order = Order.of(form.cleaned_data)
        try:
            file_visit(**order._asdict(), stamp=stamp)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _filed(order, host=form.cleaned_data["district"]))
            return redirect("resident", person.number)
    return render(request, "vouchers/visits/file.html", {"form": form, "resident": person})


@allowed_to(Act.FILE_VISIT)
def resident_visit_end(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    return _end(request, pk, back=reverse("resident", args=[number]), resident__number=number)


@allowed_to(Act.MANAGE_PROGRAMMES)
def programme_visit_terms(request: HttpRequest, code: str) -> HttpResponse:
    """Fix what a programme pays of a visitor's bill from a day on."""
    programme = get_object_or_404(selectors.all_programmes(), code=code, visits=Visits.FILED)
    form = VisitTermsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        stamp = Stamp.today(signed_in(request))
        set_visit_terms(programme=programme, since=form.cleaned_data["since"], terms=form.terms, stamp=stamp)
        messages.success(request, _("The terms for visits are stored."))
        return redirect("programme", programme.code)
    return render(request, "vouchers/visits/terms.html", {"form": form, "programme": programme})


def _questions(people: ResidentQuerySet) -> Sequence[str]:
    """Leave out whose vouchers they are where there is only one person."""
    return QUESTIONS if people.count() > 1 else QUESTIONS[1:]


def _question(request: HttpRequest, name: str, *, people: ResidentQuerySet, stamp: Stamp) -> FilingForm:
    """Return the page's form, with the answer if there is one."""
    names = [key for key in request.POST if key == name or key.startswith(f"{name}_")]
    data = request.POST if names else None
    return FilingForm(data, people=people, districts=places.all_districts().going_on(), today=stamp.as_of, only=name)


def _ask(request: HttpRequest, form: FilingForm) -> HttpResponse:
    """Ask one question; what was answered so far comes along."""
    (name,) = form.fields
    others = [(key, value) for key, value in _answered(request) if key != name and not key.startswith(f"{name}_")]
    return render(request, "vouchers/visits/ask.html", {"form": form, "typed": others})


def _own(request: HttpRequest, resident: Resident) -> ResidentQuerySet:
    return Resident.objects.visible_to(signed_in(request)).filter(pk=resident.pk)


def _check_or_file(request: HttpRequest, order: Order, *, host: District, stamp: Stamp) -> HttpResponse:
    try:
        if steps.is_confirmed(request):
            file_visit(**order._asdict(), stamp=stamp)
            messages.success(request, _filed(order, host=host))
            return redirect("wallet_visits")
        host_of(resident=order.resident, district=order.district, start=order.start, until=order.until)
    except Refused as refusal:
        name = "last_day" if isinstance(refusal, TemporaryTooShort) else "district"
        form = _question(request, name, people=_own(request, order.resident), stamp=stamp)
        form.add_error(name, str(refusal))
        return _ask(request, form)
    context = {
        "order": order,
        "host": host,
        "why": Visitor(order.visitor).label,
        "typed": _answered(request),
        "asks_who": "who" in request.POST,
    }
    return render(request, "vouchers/visits/check.html", context)


def _answered(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, value in steps.typed(request) if name != "change"]


def _filed(order: Order, *, host: District) -> str:
    named = {"name": order.resident.name, "district": in_words(host)}
    return _("The filing is recorded. %(name)s may use vouchers in %(district)s.") % named


def _end(request: HttpRequest, pk: int, *, back: str, **wanted: str) -> HttpResponse:
    """Ask once more, then end a filing today, or before it begins."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    rows = VisitorFiling.objects.kept_by(user, day=stamp.as_of).select_related("resident", "district__authority")
    filing = get_object_or_404(rows, pk=pk, **wanted)
    day = max(stamp.as_of, filing.start)
    if request.method == "POST":
        end_filing(resident=filing.resident, district=filing.district_id, day=day, stamp=stamp)
        messages.success(request, _("The filing is ended. What was used under it stays paid."))
        return redirect(back)
    return render(request, "vouchers/visits/end.html", {"filing": filing, "day": day, "url": back})
