"""Taking a step in a case and correcting a move: shown before it is done, to administrators and to residents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.permissions import signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.case_words import StepWords, filled, headline
from vouchers.casebook import Case
from vouchers.forms.moves import CorrectionForm, NoteForm
from vouchers.models import Move
from vouchers.services.cases import parties_of
from vouchers.services.foreseeing import Foreseen, foresee_correction, foresee_step
from vouchers.services.reporting import correct_move, is_confirmed_by_correcting, take_step
from vouchers.views import steps
from vouchers.views.money import money_lines


@dataclass(frozen=True)
class Side:
    """Where a case is looked at: ``page`` is the name of its address; money is shown to those who answer for it."""

    page: str
    shows_money: bool

    def address(self, move: Move) -> str:
        return reverse(self.page, args=[move.pk])


def take(request: HttpRequest, case: Case, *, words: StepWords, side: Side) -> HttpResponse:
    """Ask for a step's grounds and show what it changes, then take it."""
    stamp = Stamp.today(signed_in(request))
    form = NoteForm(request.POST or None, label=words.note, required=words.needs_note)
    try:
        if request.method == "POST" and form.is_valid():
            take_step(move=case.move, step=words.step, note=form.cleaned_data["note"], stamp=stamp)
            messages.success(request, filled(words.done, case=case))
            return redirect(side.address(case.move))
        parties = parties_of(stamp.by, move=case.move)
        foreseen = foresee_step(move=case.move, step=words.step, parties=parties, stamp=stamp)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(side.address(case.move))
    context = {
        "form": form,
        "words": words,
        "question": filled(words.question, case=case),
        "means": filled(words.means, case=case),
        **_around(case, side=side, foreseen=foreseen),
    }
    return render(request, "vouchers/cases/step.html", context)


def correct(request: HttpRequest, case: Case, *, side: Side) -> HttpResponse:
    """Ask what is right, show what it changes, and put another move in the place of this one."""
    stamp = Stamp.today(signed_in(request))
    form = CorrectionForm(request.POST or None, move=case.move, destinations=selectors.all_districts().going_on())
    if steps.is_asked(request) and form.is_valid():
        given = form.cleaned_data
        right = {"to": given["to"].code, "effective_on": given["effective_on"]}
        try:
            if steps.is_confirmed(request):
                move = correct_move(move=case.move, note=given["note"], stamp=stamp, **right)
                messages.success(request, _("The move is corrected. What was recorded before stays to be seen."))
                return redirect(side.address(move))
            return _check_correction(request, case, form=form, side=side, right=right)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "headline": headline(case), **_around(case, side=side)}
    return render(request, "vouchers/cases/correct.html", context)


def _check_correction(
    request: HttpRequest, case: Case, *, form: CorrectionForm, side: Side, right: dict[str, Any]
) -> HttpResponse:
    user = signed_in(request)
    confirmed = is_confirmed_by_correcting(case.move, to=right["to"], user=user)
    foreseen = foresee_correction(
        move=case.move,
        confirmed=confirmed,
        parties=parties_of(user, move=case.move),
        stamp=Stamp.today(user),
        **right,
    )
    context = {
        "to": form.cleaned_data["to"],
        "day": right["effective_on"],
        "note": form.cleaned_data["note"],
        "asks": not confirmed,
        "typed": steps.typed(request),
        **_around(case, side=side, foreseen=foreseen),
    }
    return render(request, "vouchers/cases/check_correction.html", context)


def _around(case: Case, *, side: Side, foreseen: list[Foreseen] | None = None) -> dict[str, Any]:
    return {
        "case": case,
        "case_url": side.address(case.move),
        "rows": money_lines(foreseen or []) if side.shows_money else None,
    }
