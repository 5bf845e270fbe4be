"""Days for which a provider's payments are suspended."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from vouchers.forms.claims import SuspensionForm
from vouchers.models import Provider
from vouchers.services.suspending import SuspensionEndsFirst, suspend


@allowed_to(Act.SEE_BOOKS)
def suspensions(request: HttpRequest, code: str) -> HttpResponse:
    """List a provider's suspensions; a post records another one."""
    user = signed_in(request)
    provider = get_object_or_404(Provider.objects.visible_to(user), code=code)
    may_suspend = may(user, Act.WORK_ON_BREAKS)
    form = SuspensionForm(request.POST or None)
    if request.method == "POST" and not may_suspend:
        return HttpResponse(status=403)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            suspend(
                provider=provider,
                start=wanted["start"],
                end=wanted["last"] + timedelta(days=1),
                reason=wanted["reason"],
                stamp=Stamp.today(user),
            )
        except SuspensionEndsFirst as refusal:
            form.add_error("last", str(refusal))
        else:
            messages.success(request, _("Recorded. The next comparison holds back what falls on these days."))
            return redirect("suspensions", code)
    rows = provider.suspensions.select_related("recorded_by")
    context = {"provider": provider, "rows": rows, "form": form, "may_suspend": may_suspend}
    return render(request, "vouchers/claims/suspensions.html", context)
