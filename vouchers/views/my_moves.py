"""A resident reports a move, one question a page, and follows what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import selectors
from accounts.models import Resident, User
from accounts.models.people import ResidentQuerySet
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers import cases
from vouchers.case_words import STEPS, headline, how_to_object, what_next
from vouchers.casebook import Case, people_of
from vouchers.cases import Step
from vouchers.forms.moves import EvidenceForm, SinceWhenForm, WhereToForm, WhoMovesForm
from vouchers.models import Move
from vouchers.services.foreseeing import foresee_move
from vouchers.services.reporting import orders_of, report_move
from vouchers.views import case_steps, steps
from vouchers.views.cases import case_or_404

HERE = case_steps.Side("my_move", shows_money=False)
#: The hidden field that names the questions answered so far, and the one that asks for a question again.
ANSWERED, AGAIN = "answered", "again"
#: Which question a refusal is about; all others are about the district.
QUESTION_OF_REFUSAL = {
    "case_open": "who",
    "day_taken": "when",
    "before_first_residence": "when",
    "too_far_ahead": "when",
}


@allowed_to(Act.REPORT_OWN_MOVE)
def report(request: HttpRequest) -> HttpResponse:
    """Ask who moves, where to, from when on and what shows it; then show it once more, and report it."""
    user = signed_in(request)
    movers = _movers(user)
    if not movers:
        return _nobody_to_move(request, user)
    questions = _questions(request, movers)
    asked = request.POST.get(AGAIN, "") if request.method == "POST" else ""
    open_question = asked if asked in questions else _first_open(request, questions)
    if not open_question:
        try:
            return _check_or_report(request, questions, movers=movers)
        except Refused as refusal:
            open_question = QUESTION_OF_REFUSAL.get(refusal.code, "where")
            open_question = open_question if open_question in questions else next(iter(questions))
            questions[open_question].add_error(None, str(refusal))
    return _ask(request, questions, name=open_question)


@require_GET
@allowed_to(Act.REPORT_OWN_MOVE)
def my_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what became of a report, what comes next and by when, and what can be done if it is wrong."""
    case = _own_case(request, pk=pk)
    context = {
        "case": case,
        "headline": headline(case),
        "next": what_next(case),
        "objecting": how_to_object(case),
        "people": people_of(case.move, user=signed_in(request)),
        "may_correct": Step.CORRECTED in case.open_steps,
        "may_withdraw": Step.WITHDRAWN in case.open_steps,
        "replacement": getattr(case.move, "corrected_by", None),
    }
    return render(request, "vouchers/wallet/move.html", context)


@allowed_to(Act.REPORT_OWN_MOVE)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a mistake in a report that nobody has agreed to yet."""
    return case_steps.correct(request, _own_case(request, pk=pk), side=HERE)


@allowed_to(Act.REPORT_OWN_MOVE)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return case_steps.take(request, _own_case(request, pk=pk), words=STEPS["withdraw"], side=HERE)


def _own_case(request: HttpRequest, *, pk: int) -> Case:
    user = signed_in(request)
    return case_or_404(Move.objects.visible_to(user), pk=pk, user=user)


def _movers(user: User) -> ResidentQuerySet:
    """Return the people of the wallet of whom no move is open: whose move can be reported."""
    people = Resident.objects.visible_to(user)
    waiting = Move.objects.visible_to(user).open()
    return people.exclude(pk__in=waiting.values("resident")).order_by("pk")


def _nobody_to_move(request: HttpRequest, user: User) -> HttpResponse:
    """Lead to the case that has to be decided first."""
    open_case = Move.objects.visible_to(user).open().order_by("pk").first()
    if open_case is None:
        return redirect("wallet")
    messages.info(request, _("This move has to be decided first. If it is wrong, correct it or withdraw it."))
    return redirect("my_move", open_case.pk)


def _questions(request: HttpRequest, movers: ResidentQuerySet) -> dict[str, forms.Form]:
    """Return the questions in their order; who moves is asked only where there is a choice."""
    data = request.POST if request.method == "POST" else None
    questions: dict[str, forms.Form] = {"who": WhoMovesForm(data, people=movers)} if len(movers) > 1 else {}
    return {
        **questions,
        "where": WhereToForm(data, destinations=selectors.all_districts().going_on()),
        "when": SinceWhenForm(data),
        "evidence": EvidenceForm(data),
    }


def _first_open(request: HttpRequest, questions: Mapping[str, forms.Form]) -> str:
    """Return the first question not answered yet or answered wrongly; none when all are."""
    answered = request.POST.getlist(ANSWERED)
    return next((name for name, form in questions.items() if name not in answered or not form.is_valid()), "")


def _ask(request: HttpRequest, questions: Mapping[str, forms.Form], *, name: str) -> HttpResponse:
    """Show one question, with what was answered to the others in hidden fields."""
    form, names = questions[name], list(questions)
    answered = [other for other in request.POST.getlist(ANSWERED) if other in names and other != name]
    if name not in request.POST.getlist(ANSWERED):
        form.is_bound = False
    kept = [pair for pair in steps.typed(request) if not _is_part(pair[0], form) and pair[0] not in (ANSWERED, AGAIN)]
    context = {
        "form": form,
        "name": name,
        "number": names.index(name) + 1,
        "total": len(names),
        "previous": names[names.index(name) - 1] if name != names[0] else "",
        "typed": [*kept, *((ANSWERED, other) for other in (*answered, name))],
    }
    return render(request, "vouchers/wallet/report_ask.html", context)


def _check_or_report(
    request: HttpRequest, questions: Mapping[str, forms.Form], *, movers: ResidentQuerySet
) -> HttpResponse:
    user = signed_in(request)
    stamp = Stamp.today(user)
    given: dict[str, Any] = {}
    for form in questions.values():
        given |= form.cleaned_data
    people = _in_order(given.get("people", movers), user=user)
    to, day, note = given["to"], given["effective_on"], given["note"]
    if steps.is_confirmed(request):
        move = report_move(
            resident=people[0], together=people[1:], to=to.code, effective_on=day, note=note, stamp=stamp
        )
        messages.success(request, _("Your move is reported. You need do nothing more."))
        return redirect("my_move", move.pk)
    orders = orders_of(user, people=people, to=to.code, effective_on=day, note=note)
    foresee_move(orders=orders, confirmed=False, stamp=stamp)
    context = {
        "people": people,
        "asks_who": "who" in questions,
        "to": to,
        "day": day,
        "note": note,
        "due_on": cases.due_on(Step.REQUESTED, day=stamp.booked_on),
        "typed": [pair for pair in steps.typed(request) if pair[0] != AGAIN],
    }
    return render(request, "vouchers/wallet/report_check.html", context)


def _in_order(people: Iterable[Resident], *, user: User) -> list[Resident]:
    """Put the person who asks in front: the case goes by the first name."""
    return sorted(people, key=lambda person: (person.pk != user.resident_id, person.pk))


def _is_part(key: str, form: forms.Form) -> bool:
    """Whether a posted key is an answer to this question; a date comes in three parts."""
    return any(key == name or key.startswith(f"{name}_") for name in form.fields)
