"""Recording births, deaths, departures and merges: asked, checked with what it does to vouchers, done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.models import Resident, User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import day_in_words, in_words
from vouchers.forms.lives import BirthForm, DeathForm, LeaveForm, MergeForm, TakeBackForm
from vouchers.services import registry
from vouchers.services.births import check_birth, given_at_birth
from vouchers.views import steps

Given = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One thing to record of ``person``: the words of its pages, what checking shows, and what doing says and where.

    ``check`` returns what its page needs; ``do`` records, and returns the success sentence and the resident number to
    go on to. Both raise Refused.
    """

    person: Resident
    title: str
    question: str
    template: str
    check: Callable[[Given], Mapping[str, object]]
    do: Callable[[Given], tuple[str, str]]


@allowed_to(Act.RECORD_LIFE)
def resident_death(request: HttpRequest, number: str) -> HttpResponse:
    """Record that somebody died."""
    stamp, person = _asked(request, number)

    def check(given: Given) -> Mapping[str, object]:
        rows = registry.foresee_death(resident=person, day=given["day"], stamp=stamp)
        heading = _("%(name)s died on %(day)s") % {"name": person.name, "day": day_in_words(given["day"])}
        return {"heading": heading, "rows": rows, "button": _("Record the death")}

    def do(given: Given) -> tuple[str, str]:
        registry.record_death(resident=person, day=given["day"], note=given["note"], stamp=stamp)
        return _("The death is recorded, and the vouchers ended on its day."), person.number

    recording = Recording(
        person=person,
        title=_("Record a death"),
        question=_("When did %(name)s die?") % {"name": person.name},
        template="vouchers/lives/check_end.html",
        check=check,
        do=do,
    )
    return _flow(request, DeathForm(request.POST or None, today=stamp.as_of), recording=recording)


@allowed_to(Act.RECORD_LIFE)
def resident_leave(request: HttpRequest, number: str) -> HttpResponse:
    """Record that somebody leaves the participating area, alone or with the family."""
    stamp, person = _asked(request, number)

    def people(given: Given) -> list[Resident]:
        return [person, *given.get("together", ())]

    def check(given: Given) -> Mapping[str, object]:
        rows = registry.foresee_leaving(residents=people(given), day=given["day"], stamp=stamp)
        places = {"name": person.name, "day": day_in_words(given["day"])}
        heading = _("From %(day)s on, %(name)s lives outside the participating area") % places
        return {"heading": heading, "rows": rows, "people": people(given), "button": _("Record the departure")}

    def do(given: Given) -> tuple[str, str]:
        registry.leave_area(residents=people(given), day=given["day"], note=given["note"], stamp=stamp)
        return _("The departure is recorded. Coming back is recorded as a move."), person.number

    recording = Recording(
        person=person,
        title=_("Record a departure from the area"),
        question=_("When does %(name)s leave the participating area?") % {"name": person.name},
        template="vouchers/lives/check_end.html",
        check=check,
        do=do,
    )
    family = selectors.family_of(person) & Resident.objects.visible_to(signed_in(request))
    return _flow(request, LeaveForm(request.POST or None, family=family), recording=recording)


@allowed_to(Act.RECORD_LIFE)
def resident_birth(request: HttpRequest, number: str) -> HttpResponse:
    """Record a child of somebody."""
    stamp, person = _asked(request, number)

    def check(given: Given) -> Mapping[str, object]:
        registry.refuse_strangers(person, user=stamp.by)
        home = check_birth(guardian=person, stamp=stamp, **given)
        places = {"name": given["name"], "day": day_in_words(given["day"]), "district": in_words(home)}
        heading = _("%(name)s was born on %(day)s and lives in %(district)s") % places
        offers = given_at_birth(day=given["day"], stamp=stamp)
        return {"heading": heading, "offers": offers, "button": _("Record the birth")}

    def do(given: Given) -> tuple[str, str]:
        born = registry.record_birth(guardian=person, stamp=stamp, **given)
        said = _("The birth is recorded. %(name)s has resident number %(number)s.")
        return said % {"name": born.resident.name, "number": born.resident.number}, born.resident.number

    recording = Recording(
        person=person,
        title=_("Record a birth"),
        question=_("Who was born to %(name)s?") % {"name": person.name},
        template="vouchers/lives/check_birth.html",
        check=check,
        do=do,
    )
    return _flow(request, BirthForm(request.POST or None, today=stamp.as_of), recording=recording)


