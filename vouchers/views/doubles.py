"""Double registrations: an id number that somebody wanted to register in a second district, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import DoubleRegistration, Resident
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.selectors import people_of_doubles
from accounts.services.residents import answer_double_registration
from accounts.stamps import Stamp
from vouchers.forms.lives import FindingForm
from vouchers.selectors import vouchers_in_use

ON_A_PAGE = 25


class Double(NamedTuple):
    """A registration that was refused, and whose id number it is."""

    row: DoubleRegistration
    known: Resident


@require_GET
@allowed_to(Act.RECORD_LIFE)
def doubles(request: HttpRequest) -> HttpResponse:
    """List what was found, what nobody has looked into first."""
    rows = DoubleRegistration.objects.visible_to(signed_in(request)).with_details()
    page = Paginator(rows.order_by(F("answer").desc(nulls_first=True), "-pk"), ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "vouchers/doubles/list.html", {"page": page, "doubles": _with_people(page.object_list)})


@allowed_to(Act.RECORD_LIFE)
def double(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one with what its person holds, and say what it was."""
    user = signed_in(request)
    row = get_object_or_404(DoubleRegistration.objects.visible_to(user).with_details(), pk=pk)
    [found] = _with_people([row])
    form = FindingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_double_registration(registration=row, stamp=Stamp.today(user), **form.cleaned_data)
            messages.success(request, _("Your answer is recorded."))
            return redirect("doubles")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        "double": found,
        "form": form,
        "vouchers": vouchers_in_use(found.known),
        "may_look": Resident.objects.visible_to(user).filter(pk=found.known.pk).exists(),
    }
    return render(request, "vouchers/doubles/double.html", context)


def _with_people(rows: Iterable[DoubleRegistration]) -> list[Double]:
    """Put the person who stands for each id number beside it."""
    found = list(rows)
    people = people_of_doubles(found)
    return [Double(row, people[row.id_number_hash]) for row in found]
