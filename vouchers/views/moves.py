"""Recording moves and taking the last one back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import selectors
from accounts.models import District, Resident, User
from accounts.models.places import DistrictQuerySet
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import day_in_words, in_words
from ledger.selectors import authorities_by_code
from vouchers.forms.moves import MoveForm, MoveInForm
from vouchers.models import Move
from vouchers.services.foreseeing import Foreseen, foresee_move
from vouchers.services.moving import MoveOrder
from vouchers.services.reporting import report_move, take_back_move
from vouchers.views import steps


@allowed_to(Act.RECORD_MOVE)
def resident_move(request: HttpRequest, number: str) -> HttpResponse:
    """Ask where to and from when, show what it changes, record it."""
    user = signed_in(request)
    person = get_object_or_404(Resident.objects.visible_to(user), number=number)
    origin = selectors.spells_by_resident([person.pk])[person.pk][-1].district_id
    form = MoveForm(request.POST or None, destinations=destinations_for(user, origin=origin))
    return _ask_check_record(request, form=form, person=person)


@allowed_to(Act.RECORD_MOVE)
def move_in(request: HttpRequest) -> HttpResponse:
    """The same for somebody who lives elsewhere and moves into one of this user's districts."""
    own = selectors.districts_administered_by(signed_in(request))
    form = MoveInForm(request.POST or None, destinations=own)
    return _ask_check_record(request, form=form, person=None)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.RECORD_MOVE)
def resident_move_annul(request: HttpRequest, number: str) -> HttpResponse:
    """Take back the last move, if one of its ends is this user's."""
    user = signed_in(request)
    person = get_object_or_404(Resident.objects.visible_to(user), number=number)
    last = _last_move(person)
    get_object_or_404(Move.objects.administered_by(user), pk=last.pk if last else None)
    assert last is not None
    if request.method == "POST":
        take_back_move(resident=person, effective_on=last.effective_on, stamp=Stamp.today(user))
        messages.success(request, _("The move is annulled. It is as if it had never happened."))
        return redirect("resident", person.number)
    return render(request, "vouchers/moves/annul.html", {"resident": person, "move": last})


def destinations_for(user: User, *, origin: str) -> DistrictQuerySet:
    """Return where this user may record a move to: anywhere out of an own district, else only into an own one."""
    own = selectors.districts_administered_by(user)
    return (selectors.all_districts() if own.filter(pk=origin).exists() else own).exclude(pk=origin)


def _ask_check_record(request: HttpRequest, *, form: MoveForm, person: Resident | None) -> HttpResponse:
    stamp = Stamp.today(signed_in(request))
    if steps.is_asked(request) and form.is_valid():
        given = form.cleaned_data
        mover: Resident = person or given["who"]
        order = MoveOrder(resident=mover, to=given["to"].code, effective_on=given["effective_on"])
        try:
            if steps.is_confirmed(request):
                return _record(request, order, to=given["to"], stamp=stamp)
            return _check(request, order, to=given["to"], stamp=stamp)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "vouchers/moves/ask.html", {"form": form, "resident": person})


def _record(request: HttpRequest, order: MoveOrder, *, to: District, stamp: Stamp) -> HttpResponse:
    report_move(resident=order.resident, to=order.to, effective_on=order.effective_on, stamp=stamp)
    messages.success(
        request,
        _("The move is recorded. From %(day)s on %(name)s lives in %(district)s.")
        % {"day": day_in_words(order.effective_on), "name": order.resident.name, "district": in_words(to)},
    )
    return redirect("resident", order.resident.number)


def _check(request: HttpRequest, order: MoveOrder, *, to: District, stamp: Stamp) -> HttpResponse:
    context = {
        "resident": order.resident,
        "to": to,
        "day": order.effective_on,
        "is_ahead": order.effective_on > stamp.as_of,
        "rows": _rows(foresee_move(order=order, stamp=stamp), day=order.effective_on),
        "typed": steps.typed(request),
    }
    return render(request, "vouchers/moves/check.html", context)


def _rows(foreseen: Sequence[Foreseen], *, day: date) -> list[dict[str, object]]:
    """Put each voucher's plan into what the check page shows, authorities by name."""
    names = authorities_by_code()
    return [
        {
            "voucher": row.voucher,
            "changes": row.changes,
            "payer_before": names[row.before.payer],
            "payer_after": names[row.after.payer],
            "begins": max(day, row.voucher.valid_from),
            "shifts": [(names[shift.authority], shift) for shift in row.shifts],
        }
        for row in foreseen
    ]


def _last_move(person: Resident) -> Move | None:
    rows = person.moves.standing()
    return rows.select_related("origin__authority", "destination__authority").order_by("effective_on").last()