@allowed_to(Act.RECORD_LIFE)
def resident_merge(request: HttpRequest, number: str) -> HttpResponse:
    """Merge an entry into another one of the same person."""
    stamp, person = _asked(request, number)

    def check(given: Given) -> Mapping[str, object]:
        kept: Resident = given["kept"]
        fates = registry.foresee_merge(dropped=person, kept=kept, stamp=stamp)
        heading = _("%(dropped)s and %(kept)s are one person") % {"dropped": person.number, "kept": kept.number}
        return {"heading": heading, "fates": fates, "entries": (kept, person), "button": _("Merge the entries")}

    def do(given: Given) -> tuple[str, str]:
        registry.merge_residents(dropped=person, kept=given["kept"], note=given["note"], stamp=stamp)
        said = _("The entries are merged. %(dropped)s leads to %(kept)s from now on.")
        return said % {"dropped": person.number, "kept": given["kept"].number}, given["kept"].number

    recording = Recording(
        person=person,
        title=_("Merge a duplicate"),
        question=_("Which other entry of %(name)s stays?") % {"name": person.name},
        template="vouchers/lives/check_merge.html",
        check=check,
        do=do,
    )
    return _flow(request, MergeForm(request.POST or None), recording=recording)


@allowed_to(Act.RECORD_LIFE)
def resident_death_take_back(request: HttpRequest, number: str) -> HttpResponse:
    """Take back a death that was recorded by mistake."""
    stamp, person = _asked(request, number)

    def do(given: Given) -> str:
        registry.take_back_death(resident=person, note=given["note"], stamp=stamp)
        return _("The death is taken back. The vouchers go on with all that was left on them.")

    title = _("Take back the death of %(name)s?") % {"name": person.name}
    means = _("The residence and the vouchers go on as if nothing had been recorded. What was recorded stays on file.")
    return _take_back(request, person=person, title=title, means=means, do=do)


@allowed_to(Act.RECORD_LIFE)
def resident_merge_take_back(request: HttpRequest, number: str) -> HttpResponse:
    """Take back a merge of two entries that are two persons."""
    stamp, person = _asked(request, number)

    def do(given: Given) -> str:
        registry.take_back_merge(dropped=person, note=given["note"], stamp=stamp)
        return _("The merge is taken back. Both entries stand for themselves again.")

    title = _("Take back the merge of %(number)s?") % {"number": person.number}
    means = _(
        "The vouchers of this entry go on with all that was left on them. What was issued anew to the other entry "
        "ends; what was used of it stays used."
    )
    return _take_back(request, person=person, title=title, means=means, do=do)


def _asked(request: HttpRequest, number: str) -> tuple[Stamp, Resident]:
    user = signed_in(request)
    return Stamp.today(user), get_object_or_404(Resident.objects.visible_to(user), number=number)


def _flow(request: HttpRequest, form: forms.Form, *, recording: Recording) -> HttpResponse:
    if steps.is_asked(request) and form.is_valid():
        try:
            if steps.is_confirmed(request):
                said, number = recording.do(form.cleaned_data)
                messages.success(request, said)
                return redirect("resident", number)
            context = {**recording.check(form.cleaned_data), "typed": steps.typed(request), "recording": recording}
            return render(request, recording.template, context)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "vouchers/lives/ask.html", {"form": form, "recording": recording})


def _take_back(
    request: HttpRequest, *, person: Resident, title: str, means: str, do: Callable[[Given], str]
) -> HttpResponse:
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, do(form.cleaned_data))
            return redirect("resident", person.number)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "resident": person, "title": title, "means": means}
    return render(request, "vouchers/lives/take_back.html", context)


def life_of(person: Resident, *, user: User) -> dict[str, object]:
    """Return what the page of a resident shows of deaths and merges, and whether ``user`` may record more."""
    return {
        "death": selectors.death_of(person),
        "merge": selectors.merge_of(person),
        "duplicates": selectors.merged_into(person),
        "may_record_life": may(user, Act.RECORD_LIFE) and registry.speaks_for(user, resident=person),
    }
