"""Programmes and providers: seen by every administrator, written by the city."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import selectors as places
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import in_words
from vouchers import selectors
from vouchers.forms.catalogue import ProgrammeFilterForm, ProgrammeForm, ProviderFilterForm, ProviderForm
from vouchers.models import Programme, Provider
from vouchers.services.catalogue import save_programme, save_provider

ROWS_ON_A_PAGE = 25


@require_GET
@allowed_to(Act.SEE_PROGRAMMES)
def programmes(request: HttpRequest) -> HttpResponse:
    """List what can be issued."""
    form = ProgrammeFilterForm(request.GET)
    rows = selectors.all_programmes()
    if form.is_valid() and form.cleaned_data["sector"]:
        rows = rows.filter(sector=form.cleaned_data["sector"])
    page = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    may_manage = may(signed_in(request), Act.MANAGE_PROGRAMMES)
    context = {"filters": form, "page": page, "may_manage": may_manage}
    return render(request, "vouchers/catalogue/programmes.html", context)


@require_GET
@allowed_to(Act.SEE_PROGRAMMES)
def programme(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a programme buys, for whom, who funds it and who bears what after a move."""
    user = signed_in(request)
    found = get_object_or_404(selectors.all_programmes(), code=code)
    providers = Provider.objects.visible_to(user).filter(programmes=found)
    context = {
        "programme": found,
        "count_days": sorted((int(month), day) for month, day in found.count_days.items() if month != "default"),
        "number_of_providers": providers.count(),
        "visit_terms": found.visit_terms.all(),
        "may_manage": may(user, Act.MANAGE_PROGRAMMES),
    }
    return render(request, "vouchers/catalogue/programme.html", context)


@allowed_to(Act.MANAGE_PROGRAMMES)
def programme_new(request: HttpRequest) -> HttpResponse:
    return _edit_programme(request, Programme())


@allowed_to(Act.MANAGE_PROGRAMMES)
def programme_edit(request: HttpRequest, code: str) -> HttpResponse:
    return _edit_programme(request, get_object_or_404(selectors.all_programmes(), code=code))


@require_GET
@allowed_to(Act.SEE_PROGRAMMES)
def providers(request: HttpRequest) -> HttpResponse:
    """List where vouchers can be used."""
    user = signed_in(request)
    form = ProviderFilterForm(
        request.GET, districts=places.all_districts().going_on(), programmes=selectors.all_programmes()
    )
    rows = Provider.objects.visible_to(user).select_related("district__authority")
    rows = rows.annotate(number_of_programmes=Count("accreditations")).order_by("district", "code")
    if form.is_valid():
        chosen = {"kind": "kind", "district": "district", "programme": "accreditations__programme"}
        for name, field in chosen.items():
            if value := form.cleaned_data[name]:
                rows = rows.filter(**{field: value})
    page = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"filters": form, "page": page, "may_manage": may(user, Act.MANAGE_PROGRAMMES)}
    return render(request, "vouchers/catalogue/providers.html", context)


@require_GET
@allowed_to(Act.SEE_PROGRAMMES)
def provider(request: HttpRequest, code: str) -> HttpResponse:
    """Show where a provider is and what it may take."""
    user = signed_in(request)
    rows = Provider.objects.visible_to(user).select_related("district__authority")
    found = get_object_or_404(rows, code=code)
    accredited = found.accreditations.select_related("programme").order_by("programme__code")
    context = {"provider": found, "accredited": accredited, "may_manage": may(user, Act.MANAGE_PROGRAMMES)}
    context["may_see_books"] = may(user, Act.SEE_BOOKS)
    return render(request, "vouchers/catalogue/provider.html", context)


@allowed_to(Act.MANAGE_PROGRAMMES)
def provider_new(request: HttpRequest) -> HttpResponse:
    return _edit_provider(request, Provider())


@allowed_to(Act.MANAGE_PROGRAMMES)
def provider_edit(request: HttpRequest, code: str) -> HttpResponse:
    user = signed_in(request)
    return _edit_provider(request, get_object_or_404(Provider.objects.visible_to(user), code=code))


class Heading(NamedTuple):
    """What an edit page calls the thing: how it is stored, not how it was just typed."""

    is_new: bool
    name: str


def _edit_programme(request: HttpRequest, found: Programme) -> HttpResponse:
    heading = Heading(is_new=found.pk is None, name=in_words(found))
    form = ProgrammeForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_programme(programme=form.save(commit=False), stamp=Stamp.today(signed_in(request)))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The programme is stored."))
            return redirect("programme", saved.code)
    return render(request, "vouchers/catalogue/programme_form.html", {"form": form, "heading": heading})


def _edit_provider(request: HttpRequest, found: Provider) -> HttpResponse:
    heading = Heading(is_new=found.pk is None, name=in_words(found))
    form = ProviderForm(
        request.POST or None,
        instance=found,
        districts=places.all_districts().going_on(),
        programmes=selectors.all_programmes(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_provider(
                provider=form.save(commit=False),
                programmes=form.cleaned_data["accredited_for"],
                stamp=Stamp.today(signed_in(request)),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The provider is stored."))
            return redirect("provider", saved.code)
    return render(request, "vouchers/catalogue/provider_form.html", {"form": form, "heading": heading})
