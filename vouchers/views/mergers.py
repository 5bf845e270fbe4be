"""Merging districts: which, what it will move, and then it waits for another person's approval."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.forms.mergers import MergerForm
from vouchers.services.merging_districts import check_merger, extent_of, mergers_recorded, propose_merger
from vouchers.views import steps


@allowed_to(Act.MERGE_DISTRICTS)
def mergers(request: HttpRequest) -> HttpResponse:
    """Ask which districts become one, show what will move, propose it; what was merged before stands below."""
    form = MergerForm(request.POST or None, districts=selectors.all_districts().going_on())
    if steps.is_asked(request) and form.is_valid():
        try:
            return _check_or_propose(request, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "vouchers/districts/mergers.html", {"form": form, "mergers": mergers_recorded()})


def _check_or_propose(request: HttpRequest, form: MergerForm) -> HttpResponse:
    given, stamp = form.cleaned_data, Stamp.today(signed_in(request))
    codes = {name: given[name].code for name in ("predecessor", "successor")}
    if steps.is_confirmed(request):
        job = propose_merger(**codes, day=given["day"], stamp=stamp)
        messages.success(request, _("The proposal is recorded. Another city administrator has to approve it."))
        return redirect("job", job.pk)
    joined = check_merger(**codes, day=given["day"], stamp=stamp)
    context = {
        "joined": joined,
        "day": given["day"],
        "extent": extent_of(joined.predecessor),
        "typed": steps.typed(request),
    }
    return render(request, "vouchers/districts/check.html", context)
