"""What was known when, of a person and of a voucher: as of one day, as known on another."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import Residence, Resident
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import in_words
from ledger.selectors import authorities_by_code
from ledger.views.downloads import csv_file
from vouchers.beliefs import believed, chart
from vouchers.forms.knowing import KnowingForm
from vouchers.known_words import home_in_words, status_in_words, voucher_in_words
from vouchers.models import Voucher
from vouchers.plan_words import rule_in_words, tail_in_words
from vouchers.services.knowing import beliefs_of, voucher_known


@require_GET
@allowed_to(Act.SEE_RESIDENTS)
def resident(request: HttpRequest, number: str) -> HttpResponse:
    """Say where somebody lived on a day, as known on another, and all that was ever believed."""
    person = get_object_or_404(Resident.objects.visible_to(signed_in(request)), number=number)
    form = _form(request)
    beliefs = beliefs_of(person)
    context = {
        "form": form,
        "resident": person,
        "home": home_in_words(believed(beliefs, *form.times), name=person.name, times=form.times),
        "beliefs": beliefs,
        "chart": chart(beliefs),
    }
    return render(request, "vouchers/knowing/resident.html", context)


@require_GET
@allowed_to(Act.SEE_RESIDENTS)
def voucher(request: HttpRequest, number: str) -> HttpResponse:
    """Say what was left of a voucher on a day, who paid and who bore what, as known on another."""
    rows = Voucher.objects.visible_to(signed_in(request)).select_related("resident", "programme")
    found = get_object_or_404(rows, number=number)
    form = _form(request)
    beliefs, names = beliefs_of(found.resident), authorities_by_code()
    context = {
        "form": form,
        "voucher": found,
        "home": home_in_words(believed(beliefs, *form.times), name=found.resident.name, times=form.times),
        "beliefs": beliefs,
        "chart": chart(beliefs),
    }
    try:
        known = voucher_known(voucher=found, times=form.times)
    except Refused as refusal:
        return render(request, "vouchers/knowing/voucher.html", {**context, "refusal": str(refusal)})
    told = {
        "rule": rule_in_words(known.entitlement),
        "terms": [
            (names[term.authority], term, tail_in_words(term.here), tail_in_words(term.after)) for term in known.terms
        ],
    }
    answer = {
        "known": known,
        "answer": voucher_in_words(known, names=names),
        "status": status_in_words(known),
        "told": told,
    }
    return render(request, "vouchers/knowing/voucher.html", {**context, **answer})


@require_GET
@allowed_to(Act.SEE_RESIDENTS)
def residences_file(request: HttpRequest, number: str) -> HttpResponseBase:
    """Every residence that was ever believed, with both times, as CSV."""
    person = get_object_or_404(Resident.objects.visible_to(signed_in(request)), number=number)
    header = (
        _("district code"),
        _("district"),
        _("lived there from"),
        _("lived there until"),
        _("confirmed"),
        _("known from"),
        _("known until"),
        _("recorded at"),
    )
    return csv_file(name=f"residences-{person.number}.csv", header=header, rows=_lines(beliefs_of(person)))


def _form(request: HttpRequest) -> KnowingForm:
    """Read the days from the address; without any, today answers."""
    return KnowingForm(request.GET or None, today=Stamp.today(None).as_of)


def _lines(beliefs: list[Residence]) -> Iterator[tuple[object, ...]]:
    for spell in beliefs:
        yield (
            spell.district_id,
            in_words(spell.district),
            spell.start,
            spell.end or "",
            _("yes") if spell.confirmed else _("no"),
            spell.known_from,
            spell.known_until or "",
            spell.recorded_at.isoformat(timespec="seconds"),
        )
