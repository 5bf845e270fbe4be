"""Social insurance: one person's, its transfers step by step, and the four rules side by side."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import selectors
from accounts.models import Resident
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.forms.insurance import ApplyForm, RejectForm, StepForm
from vouchers.insured import CaseToday, cases_today, insured, options_of, year_of_moves, years_with_moves
from vouchers.models import ContributionAccount, InsuranceCase
from vouchers.models.insurance import Step
from vouchers.services.insurance import transferring
from vouchers.services.insurance.facts import share_on

CASES_ON_A_PAGE = 25
#: What takes each step that a person can take.
DEEDS = {Step.AGREED: transferring.agree, Step.SENT: transferring.send, Step.RECEIVED: transferring.receive}


@require_GET
@allowed_to(Act.SEE_INSURANCE)
def insurance(request: HttpRequest) -> HttpResponse:
    """List the transfers that run, the most urgent first, and compare the rules over a year of them."""
    user, today = signed_in(request), Stamp.today(None).as_of
    running = cases_today(InsuranceCase.objects.visible_to(user).running(), today=today)
    running.sort(key=lambda one: (one.last.due_on or today, one.case.pk))
    years = years_with_moves()
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else next(iter(years), None)
    context = {
        "page": Paginator(running, CASES_ON_A_PAGE).get_page(request.GET.get("page")),
        "years": years,
        "compared": year_of_moves(year, in_force=share_on(today)) if year else None,
    }
    return render(request, "vouchers/insurance/list.html", context)


@require_GET
@allowed_to(Act.SEE_INSURANCE)
def resident_insurance(request: HttpRequest, number: str) -> HttpResponse:
    """Show what somebody contributed, what is held where, the running transfer and what each rule would do."""
    user, today = signed_in(request), Stamp.today(None).as_of
    person = get_object_or_404(Resident.objects.visible_to(user), number=number)
    found = insured(person, user=user, today=today)
    compared = found.compared if found else None
    context = {
        "resident": person,
        "found": found,
        "compared": compared.account if compared else None,
        "options": options_of(compared.holding, in_force=share_on(today)) if compared else [],
        "may_transfer": may(user, Act.RUN_INSURANCE),
    }
    return render(request, "vouchers/insurance/person.html", context)


@allowed_to(Act.RUN_INSURANCE)
def insurance_apply(request: HttpRequest, number: str) -> HttpResponse:
    """Apply for a transfer of one account, named by its number."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    account = get_object_or_404(ContributionAccount.objects.visible_to(user).open(), number=number)
    destinations = selectors.all_districts().going_on().exclude(pk=account.district_id)
    form = ApplyForm(request.POST or None, destinations=destinations, initial={"day": stamp.as_of})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            case = transferring.apply_for_transfer(account=account, to=given["to"], day=given["day"], stamp=stamp)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            done = _("The transfer is done: inside one pool no money moves.")
            begun = _("The transfer is applied for. The new place has 15 working days to agree.")
            messages.success(request, begun if case.to.pool_id != account.pool_id else done)
            return redirect("resident_insurance", account.resident.number)
    context = {"form": form, "account": account, "resident": account.resident}
    return render(request, "vouchers/insurance/apply.html", context)


@allowed_to(Act.RUN_INSURANCE)
def insurance_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Take the next step of a transfer, or reject it."""
    user = signed_in(request)
    stamp = Stamp.today(user)
    case = _case(request, pk)
    taken = next((one for one in case.next_steps if one.value == step), None)
    if taken is None:
        raise Http404
    kind = RejectForm if taken == Step.REJECTED else StepForm
    form = kind(request.POST or None, initial={"day": stamp.as_of})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if taken == Step.REJECTED:
                transferring.reject(case=case.case, day=given["day"], reason=given["reason"], stamp=stamp)
            else:
                DEEDS[taken](case=case.case, day=given["day"], stamp=stamp)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded: %(step)s.") % {"step": taken.label})
            return redirect("resident_insurance", case.case.origin.resident.number)
    return render(request, "vouchers/insurance/step.html", {"form": form, "today": case, "step": taken})


@require_GET
@allowed_to(Act.SEE_WALLET)
def wallet_insurance(request: HttpRequest) -> HttpResponse:
    """Show residents their own insurance, in plain words."""
    user = signed_in(request)
    found = insured(user.resident, user=user, today=Stamp.today(user).as_of) if user.resident else None
    return render(request, "vouchers/insurance/wallet.html", {"found": found})


def _case(request: HttpRequest, pk: int) -> CaseToday:
    rows = InsuranceCase.objects.visible_to(signed_in(request)).filter(pk=pk)
    found = cases_today(rows, today=Stamp.today(None).as_of)
    if not found:
        raise Http404
    return found[0]
